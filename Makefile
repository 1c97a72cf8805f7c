# Needs Python 3.11 to 3.13 and make, nothing else; everything is installed into .venv on first use.
PORT ?= 8080
BIN := .venv/bin
export PYTHONPATH := $(CURDIR)/plugins
PYTEST = $(BIN)/python -m pytest -n logical --dist loadscope --no-loadscope-reorder
CODE := plugins dags sandbox scripts benchmarks tests

.PHONY: help run ui stack bench picture test soak pythons check schema lint audit lock clean runtime dev
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile

run: runtime ## sync once on a sandbox and show who is on call where; options: make run ARGS=--help
	@$(BIN)/python -m scripts.run $(ARGS)

ui: runtime ## Airflow's UI on a sandbox whose on-call changes every minute; another port: make ui PORT=8090
	@$(BIN)/python -m scripts.ui --port $(PORT) $(ARGS)

stack: runtime ## try docker-compose.yaml: up, one sync, a handoff, down; other profiles: make stack ARGS=--help
	@$(BIN)/python -m scripts.compose_check $(ARGS)

bench: runtime ## this sync beside the algorithm it grew from, 25 minutes; shorter, or another measure: make bench ARGS=--help
	@$(BIN)/python -m benchmarks $(ARGS)

picture: dev ## take the picture of the on-call page in docs/, from the sandbox; needs a Chromium
	@$(BIN)/python -m scripts.picture

test: dev ## run all tests; some of them: make test ARGS='-k plan'
ifdef ARGS
	@$(PYTEST) $(ARGS)
else # those with a whole Airflow measure seconds, and come by themselves
	@$(PYTEST) -m 'not live and not browser'
	@$(BIN)/python -m pytest tests/live
	@$(BIN)/python -m pytest tests/page -m browser
endif

soak: dev ## the long form of tests/proof/README.md: every fault, a simulated week, hundreds of sequences; about an hour
	@$(PYTEST) -m soak tests/proof $(ARGS)

pythons: dev ## the tests without a whole Airflow on the other Pythons from 3.11 to 3.13 that this machine has
	@scripts/pythons.sh

check: runtime ## list every mistake in the config; ask PagerDuty and Slack too: make check ONLINE=1; another file: ARGS=FILE
	@$(BIN)/python -m $(if $(ONLINE),scripts.check_online,oncall_sync.terminal.check) $(ARGS)

schema: runtime ## print the JSON Schema of the config
	@$(BIN)/python -m oncall_sync.terminal.check --schema

lint: dev ## ruff (with its Airflow rules), formatting and mypy
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy $(CODE)

audit: dev ## known vulnerabilities of what requirements.lock pins, where their list can be reached
	@$(BIN)/python -m scripts.audit

lock: dev ## renew the lock files from requirements*.txt; newest of everything: make lock ARGS=--upgrade
	@BIN=$(BIN) scripts/lock.sh $(ARGS)

clean: ## forget the sandbox's groups, Airflow's databases, logs and caches; keeps .venv
	@rm -rf .airflow .pytest_cache .hypothesis .mypy_cache .ruff_cache

runtime:
	@scripts/venv.sh requirements.lock

dev:
	@scripts/venv.sh requirements.lock requirements-dev.lock
