#!/bin/sh
# The whole suite on PostgreSQL with a real Redis beside it; then what touches the database once more on SQLite.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
$python -m tests.servers $python -m pytest "$@"
echo "== SQLite"
MINGQIAN_VAR=$(mktemp -d) $python -m pytest tests --ignore tests/engine "$@"
