# Everything from nothing, on Debian or Ubuntu with Python 3.11 or newer:
#   make demo    a small company, a real Asterisk, real calls; prints where to look
#   make test    every test there is
#   make lint    every check that needs no call
#   make bench   what the bridge costs, as ratios in one run
#   make chaos   load and faults for MINUTES (10); three books that must agree; SEED=… repeats one
# PYTHON=… names another interpreter, PBX_BRIDGE_CACHE=… another place for the lab.

SHELL := /bin/bash
.DEFAULT_GOAL := test
.PHONY: lab test lint demo bench chaos clean

.venv: pyproject.toml requirements.lock
	scripts/create-venv.sh

lab:
	@scripts/install-lab.sh

test: .venv lab
	.venv/bin/pytest

demo: .venv lab
	.venv/bin/pbx-bridge demo

bench: .venv lab
	.venv/bin/python -m bench

chaos: .venv lab
	.venv/bin/python -m chaos --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

lint: .venv lab
	scripts/lint.sh

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
