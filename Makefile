# Two commands on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What was compiled is kept for the next run, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
# The engine's next version is tried in an environment of its own.
DUCKDB2 ?= 2.0.1
VENV2 := .venv-duckdb2
INSTALLED2 := $(VENV2)/.installed-$(DUCKDB2)

.PHONY: demo run test check format lint types contracts tests test-duckdb2 bench screens schema lock clean

demo: $(INSTALLED)  ## the dashboard on the sample company
	@exec $(BIN)/tai-ops demo

run: $(INSTALLED)  ## the dashboard on the company's own store
	@exec $(BIN)/tai-ops serve

test: check tests  ## lint, types, import contracts and the whole test suite

check: lint types contracts

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "TAI Ops needs Python 3.11 or newer; name one with make PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps -e .
	@$(BIN)/python -m compileall -q tai_ops
	@touch $@

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/pyright

contracts: $(INSTALLED)
	$(BIN)/lint-imports --no-cache

tests: $(INSTALLED)
	$(BIN)/pytest -n 2 --dist loadfile

$(INSTALLED2): requirements.lock pyproject.toml
	@test -x $(VENV2)/bin/python || $(PYTHON) -m venv $(VENV2)
	@awk '/^duckdb==/ {out=1} !out {print} /[^\\]$$/ {out=0}' requirements.lock > $(VENV2)/requirements.txt
	@$(VENV2)/bin/python -m pip install --quiet --require-hashes -r $(VENV2)/requirements.txt
	@$(VENV2)/bin/python -m pip install --quiet --no-deps duckdb==$(DUCKDB2)
	@$(VENV2)/bin/python -m pip install --quiet --no-build-isolation --no-deps -e .
	@touch $@

test-duckdb2: $(INSTALLED2)  ## the suite on the engine's next version (DUCKDB2=2.0.1), in an environment of its own
	$(VENV2)/bin/pytest -n 2 --dist loadfile

bench: $(INSTALLED)  ## speed, each figure beside what it is compared with
	$(BIN)/python bench/run.py

screens: $(INSTALLED)  ## a picture of every page: wide and phone, light and dark, sample and empty store
	$(BIN)/python bench/screens.py

schema: $(INSTALLED)  ## write schema.sql anew from the migrations
	$(BIN)/python -m tai_ops.store.migrate

lock:  ## pin the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra dev --extra build --universal --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --python-version 3.11 -o requirements.lock

clean:
	rm -rf $(VENV) $(VENV2) .pytest_cache .ruff_cache .hypothesis screens
