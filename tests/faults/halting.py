"""A real worker that stops for good at a named point of the draw, after it has said so in a file.

HALT_AT: before_claim, after_claim, after_compute, before_commit, after_commit. HALT_FILE: where it writes its
pid. WITHOUT_MEASURES=1 takes away late acknowledgement: the control run.
"""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config.celery import app  # noqa: E402
from inspections.draw import drawing  # noqa: E402

if os.environ.get("WITHOUT_MEASURES"):
    app.conf.update(task_acks_late=False, task_reject_on_worker_lost=False)


def _halt():
    with open(os.environ["HALT_FILE"] + ".part", "w") as said:
        said.write(str(os.getpid()))
    os.rename(os.environ["HALT_FILE"] + ".part", os.environ["HALT_FILE"])
    time.sleep(600)


def _before(act):
    def halted(*args, **kwargs):
        _halt()
        return act(*args, **kwargs)

    return halted


def _after(act, when=lambda *args: True):
    def halted(*args, **kwargs):
        done = act(*args, **kwargs)
        if when(*args):
            _halt()
        return done

    return halted


class _HaltingEngine:
    def __getattr__(self, name):
        return getattr(_engine, name)


point = os.environ.get("HALT_AT")
if point == "before_claim":
    drawing._claim = _before(drawing._claim)
elif point == "after_claim":
    drawing._complete = _before(drawing._complete)
elif point == "after_compute":
    _engine, drawing.engine = drawing.engine, _HaltingEngine()
    _HaltingEngine.draw = staticmethod(_after(_engine.draw))
elif point == "before_commit":
    drawing.journal.write = _after(drawing.journal.write, lambda action: action == "draw.drawn")
elif point == "after_commit":
    drawing._complete = _after(drawing._complete)
