# The commands of this project. Each is one line that calls something readable; `make help` lists them.
STACK ?= local
MESSAGE ?= hello
export MESSAGE
PYTHON := .venv/bin/python
INSTALLED := .venv/.installed
PACKAGE := .cache/packages/assistant.zip
SOURCES := $(shell find assistant -type f -not -name '*.pyc' 2>/dev/null)
SETUP_PYTHON ?= python3

.PHONY: help up chat down preview package test check bench lock clean

help:                ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

up: $(INSTALLED) $(PACKAGE)      ## deploy the stack (STACK=local): the assistant answers when it ends
	@$(PYTHON) -m sandbox pulumi up --yes --non-interactive --stack $(STACK) --policy-pack policies

chat: $(INSTALLED)   ## say MESSAGE to the assistant and print its reply
	@$(PYTHON) -m tools.chat --stack $(STACK)

preview: $(INSTALLED) $(PACKAGE) ## plan the stack without an account; writes .cache/preview/<stack>.json
	@$(PYTHON) -m tools.preview --stack $(STACK)

down: $(INSTALLED)   ## remove everything that the stack has deployed
	@$(PYTHON) -m tools.down --stack $(STACK)

test: $(INSTALLED) $(PACKAGE)    ## all tests
	@$(PYTHON) -m pytest -n auto --dist loadgroup

check: $(INSTALLED) $(PACKAGE)   ## the quick loop: lint, types, unit tests
	@$(PYTHON) -m tools.check

bench: $(INSTALLED) $(PACKAGE)   ## ratios of things run side by side; writes bench/results.json
	@$(PYTHON) -m bench

package: $(PACKAGE)  ## build the functions' package

lock: $(INSTALLED)   ## refresh the locked dependencies
	@$(PYTHON) -m tools.lock

clean:               ## forget every deployment of this machine and everything that was built
	@test ! -x $(PYTHON) || $(PYTHON) -m sandbox cloud forget
	@rm -rf .cache .venv components/.venv

$(INSTALLED): requirements-dev.txt components/pyproject.toml policies/pyproject.toml
	@echo "installing the Python dependencies into .venv; this is done once" >&2
	@$(SETUP_PYTHON) -m venv .venv && $(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt && touch $@

$(PACKAGE): $(INSTALLED) $(SOURCES)
	@$(PYTHON) -m assistant.package $@
