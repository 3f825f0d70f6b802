# `make run` and `make test` are all that a bare machine needs; the rest is for those who change things.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
# uv compiles the pins; the networks and indexes of whoever compiles stay out of the files.
COMPILE := .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
TYPED := audiopod accounts wallet webhooks voices audio_api dashboard audio fake_stripe

.DEFAULT_GOAL := help
.PHONY: help run test test-all setup worker bench lint types format messages pictures requirements clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

run: ## set everything up and serve; HOST= and PORT= say where
	@$(PYTHON) scripts/bootstrap.py run

test: ## set everything up and run the tests, in minutes; ARGS= go to pytest
	@$(PYTHON) scripts/bootstrap.py test $(ARGS)

test-all: ## the same with the thorough ones: every test there is
	@$(PYTHON) scripts/bootstrap.py test-all

setup: ## only make .venv, with what tests and checks need as well
	@$(PYTHON) scripts/bootstrap.py setup --dev

worker: ## a worker process, for a server that has REDIS_URL
	$(VENV_PYTHON) -m dramatiq audio_api.worker --processes 1 --threads 2

bench: setup ## measure, beside the bare engines
	$(VENV_PYTHON) -m bench $(ARGS)

lint: setup ## style, templates, import contracts, migrations
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m djlint templates --lint --quiet
	$(VENV_PYTHON) -m djlint templates --check --quiet
	.venv/bin/lint-imports
	$(VENV_PYTHON) manage.py makemigrations --check --dry-run

types: setup ## mypy --strict
	$(VENV_PYTHON) -m mypy $(TYPED)

format: setup ## put the code in shape
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .

messages: setup ## collect the texts of pages and mails, and compile their translations (needs gettext)
	$(VENV_PYTHON) manage.py makemessages --locale de --no-location --ignore .venv --ignore tests --ignore bench
	$(VENV_PYTHON) manage.py compilemessages --locale de --ignore .venv

pictures: setup ## take the pictures of the README anew (needs Chromium)
	$(VENV_PYTHON) -m tests.browser.pictures

requirements: setup ## pin anew what the .in files ask for; UPGRADE=--upgrade takes newer versions
	$(COMPILE) $(UPGRADE) requirements.in -o requirements.txt
	$(COMPILE) $(UPGRADE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) $(UPGRADE) requirements-en.in -o requirements-en.txt
	$(COMPILE) $(UPGRADE) requirements-ja.in -o requirements-ja.txt
	$(COMPILE) $(UPGRADE) requirements-zh.in -o requirements-zh.txt
	cd tests/sdk/clients && for name in openai-1 openai-2 openai-3 audiopod-2 node; do \
		../../../$(COMPILE) $(UPGRADE) -q $$name.in -o $$name.txt || exit 1; done

clean: ## remove .venv and caches; the data in var/ stays
	rm -rf .venv .venv-clients tests/sdk/node/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
