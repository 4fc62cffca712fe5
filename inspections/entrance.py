"""What the entrances share: running an act, a page that is one form, fields of forms. Knows no noun."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse

from registries.errors import DomainError

from .sentences import say

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def act(request, run, told, then, token):
    """Run an act and go on to a page with what it said (`told`, or what `told` makes of what it made); a
    refusal goes back to the case.

    One transaction: what an act kept on its way (an exhibit, a file) is not there when the act is refused.
    """
    try:
        with transaction.atomic():
            made = run()
    except DomainError as refused:
        messages.error(request, say(refused))
        return redirect("desk:case", token)
    messages.success(request, told(made) if callable(told) else told)
    return redirect(then, token)


def not_now(request, found):
    """Back to the case, with why."""
    messages.info(
        request, f"“{found.subject.name}”现在的状态是“{found.get_status_display()}”，不能填写检查表和记录。"
    )
    return redirect("desk:case", found.token)


def form_page(request, found, form, title, buttons, lead):
    """A page that is one form about a case."""
    facts = {
        "form": form,
        "title": title,
        "buttons": buttons,
        "lead": lead,
        "back_title": found.subject.name,
        "back": reverse("desk:case", args=[found.token]),
    }
    return show(request, "form", facts)


def show(request, page, facts):
    """A page of the desk."""
    facts["enters_admin"] = request.user.has_perm("registries.enter_admin")
    return render(request, f"desk/{page}.html", facts)


def day_field(label, **options):
    return forms.DateField(label=label, widget=DAY, **options)


def moment_field(label, **options):
    return forms.DateTimeField(
        label=label, widget=MOMENT, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options
    )


def area(rows):
    return forms.Textarea(attrs={"rows": rows})
