#!/bin/sh
# Renews requirements.lock and requirements-dev.lock, for Python 3.11 to 3.13 on Linux and macOS.
# Usage: scripts/lock.sh [--upgrade]     without it, pins that still fit stay as they are
set -eu
pin() {
    "${VENV:-.venv}/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --output-file "$@"
}
pin requirements.lock requirements.txt "$@"
pin requirements-dev.lock requirements-dev.txt --constraints requirements.lock "$@"
