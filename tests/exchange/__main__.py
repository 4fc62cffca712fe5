"""make exchange: an installation of its own on invented data, the doubles, and a month played against
them."""

import os
import tempfile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_HOME = tempfile.TemporaryDirectory(prefix="mingqian-exchange-")
os.environ["MINGQIAN_VAR"] = _HOME.name
os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from tests import staircase  # noqa: E402
from tests.levels import QUICK  # noqa: E402

from .month import Month  # noqa: E402


def main():
    """Print what stands after the month; any promise that is broken ends it with a fault."""
    setup_test_environment()
    for name, value in QUICK.items():
        setattr(settings, name, value)
    call_command("migrate", verbosity=0)
    print("建一个虚构的县，走完一轮抽查……")
    for name in (
        "bureau",
        "cast",
        "register",
        "inspectors",
        "item_list",
        "plan",
        "sealed",
        "drawn",
        "released",
    ):
        staircase.STEPS[name][1]()
    cast = staircase.found_cast()
    firms = staircase.STEPS["register"][2]().exclude(credit_code="")[:40]
    print("三十天：八个来源，三个接收方（会丢回执、会断、七条里退一条）……")
    Month(cast, firms, settings.EXCHANGE_DIR).play()
    print("一个月过完，每一条都有一个说得出的结果。")


if __name__ == "__main__":
    main()
