"""manage.py backup -o FILE, or --folder DIR [--keep N] [--daily HH:MM]: database, kept files
and a manifest in one tar."""

import re
import signal
import sqlite3
import sys
import time
from datetime import datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.utils import timezone

from config import backups
from registries.services import pulses


class Command(BaseCommand):
    help = "备份数据库和全部存档文件为一个 tar 文件（不含加密密钥，密钥另行保管）"

    def add_arguments(self, parser):
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("-o", "--output", help="备份文件；已有的文件不会被覆盖")
        where.add_argument("--folder", help="备份目录：文件按时间命名，只留最近的几份")
        parser.add_argument(
            "--keep", type=int, default=14, help="目录里留几份（默认 14）；有缺损的备份不删旧的"
        )
        parser.add_argument("--daily", metavar="时:分", help="一直运行，每天到这个时间备份一次")

    def handle(self, *args, output, folder, keep, daily, **options):
        if keep < 1:
            raise CommandError("--keep 至少是 1")
        if daily and not folder:
            raise CommandError("--daily 要与 --folder 一起用")
        if daily:
            self._go_on(folder, keep, daily)
        try:
            path, manifest = (output, backups.make(output)) if output else backups.make_in(folder, keep)
        except (backups.BackupRefused, OSError, DatabaseError, sqlite3.Error) as refused:
            raise CommandError(f"没有备份成：{refused}") from None
        rows = sum(manifest["rows"].values())
        if manifest["faults"]:
            told = "\n".join(f"    {each}" for each in manifest["faults"][:20])
            raise CommandError(
                f"备份写在 {path}，但存档文件缺损 {len(manifest['faults'])} 个，"
                f"请立即查明（旧的备份里可能还有）：\n{told}"
            )
        self.stdout.write(
            f"已备份到 {path}：{rows} 行，数据库 {manifest['bytes'] / 2**20:.1f} MB，"
            f"存档文件逐个核对一致。密钥不在其中，请另行保管。"
        )

    def _go_on(self, folder, keep, daily):
        """One backup a day; what goes wrong is said and tried again the next day,
        and health shows it before."""
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", daily):
            raise CommandError("--daily 写成 02:40 这样")
        # A stop is an exception like another: what was begun is cleared away.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        last = pulses.last("backup")
        if last is None or timezone.now() - last.at > timedelta(days=1):
            self._try(folder, keep)  # a night was missed, or there was none yet
        at = datetime.strptime(daily, "%H:%M").time()  # noqa: DTZ007  a time of the day here
        while True:
            now = timezone.localtime()
            due = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
            time.sleep((due + timedelta(days=int(due <= now)) - now).total_seconds())
            self._try(folder, keep)

    def _try(self, folder, keep):
        try:
            self.handle(output=None, folder=folder, keep=keep, daily=None)
        except CommandError as wrong:
            self.stderr.write(str(wrong))
        connections.close_all()
