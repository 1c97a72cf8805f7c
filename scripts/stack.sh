#!/bin/sh
# Tries docker-compose.yaml on its sandbox: up, a first sync, a handoff that the watcher brings to Slack, down.
# Usage: scripts/stack.sh [celery]     celery: tasks run on two Celery workers
# It needs Docker with Compose 2.20.2 or later. Its name, ports, keys and volumes are its own, and only the image stays.
set -eu
cd "$(dirname "$0")/.."
unset AIRFLOW_CONN_PAGERDUTY_DEFAULT AIRFLOW_CONN_SLACK_API_DEFAULT COMPOSE_FILE
export COMPOSE_PROJECT_NAME="oncall-stack-$$" COMPOSE_PROFILES=sandbox
export AIRFLOW_PORT=0 SANDBOX_PORT=0 SANDBOX_HANDOFF_EVERY=86400 # any free ports; no shift ends by itself
scale=''
case "${1:-}" in
    '') ;;
    celery) export COMPOSE_PROFILES=sandbox,celery AIRFLOW_EXECUTOR=CeleryExecutor; scale='--scale airflow-worker=2' ;;
    *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac

say() {
    echo "$(date +%T)  $*"
}
compose() {
    docker compose --progress quiet --env-file "$folder/env" "$@"
}
finish() {
    status=$?
    [ $status = 0 ] || compose ps --all
    [ $status = 0 ] || compose logs --no-color --tail 20 airflow-init airflow-scheduler
    compose down --volumes --remove-orphans --timeout 20
    rm -r "$folder"
    [ $status = 0 ] && say 'all is well, and everything is down' || say 'NOT WELL: see above'
}
within() { # SECONDS COMMAND...: until the command succeeds
    deadline=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt $deadline ] || { say "waited in vain for: $*"; return 1; }
        sleep 2
    done
}
has_run() {
    compose exec -T airflow-scheduler airflow dags list-runs oncall_sync --state success --output plain | grep -q "$1"
}
sandbox() {
    compose exec -T sandbox curl -fsS -H 'Content-Type: application/json' "http://localhost:9000/_sandbox/$1" ${2:+-d "$2"}
}
gus_leads() { # he alone
    sandbox groups | grep -q '"platform-leads": *\[{"id": *"U0GUS0001"[^]{]*}\]'
}

folder=$(mktemp -d)
trap finish EXIT
trap 'exit 1' INT TERM
scripts/new_env.sh "$folder/env" >/dev/null
say "up: $COMPOSE_PROJECT_NAME, profiles $COMPOSE_PROFILES; the first time this builds the image"
compose build --quiet
compose up --detach --wait --wait-timeout 1200 $scale
say 'all healthy; waiting for the first sync'
within 600 has_run .
say 'the first sync has succeeded; Gus takes over the schedule of @platform-leads in PagerDuty'
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sandbox schedules/P9SFCKV/overrides "{\"person\": \"PGUS001\", \"start\": \"$now\", \"end\": \"2100-01-01T00:00:00Z\"}" >/dev/null
within 300 gus_leads
within 60 has_run asset_triggered
say 'Gus is in the Slack group @platform-leads, by a run that the watcher started'
