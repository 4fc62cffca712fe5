#!/bin/sh
# The whole suite on PostgreSQL with a real Redis beside it; then what touches the database once more on SQLite.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
work=$(mktemp -d)
pids=""
stop() {
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
    [ ! -d "$work/pg" ] || as_postgres "$pg/pg_ctl -D $work/pg -m immediate stop" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap stop EXIT INT TERM

pg=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_postgres() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$1"; else sh -c "$1"; fi
}
free_port() { $python -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

chmod 755 "$work"
mkdir "$work/pg"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/pg"
as_postgres "$pg/initdb -D $work/pg -U mingqian --auth=trust -E UTF8 --locale=C.UTF-8" >/dev/null
port=$(free_port)
as_postgres "$pg/pg_ctl -D $work/pg -w -l $work/pg/log -o '-p $port -k $work/pg -c listen_addresses=127.0.0.1' start" >/dev/null
redis_port=$(free_port)
redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly yes --dir "$work" >/dev/null &
pids="$pids $!"

export MINGQIAN_VAR="$work/var"
echo "== PostgreSQL $("$pg/postgres" --version | cut -d' ' -f3)"
DATABASE_URL="postgres://mingqian@127.0.0.1:$port/postgres" TEST_REDIS_URL="redis://127.0.0.1:$redis_port/0" \
    $python -m pytest "$@"
echo "== SQLite"
$python -m pytest tests --ignore tests/engine "$@"
