"""给许多人开账户: the officer asks, another confirms; each prints a strip with his half of every one-time
password. Nobody's password is whole in one hand."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from registries import asked as asked_for
from registries.errors import DomainError
from registries.models.bureau import role_choices
from registries.sentences import say
from registries.services import confirming, manyaccounts

from ..office import books


class TableForm(forms.Form):
    file = forms.FileField(
        label="账户表", help_text="xlsx、xls 或 csv：姓名、角色；股室、用户名、乡镇可以不写。"
    )


@never_cache
def page(request):
    """Inspectors without an account, and a table of others; a POST asks for those ticked and shows the
    slips."""
    if not request.user.has_perm("registries.add_account"):
        raise PermissionDenied
    form, rows, said = TableForm(), manyaccounts.without(request.user.bureau), ""
    try:
        if "file" in request.FILES:
            form = TableForm(request.POST, request.FILES)
            if form.is_valid():
                file = form.cleaned_data["file"]
                rows = manyaccounts.read(file.read(), file.name)
        elif request.method == "POST":
            rows = _asked(request.POST)
            chosen = [each for each, is_chosen in rows if is_chosen]
            rows = [each for each, _ in rows]
            if not chosen:
                raise _Nobody
            made = manyaccounts.ask(chosen, by=request.user)
            halves = [(one.facts["username"], one.facts["display_name"], half) for one, half in made]
            return _slips(request, halves, "前", reverse("admin:registries_consent_changelist"))
    except _Nobody:
        messages.warning(request, "没有选中要开账户的人，请先打勾。")
    except DomainError as refused:
        said = say(refused)
        rows = [] if "file" in request.FILES else rows  # not others than those of the table
    facts = admin.site.each_context(request) | {
        "title": "给许多人开账户",
        "rows": rows,
        "said": said,
        "form": form,
        "roles": dict(role_choices()),
        "is_table": "file" in request.FILES,
    }
    return TemplateResponse(request, "year/accounts.html", facts)


class _Nobody(Exception):
    """None was ticked."""


def template(request):
    """The empty table of accounts."""
    if not request.user.has_perm("registries.add_account"):
        raise PermissionDenied
    return books.answer(manyaccounts.template(), "账户表（空）.xlsx")


@never_cache
def confirm(request):
    """The second person: who asked for which accounts; a POST confirms those ticked and shows the other
    halves."""
    if not request.user.has_perm("registries.confirm_consent"):
        raise PermissionDenied
    if request.method == "POST":
        chosen = asked_for.keys(request.POST.getlist("chosen"))
        done = [
            each
            for one in manyaccounts.waiting(request.user)
            if one.pk in chosen
            for each in _confirmed(request, one)
        ]
        if done:
            halves = [(one.facts["username"], one.facts["display_name"], half) for one, half in done]
            return _slips(request, halves, "后", reverse("accounts-confirm"))
        if not chosen:
            messages.warning(request, "没有选中要确认的账户，请先打勾。")
        return HttpResponseRedirect(request.path)
    facts = admin.site.each_context(request) | {
        "title": "一并确认新账户",
        "rows": manyaccounts.waiting(request.user),
        "roles": dict(role_choices()),
    }
    return TemplateResponse(request, "year/accounts_confirm.html", facts)


def _confirmed(request, one):
    """[(Consent, second half)] of one, in a transaction of its own; what is refused is told."""
    try:
        return [(one, confirming.confirm(one, by=request.user))]
    except DomainError as refused:
        messages.error(request, f"{one.title}：{say(refused)}")
        return []


def _slips(request, halves, which, back):
    """The halves, a strip each, in the answer itself: no cookie and no table ever holds them."""
    facts = admin.site.each_context(request) | {
        "title": f"密码条（{which}一半）",
        "halves": halves,
        "which": which,
    }
    answer = TemplateResponse(request, "year/slips.html", facts | {"back": back})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked(posted):
    """[(Wanted, whether it is ticked)] of the form as it was sent, row by row."""
    found, titles, valid = [], dict(role_choices()), UnicodeUsernameValidator()
    for n in range(min(asked_for.key(posted.get("rows")) or 0, manyaccounts.MOST)):
        username = posted.get(f"username-{n}", "").strip()[:150]
        try:
            valid(username)
        except ValidationError:
            raise DomainError(
                "table_faulty", faults=f"用户名“{username}”只能用字母、数字和 @ . + - _"
            ) from None
        roles = tuple(each for each in posted.getlist(f"roles-{n}") if each in titles)
        wanted = manyaccounts.Wanted(
            posted.get(f"name-{n}", "")[:50],
            username,
            roles,
            posted.get(f"section-{n}", "")[:50],
            posted.get(f"town-{n}", "")[:50],
            asked_for.key(posted.get(f"inspector-{n}")),
        )
        found.append((wanted, bool(posted.get(f"chosen-{n}"))))
    return found
