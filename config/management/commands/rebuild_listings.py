"""manage.py rebuild_listings: the index of what is public, made again from the statements."""

from django.core.management.base import BaseCommand
from django.db import transaction

from publicity import downloads
from publicity.services import listings


class Command(BaseCommand):
    help = "由公示内容重建公示索引"

    @transaction.atomic
    def handle(self, *args, **options):
        count = listings.rebuild()
        transaction.on_commit(downloads.forget)
        self.stdout.write(f"公示索引已重建，共 {count} 条。")
