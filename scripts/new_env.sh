#!/bin/sh
# Makes .env from .env.example, with a fresh key or password wherever the example has none. Never overwrites one.
# Usage: scripts/new_env.sh [FILE]
set -eu
cd "$(dirname "$0")/.."
env=${1:-.env}
if [ -e "$env" ]; then
    echo "$env exists. Its keys open what is in the database: edit it, or move it away first." >&2
    exit 1
fi
umask 077
while IFS= read -r line; do
    case $line in
        [A-Z]*=) key=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_') # as a Fernet key has to be
                 echo "$line$key" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <.env.example >"$env"
echo "$env is made. The UI's user is admin; the password is its AIRFLOW_ADMIN_PASSWORD."
