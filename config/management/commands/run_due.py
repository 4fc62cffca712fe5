"""manage.py run_due [--every SECONDS]: what is due now, by config/schedule.py: draws and imports nobody rang
for, visits handed in, draws whose day of release has come, the night's version of the data.

Celery's beat does the same in production; an installation without Redis keeps this running beside the server.
"""

import logging
import time

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from config import celery_app
from config.schedule import steps

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "办理到期事项：执行等待中的抽取和导入、办理外勤上报、公开到期的抽取、生成每夜的数据版本"

    def add_arguments(self, parser):
        parser.add_argument(
            "--every", type=int, default=0, help="每隔几秒看一次有什么到期；不写则全部办理一次"
        )

    def handle(self, *args, every, **options):
        celery_app.loader.import_default_modules()  # all tasks are known, as to a worker
        done = {}
        while True:
            failed = run_once(done, timezone.localtime())
            if not every:
                if failed:
                    raise SystemExit(1)
                return
            close_old_connections()
            time.sleep(every)


def run_once(done, now):
    """Do what is due at `now`; `done` is {step: when last done} and is written on.
    Returns the steps that failed.

    A step that fails is logged, keeps no other back, and is tried again the next time.
    """
    failed = []
    for name, step in steps().items():
        if not step.is_due(now, done.get(name)):
            continue
        try:
            celery_app.tasks[step.task].run()
        except Exception:
            log.exception("step %s failed", name)
            failed.append(name)
            done.pop(name, None)
        else:
            done[name] = now
    return failed
