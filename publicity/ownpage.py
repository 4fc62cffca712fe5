"""企业自己的网页: opened by the link that went to the firm's confirmed address, and a second code that goes
there too; no account and no cookie. It reads what was served on the firm and takes what the firm hands
in."""

import uuid

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from inspections.after import eservice, firmwords
from inspections.models import Finding, FirmWord, OnlineService
from inspections.papers import issuing
from registries.errors import DomainError

from .sentences import say
from .window import show
from .writing import FilesField, SeveralFiles, require_few, require_ours, when, writes

_TRIES_AN_HOUR = 60  # of codes and tokens, from one address


class WordForm(forms.Form):
    """What a firm hands in."""

    kind = forms.ChoiceField(label="是什么", choices=[("reply", "陈述、回复"), ("objection", "异议")])
    case = forms.ModelChoiceField(label="哪一次检查", queryset=None)
    text = forms.CharField(
        label="内容", max_length=firmwords.MOST_TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )
    files = FilesField(
        label="附件",
        required=False,
        widget=SeveralFiles(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        help_text=f"照片或 PDF，最多 {firmwords.MOST_FILES} 个。",
    )
    mark = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, address, **kwargs):
        super().__init__(*args, **kwargs)
        cases = firmwords.cases_of(address)
        self.fields["case"].queryset = cases
        if len(first := list(cases[:2])) == 1:
            self.fields["case"].initial = first[0]
        self.fields["case"].label_from_instance = _called


class RectifiedForm(forms.Form):
    """A problem that is put right."""

    text = forms.CharField(
        label="怎样整改的", max_length=firmwords.MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    files = FilesField(
        label="整改后的照片",
        required=False,
        widget=SeveralFiles(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        help_text=f"照片或 PDF，最多 {firmwords.MOST_FILES} 个。",
    )
    mark = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


def _called(case):
    day = case.ended_at or case.opened_at
    return f"{timezone.localdate(day):%Y-%m-%d} {case.task.title if case.task_id else '检查'}"


@writes
def door(request, token):
    """Behind the link: send the code, enter it."""
    address = _address(request, token)
    late = "半小时已过，刚才写的没有收到：重新输验证码进来，再写一次。" if request.GET.get("late") else ""
    refused, sent, status = late, False, 200
    if request.method == "POST":
        require_ours(request)
        try:
            require_few(request, "own-page", _TRIES_AN_HOUR)
            if "send" in request.POST:
                eservice.send_code(address)
                sent = True
            elif key := eservice.enter(address, request.POST.get("code", "")[:20]):
                return _plain(redirect(reverse("public:own-page", args=[token, key])))
            else:
                refused = "验证码不对，或已过期、用过、试错太多次。请重新发送。"
        except DomainError as wrong:
            refused, status = say(wrong), 429
    facts = {"address": address, "refused": refused, "sent": sent, "masked": _masked(address)}
    return _plain(when(show(request, "own_door", facts, column="letters", status=status)))


@writes
def page(request, token, key):
    """Inside: papers, what is to be put right, what was handed in. A POST hands in."""
    address = _address(request, token)
    if not eservice.is_inside(address, key):
        lost = "?late=1" if request.method == "POST" else ""
        return _plain(redirect(reverse("public:own-door", args=[token]) + lost))
    form, refused, done, own = WordForm(address=address), "", False, None
    if request.method == "POST":
        require_ours(request)
        form, refused, done = _handed_in(request, address)
        own = form if isinstance(form, RectifiedForm) else None
        form = WordForm(address=address) if own else form
    facts = {
        "address": address,
        "token": token,
        "key": key,
        "form": form,
        "refused": refused,
        "done": done,
        "served": OnlineService.objects.filter(address__subject=address.subject)
        .select_related("paper__form", "paper__case__task")
        .order_by("-pk"),
        "todo": [
            (each, own if own and own.finding == each.pk else RectifiedForm(auto_id=f"f{each.pk}_%s"))
            for each in firmwords.to_put_right(address)
        ],
        "words": FirmWord.objects.filter(address__subject=address.subject).select_related("finding")[:30],
        "today": timezone.localdate(),
    }
    return _plain(show(request, "own_page", facts, column="letters"))


def _handed_in(request, address):
    """(the form to show, why not or "", whether it was taken)."""
    finding = _finding(address, request.POST.get("finding", ""))
    form = (
        RectifiedForm(request.POST, request.FILES, auto_id=f"f{finding.pk}_%s")
        if finding
        else WordForm(request.POST, request.FILES, address=address)
    )
    form.finding = finding.pk if finding else None
    if not form.is_valid():
        told = "；".join(str(each) for errors in form.errors.values() for each in errors)
        return form, f"没有提交：{told}", False
    said = form.cleaned_data
    files = [each.read() for each in said["files"]]
    try:
        firmwords.hand_in(
            address,
            finding.case if finding else said["case"],
            "rectified" if finding else said["kind"],
            said["text"],
            mark=said["mark"],
            finding=finding,
            files=files,
        )
    except DomainError as wrong:
        return form, say(wrong), False
    return WordForm(address=address), "", True


def _finding(address, key):
    if not key.isascii() or not key.isdecimal():
        return None
    return Finding.objects.filter(case__subject=address.subject, pk=key[:18]).select_related("case").first()


@writes
def paper(request, token, key, pk):
    """A paper that was served here, as it was signed."""
    address = _address(request, token)
    if not eservice.is_inside(address, key):
        return _plain(redirect("public:own-door", token))
    found = eservice.open_paper(address, pk)
    if found is None:
        raise Http404
    response = HttpResponse(issuing.file_of(found).read(), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="paper-{found.pk}.pdf"'
    return _plain(response)


def _address(request, token):
    """The firm's address behind a token; everything else is nothing, and looks alike."""
    found = eservice.of_token(token)
    if found is None or found.bureau_id != request.whose.pk:
        raise Http404
    return found


def _masked(address):
    """Where the code goes, as only its owner recognises it."""
    if address.phone:
        return f"手机 {address.phone[:3]}****{address.phone[-4:]}"
    name, _, host = address.email.partition("@")
    return f"邮箱 {name[:1]}***@{host}"


def _plain(response):
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response
