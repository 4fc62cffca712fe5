# make run: the demonstration on http://127.0.0.1:8000 · make test: everything · make check: style and shape
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
MINGQIAN_DATA ?= $(wildcard $(CURDIR)/../shared/data)
export MINGQIAN_DATA

.PHONY: run test check

run: .venv/.run
	@$(BIN)/python manage.py migrate --verbosity 0
	@echo "公示页面  http://127.0.0.1:$(PORT)/"
	@echo "工作台    http://127.0.0.1:$(PORT)/admin/"
	@echo "我的工作  http://127.0.0.1:$(PORT)/desk/"
	@$(BIN)/python manage.py seed_demo
	@trap 'kill $$due 2>/dev/null' EXIT INT TERM; \
	 $(BIN)/python manage.py run_due --every 60 & due=$$!; \
	 $(BIN)/gunicorn config.wsgi --bind 127.0.0.1:$(PORT) --workers 2

test: .venv/.test
	@sh tests/install.sh
	@$(MAKE) --no-print-directory check
	@sh tests/run.sh

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python manage.py makemigrations --check --dry-run

.venv/bin/python:
	$(PYTHON) -m venv .venv

# uv installs ten times faster; without it pip does the same.
.venv/.run: requirements.txt | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt; \
	 else $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt; fi
	@touch $@

.venv/.test: requirements.txt requirements-dev.txt | .venv/.run
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt; \
	 else $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt; fi
	@touch $@
