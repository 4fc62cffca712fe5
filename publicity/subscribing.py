"""订阅: whoever leaves an address is told each morning what was published, once he has said yes."""

from django import forms
from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404

from registries.errors import DomainError

from .models import Subscription
from .reading import choices, plain
from .sentences import say
from .services import subscriptions
from .window import show
from .writing import require_few, require_ours, when, writes

_AN_HOUR = 10  # addresses that one reader may type in


class SubscribeForm(forms.Form):
    email = forms.EmailField(label="您的邮箱", max_length=200)
    town = forms.CharField(max_length=50, required=False, label="只要一个乡镇（街道）")
    ref = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)


@writes
def subscribe(request):
    """The form; after it, that a mail is on its way, whoever's address it was."""
    if not settings.SUBSCRIPTIONS:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    ref, status, is_asked = plain(given.get("ref", ""))[:40].upper(), 200, False
    form = SubscribeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require_ours(request)
        if form.is_valid():
            town = form.cleaned_data["town"]
            kind, value = ("ref", ref) if ref else ("town", town) if town else ("all", "")
            try:
                require_few(request, "subscribe", _AN_HOUR)
                subscriptions.ask(request.whose.pk, form.cleaned_data["email"], kind, value)
                is_asked = True
            except DomainError as refused:
                status = 429 if refused.code == "too_many" else 503
                form.add_error(None, say(refused))
    facts = {"form": form, "ref": ref, "towns": choices(request.whose.pk)["town"], "is_asked": is_asked}
    facts |= {"town": plain(given.get("town", "")), "days": subscriptions.DAYS}
    return when(show(request, "subscribe", facts, column="changes", status=status))


@writes
def subscription(request, token):
    """Say yes, or end it: a button and not the link alone, because mail programs open links by themselves."""
    found = get_object_or_404(Subscription, token=token, bureau=request.whose.pk)
    done = ""
    if request.method == "POST":
        require_ours(request)
        done = "ended" if "end" in request.POST else "confirmed"
        (subscriptions.end if done == "ended" else subscriptions.confirm)(found)
        if done == "confirmed":
            found.refresh_from_db()
    facts = {"one": found, "what": subscriptions.what(found), "done": done}
    response = show(request, "subscription", facts, column="changes")
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
