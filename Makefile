# What a newcomer needs: `make demo`, `make test`. Every target sets up what it uses.
# Asked for: python3 (3.11 or newer) with its venv module, make, git. No root, no system package.

PYTHON ?= python3
BOOT := .cache/uv-boot
UV := $(BOOT)/bin/uv
# The version stands once, in pyproject.toml.
UV_VERSION := $(shell sed -n 's/^required-version = "==\(.*\)"/\1/p' pyproject.toml)
BIN := .venv/bin
SYNCED := .venv/.synced

# uv takes the Python at hand and the project's own .venv, whatever the shell has set.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV
unexport PYTHONPATH
unexport PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick check audit sbom bench docs mutants clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(SYNCED) ## .venv/ from the lock; again only when the lock or pyproject.toml changed

demo: $(SYNCED) ## the nightly audit on a demo CRM; report and notices under out/
	$(BIN)/clausewatch demo

test: $(SYNCED) ## every test, in three processes; starts and stops the servers it needs
	$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder

quick: $(SYNCED) ## the tests that start no server, under a minute
	$(BIN)/pytest -n 2 --dist loadscope -m "not slow"

check: $(SYNCED) ## style, types, direction of imports, licences
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m benchmarks.supply licences

audit: $(SYNCED) ## known faults in what the lock names; says so where no database of them can be reached
	$(BIN)/python -m benchmarks.supply audit $(UV)

sbom: $(SYNCED) ## every package that runs with an installation, with hashes and licences: dist/sbom.cdx.json
	@mkdir -p dist
	$(UV) export --frozen --offline --no-default-groups --all-extras --no-emit-project --format cyclonedx1.5 \
		--preview-features sbom-export --quiet > dist/.sbom.json
	$(BIN)/python -m benchmarks.supply sbom < dist/.sbom.json > dist/sbom.cdx.json
	@rm dist/.sbom.json

bench: $(SYNCED) ## the measurements of docs/performance.md
	$(BIN)/python -m benchmarks

docs: $(SYNCED) ## a page of each clause, in both languages: docs/clauses/
	$(BIN)/clausewatch standards pages --to docs/clauses

mutants: $(SYNCED) ## what tests see of mistakes made on purpose: make mutants SAMPLE=800 SEED=1, or MODULE=audits/checks
	$(BIN)/python -m benchmarks.mutants $(if $(SAMPLE),--sample $(SAMPLE)) --seed $(or $(SEED),1) $(MODULE)

clean: ## remove .venv/ and caches; out/ and state/ hold results and stay
	rm -rf .venv .cache mutants docs/clauses .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): pyproject.toml
	$(PYTHON) -m venv --clear $(BOOT)
	$(BOOT)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(SYNCED): $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --python $(PYTHON)
	@touch $@
