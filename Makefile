# The commands of every day. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HOME_DIR ?= $(CURDIR)/.home
COMPANY := $(HOME_DIR)/company
# dbt, Dagster and Great Expectations stay silent towards the network.
export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
export OMP_NUM_THREADS := 1

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "dealhouse needs Python 3.11, 3.12 or 3.13; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

.PHONY: setup
setup: $(READY) ## build the environment from requirements.lock

.PHONY: run
run: $(READY) ## load the plan's company, simulated, and publish its marts
	@test -d $(COMPANY)/truth || $(BIN)/dealhouse simulate --out $(COMPANY)
	@$(BIN)/dealhouse run --home $(HOME_DIR) --landing $(COMPANY)/landing --from-date 2024-12-18 --load-date 2025-01-01

.PHONY: ui
ui: $(READY) ## open the Dagster UI on 127.0.0.1:3000
	@$(BIN)/dealhouse ui --home $(HOME_DIR) --landing $(COMPANY)/landing

.PHONY: test
test: $(READY) ## run the tests
	$(BIN)/python -m pytest -m "not slow"

.PHONY: test-full
test-full: test ## run the slow tests too
	$(BIN)/python -m pytest -m slow

.PHONY: lint
lint: $(READY) ## ruff and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

.PHONY: types
types: $(READY) ## mypy
	$(BIN)/mypy

.PHONY: bench
bench: $(READY) ## measure every budget beside its floor and peers; docs/benchmarks.md has the result
	$(BIN)/python -m benchmarks

.PHONY: generate
generate: $(READY) ## write the dbt sources and the data dictionary from the contracts
	$(BIN)/python -m ingestion.generated

.PHONY: lock
lock: $(READY) ## resolve requirements.lock anew (with hashes, without any index address)
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-emit-find-links --no-header --extra dev pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## remove the company and its home folder
	rm -rf $(HOME_DIR)
