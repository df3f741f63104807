# Everything a person types. `make demo` and `make test` set up what they need and may be run again at any time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
LOCK_FLAGS := --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -q
DEMO_HOME ?= demo
RUNS ?= 100000

.PHONY: setup demo test check bench fuzz corpus-report lock system clean

setup: $(VENV)/.runtime ## the virtual environment with what tieout needs to run
	@echo 'Ready. Type ". $(BIN)/activate", then "tieout --help"; "make demo" shows what it does.'

demo: $(VENV)/.runtime ## simulate an acquirer, run the nights, show what was found
	$(BIN)/tieout demo --home $(DEMO_HOME)

test: $(VENV)/.dev system ## every check and every test
	$(MAKE) --no-print-directory check
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.dev ## linters, types, import contracts, the rules about the tree
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/tidy

bench: $(VENV)/.dev ## every benchmark; each prints its ratio to a floor measured in the same run
	$(BIN)/tieout bench parse
	$(BIN)/tieout bench match

fuzz: $(VENV)/.dev ## damaged files into every parser: make fuzz FORMAT=camt RUNS=1000000
	$(BIN)/python -m tests.fuzz $(FORMAT) --runs $(RUNS)

corpus-report: $(VENV)/.dev ## docs/formats/README.md: what is read, held against real files and peers
	$(BIN)/python -m tests.parsers.corpus_report

system: ## the servers and the browser that the tests start (MariaDB, OpenSSH, Chromium)
	@sh tests/support/system.sh

lock: $(VENV)/bin/uv ## resolve the dependencies anew
	$(UV) pip compile $(LOCK_FLAGS) pyproject.toml --group build -o requirements.lock
	$(UV) pip compile $(LOCK_FLAGS) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean: ## forget the environment and the demo
	rm -rf $(VENV) $(DEMO_HOME)

$(UV):
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || sh tests/support/system.sh python $(PYTHON) $(VENV)
	@$(BIN)/python -m pip install --quiet uv

$(VENV)/.runtime: $(UV) requirements.lock pyproject.toml
	@test -f $(VENV)/.dev || $(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(UV) requirements-dev.lock pyproject.toml
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime
