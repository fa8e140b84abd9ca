# The verbs of this repository; `make help` lists them. Needs only a Python 3.11 to 3.13 (PYTHON= names one) and make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
STATE  := $(or $(CODEX_REHEARSAL_DIR),.rehearsal)

# The storage emulator for tests.
AZURITE_VERSION := 3.35.0
# The Azure CLI, which the local Azure has to satisfy unchanged.
AZ_VERSION := 2.91.0

# The Static Web Apps CLI, which uploads content, and which the local Azure has to satisfy unchanged.
SWA_VERSION := 2.0.10

# How fast the local Azure is: 0.01 = one hundredth of Azure's typical durations.
TIME_SCALE ?= 0.01

# How far away the local Azure's management endpoint is: milliseconds a request, and how many more or less (150,50).
LATENCY ?= 0

# Which parts the rehearsed stack has: mvp, database, or full; what was rehearsed before, if empty.
PROFILE ?=

# `no` leaves the frontend out, which is brought up where Node is installed and npm reaches its registry.
FRONTEND ?=

# Work that is done leaves a stamp, so that doing it again is silent and immediate.
VENV_STAMP      := $(VENV)/.stamp-venv
REHEARSAL_STAMP := $(VENV)/.stamp-rehearsal
DEV_STAMP       := $(VENV)/.stamp-dev
AZURITE_BLOB    := .cache/azurite/node_modules/.bin/azurite-blob
AZ              := .cache/az/bin/az
SWA             := .cache/swa/node_modules/.bin/swa

export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# Compiling the plugins again for every run would cost more than half a second of each.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(BIN):$(PATH)

# ---------------------------------------------------------------------------------------------------- environment

$(VENV_STAMP):
	@python="$$(tools/find-python '$(PYTHON)')"; \
	echo "environment: $(VENV) from $$($$python -V)"; \
	$$python -m venv $(VENV)
	@touch $@

# What an operator needs to rehearse: the modules' libraries and the local Azure.
$(REHEARSAL_STAMP): requirements/operator.txt requirements/simulator.txt simulator/pyproject.toml | $(VENV_STAMP)
	@echo "environment: installing what the modules and the local Azure need"
	@$(PIP) install --require-hashes -r requirements/operator.txt -r requirements/simulator.txt
	@$(PIP) install --no-deps --no-build-isolation --editable simulator
	@touch $@

# The same plus the tools of the other verbs.
$(DEV_STAMP): requirements/dev.txt $(REHEARSAL_STAMP)
	@echo "environment: installing the test tools"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: setup
setup: $(DEV_STAMP) ## create the environment (.venv) with everything the other verbs need

# Microsoft's storage emulator: without it the tests of locks in a storage account are skipped.
$(AZURITE_BLOB):
	@command -v npm >/dev/null || { echo "azurite: npm is not installed; it comes with Node.js" >&2; exit 1; }
	@echo "environment: installing Azurite"
	@mkdir -p .cache/azurite
	@npm install --prefix .cache/azurite --no-audit --no-fund --loglevel=error azurite@$(AZURITE_VERSION) >/dev/null
	@touch $@

.PHONY: azurite
azurite: $(AZURITE_BLOB) ## install the storage emulator for the tests of locks, with npm
	@:

# The Azure CLI in an environment of its own: it pins hundreds of packages. Without it the test that runs it is skipped.
$(AZ): | $(VENV_STAMP)
	@echo "environment: installing the Azure CLI, which takes some minutes"
	@rm -rf .cache/az
	@$(BIN)/python -m venv .cache/az
	@.cache/az/bin/python -m pip --disable-pip-version-check --quiet install azure-cli==$(AZ_VERSION)
	@touch $@

.PHONY: az
az: $(AZ) ## install the Azure CLI for the test that runs it, with pip
	@:

# Without its own scripts: they would build the store for passwords of people who sign in, which nobody does here.
$(SWA):
	@command -v npm >/dev/null || { echo "swa: npm is not installed; it comes with Node.js" >&2; exit 1; }
	@echo "environment: installing the Static Web Apps CLI"
	@mkdir -p .cache/swa
	@npm install --prefix .cache/swa --no-audit --no-fund --loglevel=error --ignore-scripts @azure/static-web-apps-cli@$(SWA_VERSION) >/dev/null
	@touch $@

.PHONY: swa
swa: $(SWA) ## install the Static Web Apps CLI for what uploads a frontend, with npm
	@:

# ------------------------------------------------------------------------------------------------------ rehearsal

.PHONY: rehearsal
rehearsal: $(REHEARSAL_STAMP) ## bring the stack up on a local Azure, check it, say what to try next; PROFILE=database with PostgreSQL, full with Redis too
	@VIRTUAL_ENV_BIN='$(BIN)' tools/rehearsal '$(STATE)' '$(TIME_SCALE)' '$(PROFILE)' '$(LATENCY)' '$(FRONTEND)'

.PHONY: rehearsal-stop
rehearsal-stop: $(REHEARSAL_STAMP) ## stop the local Azure; its state stays for the next rehearsal
	@azure-simulator stop --state-dir '$(STATE)'

# --------------------------------------------------------------------------------------------------------- checks

# tests/conftest.py says what stays together and which files come first. The slowest are told in the end.
IN_PARTS := --dist loadfile --no-loadscope-reorder --durations=20

.PHONY: test
test: $(DEV_STAMP) ## the test suite, in up to four processes; PYTEST_ARGS= for a part of it
	@python -m pytest --numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --maxprocesses 4 $(IN_PARTS) -m 'not soak and not other_pythons' $(PYTEST_ARGS)

.PHONY: soak
soak: $(DEV_STAMP) ## the tests that take minutes: load, kills, broken releases, backups and restores, the Azure CLI, modules as processes
	@python -m pytest --numprocesses auto --maxprocesses 2 $(IN_PARTS) -m soak $(PYTEST_ARGS)

.PHONY: check-matrix
check-matrix: $(DEV_STAMP) ## every playbook in several states of a stack, under --check and for real, as a table; PROFILE=mvp, database or full
	@python tools/check_matrix.py $(if $(PROFILE),--profile $(PROFILE)) $(MATRIX_ARGS)

.PHONY: faults
faults: $(DEV_STAMP) ## every module under every hiccup of Azure, as a table; takes minutes, FAULTS=redis for a part of it
	@python tools/fault_matrix.py $(FAULTS)

.PHONY: lint
lint: $(DEV_STAMP) ## ruff, mypy, yamllint, ansible-lint, changelog
	@tools/checks lint

.PHONY: sanity
sanity: $(DEV_STAMP) ## ansible-test sanity on the content that ships
	@tools/checks sanity

.PHONY: docs-check
docs-check: $(DEV_STAMP) ## documentation of modules and roles
	@tools/checks docs

.PHONY: molecule
molecule: $(DEV_STAMP) ## every role's scenario against a local Azure of its own; SCENARIO= for one
	@cd extensions && molecule reset $(if $(SCENARIO),--scenario-name $(SCENARIO),--all) && molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: build-check
build-check: $(DEV_STAMP) ## build the collection, install it elsewhere, run from there
	@tools/checks build

.PHONY: bench
bench: $(DEV_STAMP) ## measure speed and memory; prints a table, fails nothing
	@python tools/bench.py
	@python tools/bench_runs.py
	@python tools/bench_deployments.py
	@python tools/bench_database.py
	@python tools/bench_cache.py
	@python tools/bench_images.py
	@python tools/bench_frontend.py

# ---------------------------------------------------------------------------------------------------- maintenance

# One file serves Python 3.11 to 3.13 (markers choose), and all three files agree on every version.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command 'make lock'

.PHONY: lock
lock: $(DEV_STAMP) ## renew requirements/*.txt from requirements/*.in
	@command -v uv >/dev/null || $(PIP) install uv
	@$(LOCK) $(LOCK_ARGS) requirements/dev.in --output-file requirements/dev.txt
	@$(LOCK) requirements/operator.in --constraints requirements/dev.txt --output-file requirements/operator.txt
	@$(LOCK) requirements/simulator.in --constraints requirements/dev.txt --output-file requirements/simulator.txt

.PHONY: clean
clean: ## stop the rehearsal and remove everything that is not in git: environment, state, caches
	@if [ -x $(BIN)/azure-simulator ]; then $(BIN)/azure-simulator stop --state-dir '$(STATE)'; fi
	@rm -rf $(VENV) '$(STATE)' .cache build dist .mypy_cache .pytest_cache .ruff_cache .ansible
	@rm -rf simulator/*.egg-info simulator/build
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'
