"""manage.py log_begin: part of the upgrade to a version with public logs: what each bureau had said before
enters its log as first leaves, marked so. Until it has run, such a bureau can publish nothing. Does nothing
twice."""

from django.core.management.base import BaseCommand

from publicity.services import beforelog
from registries.models import PublicLog


class Command(BaseCommand):
    help = "启用公开日志：把升级以前公开过的事实写成日志的第一批条目"

    def handle(self, *args, **options):
        waiting = PublicLog.objects.filter(begun_at=None, is_living=True, bureau__moved_at=None)
        for log in waiting.select_related("bureau").order_by("pk"):
            count = beforelog.enter(log)
            self.stdout.write(f"{log.bureau}：公开日志已启用，写入以前的事实 {count} 条。")
