#!/bin/sh
# What the tables' owner does before the services start: migrate, grant, static files. A migration waits three seconds for a
# lock (PGOPTIONS), not longer, for everybody queues behind it; then it steps aside and tries again.
set -eu
tried=0
until python manage.py migrate; do
    tried=$((tried + 1))
    [ "$tried" -lt 12 ] || exit 1
    echo "没有迁移成，五秒后再试（第 $tried 次）" >&2
    sleep 5
done
python manage.py grant mingqian_app
python manage.py log_begin
python manage.py collectstatic --no-input
