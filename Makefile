# make lab   opens JupyterLab on the start notebook
# make test  checks everything, in a real browser too
#
# Both set up all they need in .venv and need nothing but git and Python 3.11 or newer.
# PYTHON=/path/to/python chooses the Python; CHROME=/path/to/chrome chooses the browser of the tests.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

.PHONY: lab test

lab: $(VENV)/.lab
	@$(PY) -m mig_explorer lab

test: $(VENV)/.test
	@$(PY) -m tests.ui.install_browser
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest --numprocesses 2 --dist loadfile

$(VENV)/.lab: pyproject.toml | $(PY)
	@echo "Installing mig_explorer and JupyterLab into $(VENV) (some minutes the first time)"
	@$(PIP) install --editable ".[lab]"
	@touch $@

$(VENV)/.test: pyproject.toml | $(PY)
	@echo "Installing mig_explorer, JupyterLab, Dask and the test tools into $(VENV) (some minutes the first time)"
	@$(PIP) install --editable ".[lab,dask,test]"
	@touch $(VENV)/.lab $@

# A Python without ensurepip makes environments without pip: Debian's, until python3-venv is installed.
$(PY):
	@old=; bare=; \
	for name in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  "$$name" -c 'pass' 2>/dev/null || continue; \
	  if ! "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then old="$$old $$name"; continue; fi; \
	  if ! "$$name" -c 'import ensurepip, venv' 2>/dev/null; then bare="$$name"; continue; fi; \
	  echo "Making $(VENV) with $$name ($$("$$name" --version))"; \
	  "$$name" -m venv --clear $(VENV) && exit 0; \
	  rm -rf $(VENV); exit 1; \
	done; \
	if [ -n "$$bare" ]; then \
	  echo "$$bare cannot make virtual environments: it has no ensurepip." >&2; \
	  echo "On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; \
	elif [ -n "$$old" ]; then \
	  echo "mig_explorer needs Python 3.11 or newer; found only older ones:$$old." >&2; \
	  echo "Install a newer Python, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	else \
	  echo "mig_explorer needs Python 3.11 or newer, and found no Python." >&2; \
	  echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	fi; \
	exit 1
