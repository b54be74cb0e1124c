# The verbs of the project. `make run` and `make test` set up what they need first.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check bench setup web timescaledb test-tools format clean

# The first Python that is new enough; `make PYTHON=... setup` names another.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

help:
	@echo "make run          set up, then start everything with the demo district (Ctrl-C stops it)"
	@echo "make test         set up, then run all tests"
	@echo "make check        format, lint, types and the arrows between packages"
	@echo "make bench        measure the bounds the service is built to"
	@echo "make setup        .venv with everything from pip, and the web page"
	@echo "make web          the web page alone"
	@echo "make timescaledb  a TimescaleDB server for the tests (root, Debian)"
	@echo "make format       put the code into shape"
	@echo "make clean        remove what the other verbs made, except data and servers"

run: setup
	@exec $(BIN)/haulwatch up --demo

# Tests wait for servers, brokers and browsers half of the time, so each core has one process of them.
# Each has servers of its own. What holds to a bound of time comes after them, by itself (5: there was none of it).
TESTS_AT_ONCE ?= 2

test: setup test-tools timescaledb-if-possible
	$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist worksteal -m "not alone" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -m alone $(PYTEST_ARGS) || test $$? = 5

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && npm run --silent check

format: .venv/.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/haulwatch bench live
	$(BIN)/haulwatch bench backtest

setup: .venv/.done web/dist/.done

.venv/.done: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (Debian: apt install python3 python3-venv)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "python -m venv does not work (Debian: apt install python3-venv)" >&2; exit 1; }
	@echo "Installing the Python packages into .venv; the first time takes a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

web/node_modules/.done: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed for the web page" >&2; exit 1; }
	@echo "Installing what the page is built with"
	@cd web && npm ci --no-fund --no-audit --no-update-notifier --loglevel=error
	@touch $@

web/dist/.done: web/node_modules/.done $(WEB_SOURCES)
	@echo "Building the page"
	@cd web && npm run --silent build -- --logLevel warn
	@touch $@

web: web/dist/.done

# What only tests need from the system is installed by root on Debian; elsewhere those tests skip and say why.
test-tools:
	@scripts/test-tools.sh

timescaledb:
	scripts/timescaledb.sh

.PHONY: timescaledb-if-possible
timescaledb-if-possible:
	@if [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then $(MAKE) --no-print-directory timescaledb; \
	else echo "no TimescaleDB server is made (needs root on Debian): its tests are skipped"; fi

clean:
	rm -rf .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
