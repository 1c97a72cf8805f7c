#!/bin/sh
# Tests on the other Pythons from 3.11 to 3.13 that this machine has, each in a .venv-VERSION of its own: the rules, the
# config, the clients, the steps, and that Airflow loads the Dags. What Airflow does with them is tested on one.
set -eu
cd "$(dirname "$0")/.."

# Prints the interpreter of a version: on the PATH, or one of pyenv's that is not chosen at the moment.
find_python() {
    for python in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if "$python" -c '' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

used=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in 3.11 3.12 3.13; do
    [ "$version" != "$used" ] || continue
    if ! python=$(find_python "$version"); then
        echo "Python $version: not tested, this machine has none."
        continue
    fi
    VENV=.venv-$version PYTHON=$python scripts/venv.sh requirements.lock requirements-dev.lock
    echo "Python $version:"
    ".venv-$version/bin/python" -m pytest -n logical --dist loadscope --no-loadscope-reorder \
        tests/plan tests/config tests/clients tests/steps tests/history tests/airflow/test_dag_file.py
done
