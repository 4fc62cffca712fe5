"""manage.py seed_demo: an invented bureau whose whole round is played once, through the acts."""

import json
import secrets

from django.conf import settings
from django.core.management.base import BaseCommand

from config.demo.story import CODE, STAFF, Story
from registries.models import Bureau


class Command(BaseCommand):
    help = "演示数据：虚构的青原县应急管理局，一轮双随机抽查从头到尾走一遍"

    def handle(self, *args, **options):
        kept, codes = settings.VAR_DIR / "demo-signins.json", settings.VAR_DIR / "demo-codes.txt"
        if Bureau.objects.filter(code=CODE).exists():
            password = json.loads(kept.read_text())["password"] if kept.exists() else "（已改）"
        else:
            password = f"qingyuan-{secrets.randbelow(900000) + 100000}"
            kept.write_text(json.dumps({"password": password}))
            kept.chmod(0o600)
            story = Story(password, self.stdout.write)
            story.play()
            codes.write_text(
                "\n".join(f"{number} 第 {n} 张 {code}" for number, n, code in story.envelopes) + "\n"
            )
            codes.chmod(0o600)
        self.stdout.write("演示账户（虚构，密码相同）：")
        for username, name, _ in STAFF:
            self.stdout.write(f"  {username:<11}{name}")
        self.stdout.write("  i01 … i16   执法检查人员")
        self.stdout.write(f"  密码：{password}")
        self.stdout.write(f"  一次性码（演示用，真实工作中由监督人单独保管）：{codes}")
