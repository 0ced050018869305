# Everything needs only Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

# what the tests with real services need, as Debian packages
SERVICES := chromium dovecot-imapd postfix sqlite3

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs bench services pins clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: $(VENV)/installed ## the whole pipeline on made-up people, in a new folder ./demo
	@$(BIN)/outreach demo --dir $(DEMO)

test: $(VENV)/installed-dev ## all tests; those that lack a service say which package they want
	$(BIN)/pytest -n auto --dist loadgroup -q $(TESTS)

check: $(VENV)/installed-dev ## format, lint, types, import contracts, generated docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check --diff -I docs docs/checks.md docs/messages.md docs/reports.md docs/reference/*.md

format: $(VENV)/installed-dev ## put code into its format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/installed-dev ## renew the generated parts of the docs
	$(BIN)/cog -r -I docs docs/checks.md docs/messages.md docs/reports.md docs/reference/*.md

bench: $(VENV)/installed-dev ## measure, as ratios in one run (benchmarks/)
	$(BIN)/python -m benchmarks.compose
	$(BIN)/python -m benchmarks.desk
	$(BIN)/python -m benchmarks.dispatch
	$(BIN)/python -m benchmarks.fetch
	$(BIN)/python -m benchmarks.imports
	$(BIN)/python -m benchmarks.planning
	$(BIN)/python -m benchmarks.replies
	$(BIN)/python -m benchmarks.webhooks

services: ## install what the tests with real services need (Debian, as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(SERVICES)

pins: ## renew constraints.txt with the newest versions that fit
	rm -rf $(VENV)/pins
	$(PYTHON) -m venv $(VENV)/pins
	$(VENV)/pins/bin/pip install -q --disable-pip-version-check hatchling editables '.[dev]'
	$(VENV)/pins/bin/pip freeze --exclude outreach > constraints.txt

clean: ## remove what make made
	rm -rf $(VENV) $(DEMO)

PIP := $(BIN)/pip install -q --disable-pip-version-check -c constraints.txt

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3")'
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(PIP) hatchling editables
	@$(PIP) --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing what the tests need ..."
	@$(PIP) --no-build-isolation -e '.[dev]'
	@touch $@
