# Every target does its own set-up in .venv: a fresh machine needs Python 3.11 or newer and make, nothing else.
# `make paper PYTHON=/path/to/python3.12` chooses the interpreter.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt
NEEDS := pyproject.toml constraints.txt
TESTFLAGS ?= -n auto --maxprocesses 8 --dist worksteal

# The interpreter named by the user, or the first one that is new enough (and really starts: a name on PATH may not).
ifeq ($(origin PYTHON),undefined)
CANDIDATES := python3 python3.13 python3.12 python3.11
else
CANDIDATES := $(PYTHON)
endif
NEW_ENOUGH := import sys; raise SystemExit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help paper test lint docs pages verify margins bench constraints clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

paper: $(VENV)/.core ## Reproduce the paper: figures, tables, verdicts, report.html
	$(BIN)/polygenesis paper $(ARGS)

test: $(VENV)/.test ## Run the tests
	$(BIN)/python -m pytest $(TESTFLAGS) $(ARGS)

lint: $(VENV)/.lint ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs ## Build the documentation into docs/_build/html; its examples are executed, warnings are errors
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html
	$(BIN)/python tests/offline.py docs/_build/html

pages: $(VENV)/.test ## Write every computed page of docs and README: hours; says so beforehand, goes on after a kill
	$(BIN)/python docs/pages.py $(ARGS)

verify: $(VENV)/.test
	$(BIN)/python -m pytest verification $(ARGS)

margins: $(VENV)/.test ## Record every claim's margin, estimand, regime and seeds in docs/studies/margins.json
	$(BIN)/polygenesis studies --margins docs/studies/margins.json

bench: $(VENV)/.test
	$(BIN)/polygenesis bench $(ARGS)

constraints: $(VENV)/.test $(VENV)/.lint $(VENV)/.docs ## Pin what is installed in .venv in constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable | sed 's/+.*//' > constraints.new
	@{ sed -n '/^#/p' constraints.txt; cat constraints.new; } > constraints.newer
	@mv constraints.newer constraints.txt && rm constraints.new

clean: ## Remove .venv, caches and built documentation; results stay
	rm -rf $(VENV) docs/_build dist build .nox .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp a set of extras, touched after success only: an interrupted set-up starts again, a finished one is not repeated.
$(VENV)/.made:
	@for python in $(CANDIDATES); do \
	  if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)."; \
	    "$$python" -m venv $(VENV) || { echo "make: $$python cannot make a virtual environment (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 2; }; \
	    touch $@; exit 0; \
	  fi; \
	done; \
	echo "make: polygenesis needs Python 3.11 or newer, but none of these is: $(CANDIDATES); name one with PYTHON=…" >&2; exit 2

$(VENV)/.core: $(VENV)/.made $(NEEDS)
	@echo "Installing polygenesis into $(VENV) (once; some minutes on a slow line)."
	@$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.made $(NEEDS)
	@echo "Installing polygenesis with what its tests need into $(VENV) (once; some minutes on a slow line)."
	@$(PIP) -e '.[torch,data,parquet,cluster,test]'
	@touch $@ $(VENV)/.core

$(VENV)/.lint: $(VENV)/.made $(NEEDS)
	@echo "Installing polygenesis with its linters into $(VENV) (once)."
	@$(PIP) -e '.[lint,test]'
	@touch $@ $(VENV)/.core

$(VENV)/.docs: $(VENV)/.made $(NEEDS)
	@echo "Installing polygenesis with what its documentation needs into $(VENV) (once)."
	@$(PIP) -e '.[docs,torch,data]'
	@touch $@ $(VENV)/.core
