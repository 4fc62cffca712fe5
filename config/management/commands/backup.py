"""manage.py backup -o FILE: database, kept files and a manifest in one tar."""

from django.core.management.base import BaseCommand, CommandError

from config import backups


class Command(BaseCommand):
    help = "备份数据库和全部存档文件为一个 tar 文件（不含加密密钥，密钥另行保管）"

    def add_arguments(self, parser):
        parser.add_argument("-o", "--output", required=True, help="备份文件；已有的文件不会被覆盖")

    def handle(self, *args, output, **options):
        try:
            manifest = backups.make(output)
        except (backups.BackupRefused, OSError) as refused:
            raise CommandError(str(refused)) from None
        rows = sum(manifest["rows"].values())
        self.stdout.write(
            f"已备份到 {output}：{rows} 行，数据库 {manifest['bytes'] / 2**20:.1f} MB。密钥不在其中，请另行保管。"
        )
