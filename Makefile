# `make run` serves the archive; `make notebook` opens it in Jupyter; `make test` checks everything.
# Nothing else is needed first.
PYTHON ?= python3
PORT ?= 8000
# Processes that run tests, each whole files: one file's tests share servers, archives and browsers.
TESTERS ?= 2
VENV := .venv
DATELINE := $(VENV)/bin/dateline

.PHONY: run notebook test gate torture fuzz lint types clean

run: $(VENV)/ready
	@$(DATELINE) ingest --if-new seeds >/dev/null
	@exec $(DATELINE) serve --port $(PORT)

# Jupyter asks nobody for updates or news. On a machine without a screen, or as root:
# `make notebook NOTEBOOK_ARGS="--no-browser --allow-root"`.
notebook: $(VENV)/ready
	@$(DATELINE) ingest --if-new seeds >/dev/null
	@exec $(VENV)/bin/jupyter lab notebooks/ask.ipynb --LabApp.news_url=None \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate $(NOTEBOOK_ARGS)

test: lint types gate
	$(VENV)/bin/python -m pytest --numprocesses $(TESTERS) --dist loadfile $(PYTEST_ARGS)

# May this change land? By questions whose answers are known, and by what came out right before.
gate: $(VENV)/ready
	$(DATELINE) eval gate

# Kills a process that writes, 300 times, and looks each time at what it left: minutes.
torture: $(VENV)/ready
	$(VENV)/bin/python -m pytest tests/test_kills.py --kills 300 --capture no

# Coverage-guided, a minute for each parser; for longer, `make fuzz SECONDS=600`. Linux on x86-64.
SECONDS ?= 60
fuzz: $(VENV)/ready
	$(VENV)/bin/python -m tests.fuzz $(SECONDS)

lint: $(VENV)/ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/ready
	$(VENV)/bin/mypy

# pip, not another installer: others do not see the CPU build of torch, and torch goes first, so
# that no other package asks for a newer one with gigabytes of CUDA.
$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --constraint constraints.txt torch
	$(VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
