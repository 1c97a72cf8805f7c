# Needs Python 3.11 to 3.13 and make, nothing else; everything is installed into .venv on first use.
PORT ?= 8080
export VENV ?= .venv
export PYTHONPATH := $(CURDIR)/plugins
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n logical --dist loadfile --no-loadscope-reorder
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --output-file
CODE := plugins dags sandbox scripts benchmarks tests

.PHONY: help run ui check test test-all test-rest lint soak stack bench picture schema lock clean runtime dev
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
	@$(PYTEST) $(PARALLEL) -m 'not quick and not live and not browser and not docker'
	@$(PYTEST) -m live tests/live
	@$(PYTEST) -m browser tests/page
	@$(PYTEST) -m docker -rs tests/deploy

lint: dev ## ruff (with its Airflow rules), formatting, directions of imports and mypy
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/mypy $(CODE)

soak: dev ## the long form of tests/proof/README.md: every fault, a simulated week, hundreds of sequences; about an hour
	@$(PYTEST) $(PARALLEL) -m soak tests/proof $(ARGS)

stack: ## try docker-compose.yaml: up, one sync, a handoff, down; with Celery workers: make stack ARGS=celery
	@scripts/stack.sh $(ARGS)

bench: runtime ## this sync beside the algorithm it grew from, 40 minutes; shorter, or another measure: make bench ARGS=--help
	@$(BIN)/python -m benchmarks $(ARGS)

picture: dev ## renew the pictures of the on-call page in docs/; needs a Chromium
	@ONCALL_SYNC_PICTURES=1 $(PYTEST) tests/page/test_picture.py

schema: runtime ## print the JSON Schema of the config
	@$(BIN)/python -m oncall_sync.terminal.check --schema

lock: dev ## renew the lock files from requirements*.txt; newest of everything: make lock ARGS=--upgrade
	@$(PIN) requirements.lock requirements.txt $(ARGS)
	@$(PIN) requirements-dev.lock requirements-dev.txt --constraints requirements.lock $(ARGS)

clean: ## remove the sandbox's groups, Airflow's databases, logs and caches; keeps .venv
	@rm -rf .airflow .pytest_cache .hypothesis .mypy_cache .ruff_cache

runtime:
	@scripts/venv.sh requirements.lock

dev:
	@scripts/venv.sh requirements.lock requirements-dev.lock
