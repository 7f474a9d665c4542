# Every command installs what it needs first (into .venv and node_modules), and only when something changed.
PYTHON ?= python3
# `exec` makes Python a child of make itself: when make dies, the demo notices and stops everything.
BOOTSTRAP = exec "$(PYTHON)" -I loyalty_platform/bootstrap.py
export PORT RESET UPGRADE

.PHONY: help demo run test check bench messages lock clean
.DEFAULT_GOAL := help

help: ## list these commands
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

demo: ## the whole platform with a year of real purchases (PORT=8000, RESET=1 starts over)
	@$(BOOTSTRAP) demo

run: ## the same while you change it: reloads Python, worker and styles
	@$(BOOTSTRAP) run

test: ## every gate, then every test
	@$(BOOTSTRAP) test

check: ## the gates alone: style, types, layers, migrations, messages, OpenAPI
	@$(BOOTSTRAP) check

bench: ## the figures of docs/performance.md, beside their witnesses
	@$(BOOTSTRAP) bench

messages: ## collect what is to be translated into locale/
	@$(BOOTSTRAP) messages

lock: ## resolve requirements/*.txt anew (UPGRADE=1 takes newer versions)
	@$(BOOTSTRAP) lock

clean: ## remove what the commands made: .venv, node_modules, built files, var
	rm -rf .venv node_modules static/build var
