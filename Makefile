# Needs Python 3.11 to 3.13 and make, nothing else; everything is installed into .venv on first use.
PORT ?= 8080
export VENV ?= .venv
export PYTHONPATH := $(CURDIR)/plugins
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n logical --dist loadfile --no-loadscope-reorder
CODE := plugins dags sandbox scripts benchmarks tests

.PHONY: help run ui check test test-all test-rest lint soak pythons stack bench picture schema lock clean runtime dev
.DEFAULT_GOAL := help

help:
	@awk -F ':.*## ' '/^## / {print "\n" substr($$0, 4)} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

## For everybody

run: runtime ## sync once on a sandbox and show who is on call where; options: make run ARGS=--help
	@$(BIN)/python -m scripts.run $(ARGS)

ui: runtime ## Airflow's UI on a sandbox whose on-call changes every minute; another port: make ui PORT=8090
	@$(BIN)/python -m scripts.ui --port $(PORT) $(ARGS)

check: runtime ## list every mistake in the config; ask PagerDuty and Slack too: make check ONLINE=1; another file: ARGS=FILE
	@$(BIN)/python -m $(if $(ONLINE),scripts.check_online,oncall_sync.terminal.check) $(ARGS)

test: dev ## the tests without a whole Airflow, browser or Docker, in three minutes; some tests: make test ARGS='-k plan'
	@$(PYTEST) $(PARALLEL) $(or $(ARGS),-m quick)

## For developers

test-all: test test-rest ## all tests

test-rest: dev ## the tests that make test leaves out; those that measure seconds run last
	@$(PYTEST) $(PARALLEL) -m 'not quick and not live and not browser'
	@$(PYTEST) -m live tests/live
	@$(PYTEST) -m browser tests/page

lint: dev ## ruff (with its Airflow rules), formatting, directions of imports and mypy
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/mypy $(CODE)

soak: dev ## the long form of tests/proof/README.md: every fault, a simulated week, hundreds of sequences; about an hour
	@$(PYTEST) $(PARALLEL) -m soak tests/proof $(ARGS)

pythons: dev ## most of make test on the other Pythons from 3.11 to 3.13 that this machine has
	@scripts/pythons.sh

stack: runtime ## try docker-compose.yaml: up, one sync, a handoff, down; other profiles: make stack ARGS=--help
	@$(BIN)/python -m scripts.compose_check $(ARGS)

bench: runtime ## this sync beside the algorithm it grew from, 40 minutes; shorter, or another measure: make bench ARGS=--help
	@$(BIN)/python -m benchmarks $(ARGS)

picture: dev ## renew the pictures of the on-call page in docs/; needs a Chromium
	@$(BIN)/python -m scripts.picture

schema: runtime ## print the JSON Schema of the config
	@$(BIN)/python -m oncall_sync.terminal.check --schema

lock: dev ## renew the lock files from requirements*.txt; newest of everything: make lock ARGS=--upgrade
	@scripts/lock.sh $(ARGS)

clean: ## remove the sandbox's groups, Airflow's databases, logs and caches; keeps .venv
	@rm -rf .airflow .pytest_cache .hypothesis .mypy_cache .ruff_cache

runtime:
	@scripts/venv.sh requirements.lock

dev:
	@scripts/venv.sh requirements.lock requirements-dev.lock
