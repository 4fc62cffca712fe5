"""manage.py run_due [--every SECONDS]: what is due now: draws and imports nobody rang for, draws whose day of release has come.

Celery beat does the same in production; an installation without Redis keeps this running beside the server.
"""

import time

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from inspections import tasks
from publicity.services import dumps, publications, releases
from registries.tasks import sweep_imports


class Command(BaseCommand):
    help = "办理到期事项：执行等待中的抽取和导入、办理外勤上报、公开到期的抽取"

    def add_arguments(self, parser):
        parser.add_argument("--every", type=int, default=0, help="每隔几秒办理一次；不写则办理一次")

    def handle(self, *args, every, **options):
        while True:
            tasks.sweep()
            sweep_imports()
            tasks.sweep_filings()
            releases.release_due()
            publications.carry_due()
            dumps.make()
            if not every:
                return
            close_old_connections()
            time.sleep(every)
