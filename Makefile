# Everything here works on a machine that has nothing but Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ARGS ?=
# Tests that run at the same moment: as many as there are cores; 0 runs one after the other.
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help install serve test soak schemathesis check format bench requirements wheels messages screenshots docs clean demo

help: ## Tell what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Put everything into .venv, .venv/bin/allocation included

$(INSTALLED): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "allocation needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) -V 2>&1`." \
			"Say which to use: make install PYTHON=python3.12"; exit 1; }
	@echo "Installing into $(VENV); the first time takes about half a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)

serve: install ## Serve on 127.0.0.1:8000 with SQLite (ARGS="--port 9000" and so on)
	@$(BIN)/allocation serve $(ARGS)

demo: install ## Simulate a shop's year, to watch in a browser (ARGS="--speed 20" and so on)
	@$(BIN)/allocation demo $(ARGS)

test: install ## Run all tests, PostgreSQL's included (ARGS="-k name"; WORKERS=0: one by one)
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadscope $(ARGS)

soak: install ## Run the long versions of the simulation and of the chaos runs (an hour or two)
	@$(BIN)/python -m tests.chaos.simulation $(ARGS)
	@$(BIN)/python -m tests.chaos.simulation --sqlite --many 1000
	@$(BIN)/python -m tests.chaos.rig --database sqlite --events 100
	@$(BIN)/python -m tests.chaos.rig --database postgresql --events 100

schemathesis: install ## Ask the API all that its document allows (ARGS="--seed 2" and so on)
	@$(BIN)/python -m tests.conformance $(ARGS)

check: install ## Check style, types and architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: install ## Put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: install ## Measure; prints figures and ratios (ARGS="--json" for JSON only)
	@$(BIN)/python -m benchmarks $(ARGS)

requirements: install ## Pin the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile --quiet --upgrade --universal --no-header --no-emit-index-url \
		--no-annotate pyproject.toml -o requirements/runtime.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --no-header --no-emit-index-url \
		--no-annotate pyproject.toml --group dev -c requirements/runtime.txt \
		-o requirements/dev.txt

wheels: install ## Show that every pinned requirement has a wheel for each supported machine
	@$(BIN)/python -m tools.wheels

messages: install ## Write docs/messages.md and docs/flow.md anew from the registry
	@$(BIN)/python -m tools.messages
	@$(BIN)/python -m tools.flow

screenshots: install ## Take a picture of every page of the board, into screenshots/
	@$(BIN)/python -m tools.screenshots $(ARGS)

docs: install ## Build the documentation site into site/, without the internet
	@$(BIN)/python -m tools.site

clean: ## Remove what was made here, .venv included
	@rm -rf $(VENV) .schemathesis .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.cache site
