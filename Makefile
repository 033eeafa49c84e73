# Heddle's commands. A machine needs Python 3.11 or newer, make and git; all else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DJANGO_SETTINGS_MODULE := workflow_backend.settings

.PHONY: run demo test lint types schema unit bench chaos install install-dev docs requirements stop clean
.DEFAULT_GOAL := run

run: install ## install, start everything, show the demo, serve until Ctrl-C
	@"$(BIN)/python" manage.py up

demo: install ## the same without serving
	@"$(BIN)/python" manage.py up --demo

install: $(VENV)/.runtime
install-dev: $(VENV)/.dev

$(VENV)/bin/python:
	@$(PYTHON) scripts/bootstrap.py venv "$(VENV)"

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@"$(BIN)/python" scripts/bootstrap.py install requirements.txt && touch "$@"

$(VENV)/.dev: requirements-dev.txt | $(VENV)/.runtime
	@"$(BIN)/python" scripts/bootstrap.py install requirements-dev.txt && touch "$@"

test: install-dev ## everything: format, lint, types, contracts, migrations, OpenAPI, all tests
	@"$(BIN)/python" scripts/check.py

unit: install-dev
	@"$(BIN)/python" -m pytest tests/unit

lint types schema: install-dev
	@"$(BIN)/python" scripts/check.py $@

bench: install-dev ## measure; prints a table and writes bench/results/latest.json
	@"$(BIN)/python" -m bench

chaos: install-dev ## 300 mixed runs while everything is killed at random for three minutes
	@"$(BIN)/python" -m tests.chaos.storm --servers

docs: install-dev ## write the generated pages
	@"$(BIN)/python" scripts/node_docs.py

requirements: install-dev ## compile the pins anew from pyproject.toml
	@"$(BIN)/python" scripts/pins.py

stop: install ## stop the embedded servers that a killed command left
	@"$(BIN)/python" scripts/stop_servers.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
