# Every target does its own set-up, from nothing but Python and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell git ls-files -co --exclude-standard onetree guards scripts bin adrs pyproject.toml setup.py 2>/dev/null)

.PHONY: demo test lint bench accuracy fuzz stress model clients clean

demo: $(VENV)/.installed  ## several agents at once, and what becomes of what they try
	$(BIN)/python demo/run.py

test: $(VENV)/.installed  ## all tests, on all cores
	$(BIN)/pytest -n auto

lint: $(VENV)/.installed  ## style and types, and onetree's own hooks on itself
	$(BIN)/pre-commit run --all-files
	cd $(VENV) && bin/mypy --config-file ../pyproject.toml -p onetree  # as installed: the mapping of folders is setuptools'
	cd $(VENV) && bin/mypy --config-file ../pyproject.toml ../tests ../demo ../bench ../clients ../stress ../truth ../models

bench: $(VENV)/.installed  ## what a tool call costs, beside an empty Python
	@code=0; for what in run append detect commits locks tree; do $(BIN)/python bench/$$what.py || code=1; done; exit $$code

accuracy: $(VENV)/.installed  ## how often shell-write-detect is right, by the kernel's word (needs Linux and strace)
	$(BIN)/python -m truth

SECONDS := 20
fuzz: $(VENV)/.installed  ## commands changed at random: nothing may crash, hang or pass in silence; FILES="..." for more
	$(BIN)/python -m truth.fuzz --seconds $(SECONDS) $(FILES)

stress: $(VENV)/.installed  ## many processes and every fault, with 3, 7 and 10 agents; SECONDS=3600 for a soak
	$(BIN)/python -m stress all --agents 3,7,10 --seconds $(SECONDS) --budget hold.p50=1ms
	$(BIN)/python -m stress locks --agents 50,100 --seconds $(SECONDS) --out .stress/locks

model:  ## the rules of the locks, searched by Spin; each planted bug must be found (needs spin and a C compiler)
	$(PYTHON) models/check.py

clients: $(VENV)/.installed  ## real agents' clients against a scripted model; CLIENTS=claude adds that one (needs node)
	$(BIN)/python -m clients.run

# A normal install, as users have it: an editable one starts twice as slowly and hides what the wheel lacks.
$(VENV)/.installed: $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "onetree needs Python 3.10 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "no virtual environment could be made; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'setuptools>=77'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall .
	@touch $@

clean:
	rm -rf $(VENV) .clients .stress build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
