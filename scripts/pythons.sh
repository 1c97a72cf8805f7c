#!/bin/sh
# Most of `make test` on the other Pythons from 3.11 to 3.13 of this machine, each in a .venv-VERSION of its own.
set -eu
cd "$(dirname "$0")/.."
used=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in 3.11 3.12 3.13; do
    [ "$version" != "$used" ] || continue
    for python in "python$version" "$HOME"/.pyenv/versions/"$version".*/bin/python ''; do # pyenv's may not be on the PATH
        if "$python" -c '' 2>/dev/null; then break; fi
    done
    if [ -z "$python" ]; then
        echo "Python $version: not installed, not tested"
        continue
    fi
    echo "Python $version:"
    make --no-print-directory test VENV=".venv-$version" PYTHON="$python" ARGS='-m quick --ignore tests/sync'
done
