# make run    set up .venv from the lock, run the monthly pipeline on the demo company, name the page to open
# make test   set up what tests need and run everything that CI runs
# make lab    JupyterLab on the notebooks
# make bench  the run against the same cells in one plain process; ten million dirty rows against DuckDB and pandas;
#             the facts of 5 and 20 million lines against polars, DuckDB and pandas; credits and pay lines of 20
#             million against the same three; quotas of 100,000 people against
#             b2b-revenue-forecasting; territories against b2b-territory-optimization; how fast the desk redraws;
#             a thousand statements
# make bench-large  the cube of 100 million lines
# make fuzz   ten minutes of files nobody would write and of plans nobody has; prints its seed (MINUTES=1 SEED=7)
# make months 37 months of AdventureWorks closed one after another and compared with the reference; about ten minutes
# make demo   write data/demo again from its generator, byte for byte
# make refresh  run the committed notebooks in place, write docs/ again
# make lock   resolve the two lock files again (the only target that uses uv)

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-compile
RUN := $(VENV)/run.stamp
TEST := $(VENV)/test.stamp
PERIOD := 2026-10
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-config --custom-compile-command "make lock"

# Kernels and runs start faster from compiled modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lab bench bench-large fuzz months demo refresh lock
.DEFAULT_GOAL := run

run: $(RUN)
	@$(BIN)/revops run data/demo --period $(PERIOD)
	@echo "Open reports/demo/$(PERIOD)/index.html in a browser."

test: $(TEST)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lab: $(RUN)
	@JUPYTER_CONFIG_PATH="$(CURDIR)/jupyter" $(BIN)/jupyter lab notebooks/01_ingest.ipynb

bench: $(TEST)
	@$(BIN)/python tests/bench/bench_run.py
	@$(BIN)/python tests/bench/bench_ingest.py
	@$(BIN)/python tests/bench/bench_facts.py
	@$(BIN)/python tests/bench/bench_credits.py
	@$(BIN)/python tests/bench/bench_quota.py
	@$(BIN)/python tests/bench/bench_territory.py
	@$(BIN)/python tests/bench/bench_desk.py
	@$(BIN)/python tests/bench/bench_statements.py

bench-large: $(TEST)
	@$(BIN)/python tests/bench/bench_facts.py --large

fuzz: $(TEST)
	@$(BIN)/python tests/fuzz/run.py $(or $(MINUTES),10) $(SEED)

months: $(TEST)
	@REVOPS_AW_MONTHS=37 $(BIN)/python -m pytest -q -n0 tests/incentives/test_adventureworks_closed.py

demo: $(RUN)
	@$(BIN)/python data/demo/generator

refresh: $(TEST)
	@$(BIN)/python docs/refresh.py

# rfc3987-syntax costs 2.7 s in every process and checks only IRI formats: left out of the lock.
lock: $(BIN)/uv
	@mkdir -p build
	@echo "rfc3987-syntax ; python_version < '0'" > build/lock-override.txt
	$(LOCK) --group build --override build/lock-override.txt --output-file requirements.lock
	$(LOCK) --extra database --extra spark --extra tableau --extra bench --group build --group test \
		--override build/lock-override.txt --constraint requirements.lock --output-file requirements-test.lock

$(BIN)/uv: | $(BIN)/python
	@$(PIP) uv

$(BIN)/python:
	@for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Setting up $(VENV) with $$($$python --version)."; \
			$$python -m venv $(VENV) && exit 0; \
			rm -rf $(VENV); \
			echo "$$python cannot make a virtual environment: install its venv module (on Debian: python3-venv)." >&2; \
			exit 1; \
		fi; \
	done; \
	echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the packages of requirements.lock (once)."
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib lib
	@touch $@

$(TEST): requirements-test.lock $(RUN)
	@echo "Installing the packages that tests need (once)."
	@$(PIP) --require-hashes -r requirements-test.lock
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib
	@touch $@
