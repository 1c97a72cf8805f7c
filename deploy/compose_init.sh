#!/bin/bash
# The service `airflow-init` of docker-compose.yaml. It refuses what would start and then not work, migrates Airflow's
# database and sets the password of the user `admin`. With --profile sandbox it connects the sync to the fake APIs.
set -euo pipefail

mistakes=''
mistake() {
    mistakes+=$'\n'"- $*"
}
stop_on_mistakes() {
    [ -z "$mistakes" ] || { printf '\nNothing else starts:%s\n' "$mistakes" >&2; exit 1; }
}
runs() { # SERVICE; the dot at its end keeps out the search domains of this machine's network
    getent ahosts "$1." >/dev/null && echo yes || echo no
}
redis=$(runs redis) sandbox=$(runs sandbox)

python -c 'import os, cryptography.fernet as f; f.Fernet(os.environ["AIRFLOW__CORE__FERNET_KEY"])' 2>/dev/null ||
    mistake "AIRFLOW_FERNET_KEY in .env is no Fernet key, which is 32 bytes in base64 with - and _. scripts/new_env.sh makes one."
[[ $POSTGRES_PASSWORD =~ ^[A-Za-z0-9._~=-]+$ ]] ||
    mistake "POSTGRES_PASSWORD in .env may have letters, digits and . _ ~ = - only, because it is part of a URL."
case $AIRFLOW__CORE__EXECUTOR-$redis in
    *Celery*-no) mistake "AIRFLOW_EXECUTOR=$AIRFLOW__CORE__EXECUTOR has no workers: set COMPOSE_PROFILES=celery too, or use --profile celery." ;;
    *Celery*-yes) ;;
    *-yes) mistake "The workers of --profile celery would get no tasks, because AIRFLOW_EXECUTOR is $AIRFLOW__CORE__EXECUTOR:" \
        "set AIRFLOW_EXECUTOR=CeleryExecutor in .env, or end them (docker compose --profile celery down)." ;;
esac
for folder in dags plugins; do
    [ -z "$(find "$AIRFLOW_HOME/$folder" ! -readable 2>/dev/null)" ] ||
        mistake "The containers' user cannot read all of $folder/: chmod -R a+rX $folder"
done
stop_on_mistakes

if ! output=$(airflow db migrate 2>&1); then
    echo "$output" >&2
    [[ $output != *"password authentication failed"* ]] ||
        mistake "Postgres refuses POSTGRES_PASSWORD of .env: its volume was made with another one. Put that one back; or change" \
            "it inside (docker compose exec postgres psql -U airflow -c '\\password'); or, if the database holds nothing yet," \
            "delete it (docker compose down --volumes)."
    stop_on_mistakes
    exit 1
fi
airflow users create --username admin --role Admin --password "$AIRFLOW_ADMIN_PASSWORD" \
    --firstname Airflow --lastname Admin --email admin@localhost
airflow users reset-password --username admin --password "$AIRFLOW_ADMIN_PASSWORD" # the user may be an older one

# The sandbox and your own workspace are never mixed: what the sync remembers of one is wrong in the other.
named='from oncall_sync.config.load import *; named = glance(config_path()).connections; print(named.pagerduty, named.slack)'
read -r pagerduty slack < <(PYTHONPATH=$AIRFLOW_HOME/plugins python -c "$named")
declare -A fake=( # nothing in these is secret: see sandbox/world.yaml
    [$pagerduty]='{"conn_type": "pagerduty", "host": "http://sandbox:9000/pagerduty", "password": "sandbox-pagerduty-key"}'
    [$slack]='{"conn_type": "slack", "password": "xoxb-sandbox-slack-token", "extra": {"base_url": "http://sandbox:9000/slack/api/"}}'
)
for connection in "$pagerduty" "$slack"; do
    whose=missing
    if found=$(airflow connections get "$connection" --output json); then # from any secrets backend
        [[ $found == *//sandbox:9000/* ]] && whose=fake || whose=own
    fi
    case $whose-$sandbox in
        own-yes) mistake "Connection $connection is your own, not the sandbox's. Start without --profile sandbox, after" \
            "\`docker compose --profile sandbox down\`; or remove it from .env for a demonstration." ;;
        fake-no) mistake "Connection $connection is the sandbox's, which does not run. Start with --profile sandbox; or delete" \
            "the demonstration's database before you use your own: docker compose down --volumes" ;;
        missing-no) mistake "Connection $connection is missing: put AIRFLOW_CONN_${connection^^} into .env (see .env.example)," \
            "or name a secrets backend (docs/deployment.md)." ;;
        missing-yes) airflow connections add "$connection" --conn-json "${fake[$connection]}" ;;
    esac
done
stop_on_mistakes

if [ "$sandbox" = yes ]; then
    airflow dags reserialize
    airflow dags unpause --yes --treat-dag-id-as-regex 'oncall_.*'
fi
echo "Ready: the other services start now."
