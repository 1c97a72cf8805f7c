#!/bin/sh
# Makes .venv and installs the given lock files into it, unless they are there already.
# Usage: scripts/venv.sh LOCK...         PYTHON=/path/to/python3.12 chooses the interpreter, VENV=DIR another folder
#        scripts/venv.sh                 only prints the interpreter that would be used
# .venv keeps a copy of each lock that it holds, so that it is renewed when a lock changes, and only then.
set -eu
VENV=${VENV:-.venv}

# Exit code 0: fits. Otherwise one line on stdout says why not.
unfit='
import sys
found = "%d.%d.%d" % sys.version_info[:3]
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(print("is Python " + found) or 1)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(print("is Python %s without its venv module (Debian, Ubuntu: apt-get install python%d.%d-venv)"
                   % ((found,) + sys.version_info[:2])) or 1)
'

# Prints the first interpreter that fits; otherwise says what was tried and what to install.
find_python() {
    tried=''
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi
    for python in "$@"; do
        if ! command -v "$python" >/dev/null; then
            why='not found'
        elif why=$("$python" -c "$unfit" 2>/dev/null); then
            echo "$python"
            return
        fi
        tried="$tried
  $python: ${why:-does not run}"
    done
    cat >&2 <<END
oncall-sync needs Python 3.11, 3.12 or 3.13 with its venv module. Tried:$tried
Install one and try again:
  Debian, Ubuntu   apt-get install python3 python3-venv   (Debian 12, Ubuntu 24.04 or newer)
  Fedora, RHEL     dnf install python3.12
  macOS            brew install python@3.13
or name one that is installed elsewhere: make run PYTHON=/path/to/python3.12
END
    return 1
}

installed() {
    for lock in "$@"; do
        cmp -s "$lock" "$VENV/$lock" || return 1
    done
    here=$("$VENV/bin/python" -V 2>&1) && [ "${PYTHON:+$("$PYTHON" -V 2>&1)}" = "${PYTHON:+$here}" ]
}

install() {
    if ! installed requirements.lock; then # in a new folder: nothing that an older lock installed stays behind
        python=$(find_python)
        "$python" -m venv --clear "$VENV"
    fi
    echo "Installing $* into $VENV, once (Airflow takes about a minute) ..." >&2
    options='--quiet --quiet --no-input --disable-pip-version-check --require-hashes'
    "$VENV/bin/python" -m pip install $options $(printf -- '-r %s ' "$@") || {
        echo "The installation failed; what pip says above is the reason. Try again once it is dealt with." >&2
        return 1
    }
    for lock in "$@"; do
        cp "$lock" "$VENV/"
    done
}

if [ $# = 0 ]; then
    find_python
else
    installed "$@" || install "$@"
fi
