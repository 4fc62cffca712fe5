# make run: the demonstration on http://127.0.0.1:8000 · make test: everything · make quick: the inner loop
# make check: style and shape · make trials: what takes long, written into docs/trials.md
# make exchange: a month of data exchange against doubles of the other platforms
# make witness: beside make run, a witness of its public log on port 8787
# make train: 培训环境 on port 8001, a database of its own
# make bench: measure, write docs/performance.md · make drill: back up, restore into a fresh cluster, verify
PORT ?= 8000
# The system's own Python is built to its profile and takes two thirds of the time of one built by hand
# (docs/decisions/0043); where it is missing, old or cannot make a venv, whatever python3 is.
SYSTEM := $(shell /usr/bin/python3 -c 'import ensurepip, sys; print("/usr/bin/python3" * (sys.version_info >= (3, 11)))' 2>/dev/null)
PYTHON ?= $(or $(SYSTEM),python3)
BIN := .venv/bin
NODE := .venv/npm/node_modules/.bin
MINGQIAN_DATA ?= $(wildcard $(CURDIR)/../shared/data)
export MINGQIAN_DATA

# Every process that starts would else compile the whole house anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run witness train test quick trials check bench drill exchange

run: .venv/.run
	@$(BIN)/python manage.py migrate --verbosity 0
	@echo "公示页面  http://127.0.0.1:$(PORT)/"
	@echo "工作台    http://127.0.0.1:$(PORT)/admin/"
	@echo "我的工作  http://127.0.0.1:$(PORT)/desk/"
	@$(BIN)/python manage.py log_begin
	@$(BIN)/python manage.py seed_demo
	@trap 'kill $$due 2>/dev/null' EXIT INT TERM; \
	 $(BIN)/python manage.py run_due --every 10 & due=$$!; \
	 $(BIN)/gunicorn config.wsgi --bind 127.0.0.1:$(PORT) --workers 2

# A witness of the demonstration's public log, beside `make run`: what another office would run elsewhere.
witness: .venv/.run
	@$(BIN)/python manage.py witness_here

train: export TRAINING = yes
train: PORT = 8001
train: run

test: .venv/.test
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m tests.lanes

# No browser, no fault injection, SQLite: while one works.
quick: .venv/.test
	@$(BIN)/python -m pytest tests -n 2 --dist loadfile -m "not slow and not trial" --ignore tests/e2e --ignore tests/faults

trials: .venv/.test
	@sh tests/install.sh trials
	@$(BIN)/python -m tests.trials $(ONLY)

bench: .venv/.bench
	@sh tests/install.sh bench
	@$(BIN)/python -m tests.servers $(BIN)/python -m tests.bench $(ONLY)

drill: .venv/.test
	@sh tests/install.sh
	@$(BIN)/python -m tests.servers $(BIN)/python -m tests.drill

# A month of data exchange against doubles of the platforms.
exchange: .venv/.test
	@$(BIN)/python -m tests.exchange

check: .venv/.test
	@sh tests/install.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(NODE)/tsc -p tests/tsconfig.json
	$(NODE)/eslint -c tests/eslint.config.mjs static/js

.venv/bin/python:
	$(PYTHON) -m venv .venv

# uv installs ten times faster; where there is none, or it does not find its way (a mirror that only pip
# knows of), pip does the same.
.venv/.run: requirements.txt | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt \
	 || $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.test: requirements.txt requirements-dev.txt | .venv/.run
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt \
	 || $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/.bench: tests/bench/requirements.txt | .venv/.test
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r tests/bench/requirements.txt \
	 || $(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/bench/requirements.txt
	@touch $@
