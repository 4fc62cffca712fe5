"""同意、不同意: the two buttons by which the head answers what a team has asked for."""

from collections.abc import Callable
from typing import Any

from registries.admin.acts import Act

from ..papers.forms import NoteForm
from .forms import RefuseForm


def judged(
    judge: Callable,
    permission: str,
    asked: str,
    yes: tuple[str, str, str],
    no: tuple[str, str, str],
    **more: Any,
) -> tuple[Act, Act]:
    """`judge(thing, agrees, note, by=)` and the state in which a thing waits for it in; the Acts of yes and
    no out, each by (name, label, what is told when it is done). `more`: what else the yes says."""

    def act(agrees, form, name, label, done, **rest):
        def run(thing, data, by):
            judge(thing, agrees, data["note"], by=by)

        def waits(thing):
            return thing.status == asked

        return Act(name, label, permission, run, form, when=waits, done=done, **rest)

    return act(True, NoteForm, *yes, **more), act(False, RefuseForm, *no)
