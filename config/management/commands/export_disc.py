"""manage.py export_disc DRAW -o FILE.iso [--edition public] [--moment sealed]: the disc image of a draw."""

import hashlib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from inspections.models import Draw
from inspections.sentences import say
from inspections.watch import discs
from publicity.services import releases
from registries.errors import DomainError


class Command(BaseCommand):
    help = "制作证据光盘映像（ISO）：同一次抽取无论何时制作，逐字节相同"

    def add_arguments(self, parser):
        parser.add_argument("number", metavar="抽取编号")
        parser.add_argument("-o", "--output", required=True, metavar="FILE.iso")
        parser.add_argument(
            "--edition", choices=list(discs.EDITIONS), default="inner", help="inner 监督版，public 公开版"
        )
        parser.add_argument(
            "--moment",
            choices=list(discs.MOMENTS),
            default="",
            help="sealed 封存时，drawn 抽取后；不写为现在能做的最后一种",
        )

    def handle(self, *args, number, output, edition, moment, **options):
        draw = Draw.objects.filter(number=number).first()
        if draw is None:
            raise CommandError(f"没有这次抽取：{number}")
        target = Path(output)
        if target.exists():
            raise CommandError(f"{output} 已存在；请换一个文件名，不覆盖已有的映像")
        moment = moment or ("drawn" if draw.result_digest else "sealed")
        try:
            image = (
                releases.disc(draw, moment) if edition == "public" else discs.export(draw, edition, moment)
            )
        except DomainError as refused:
            raise CommandError(say(refused)) from None
        target.write_bytes(image)
        digest = hashlib.sha256(image).hexdigest()
        self.stdout.write(
            f"已写出 {output}（{discs.EDITIONS[edition]}，{discs.MOMENTS[moment]}），{len(image)} 字节"
        )
        self.stdout.write(f"SHA-256 {digest}")
        self.stdout.write(f"刻录后回读：head -c {len(image)} /dev/sr0 | sha256sum")
