# make run: the demonstration on http://127.0.0.1:8000 · make test: everything · make quick: the inner loop
# make check: style and shape · make trials: what takes long, written into docs/trials.md
# make train: 培训环境 on port 8001, a database of its own
# make bench: measure, write docs/performance.md · make drill: back up, restore into a fresh cluster, verify
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
MINGQIAN_DATA ?= $(wildcard $(CURDIR)/../shared/data)
export MINGQIAN_DATA

.PHONY: run train test quick trials check bench drill

run: .venv/.run
	@$(BIN)/python manage.py migrate --verbosity 0
	@echo "公示页面  http://127.0.0.1:$(PORT)/"
	@echo "工作台    http://127.0.0.1:$(PORT)/admin/"
	@echo "我的工作  http://127.0.0.1:$(PORT)/desk/"
	@$(BIN)/python manage.py seed_demo
	@trap 'kill $$due 2>/dev/null' EXIT INT TERM; \
	 $(BIN)/python manage.py run_due --every 10 & due=$$!; \
	 $(BIN)/gunicorn config.wsgi --bind 127.0.0.1:$(PORT) --workers 2

train: export TRAINING = yes
train: PORT = 8001
train: run

test: .venv/.test
	@sh tests/install.sh
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m tests.lanes

# No browser, no fault injection, SQLite: while one works.
quick: .venv/.test
	@$(BIN)/python -m pytest tests -n 2 --dist loadfile -m "not slow" --ignore tests/e2e --ignore tests/faults

trials: .venv/.test
	@sh tests/install.sh
	@$(BIN)/python -m tests.trials $(ONLY)

bench: .venv/.bench
	@sh tests/install.sh bench
	@$(BIN)/python -m tests.servers $(BIN)/python -m tests.bench $(ONLY)

drill: .venv/.test
	@sh tests/install.sh
	@$(BIN)/python -m tests.servers $(BIN)/python -m tests.drill

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

.venv/.bench: tests/bench/requirements.txt | .venv/.test
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python -r tests/bench/requirements.txt; \
	 else $(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/bench/requirements.txt; fi
	@touch $@
