"""意见箱: the public's one entrance that writes. No cookie and no account; a receipt number instead."""

import uuid

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Bureau

from . import figures
from .models import Disclosure, Letter
from .reading import plain, stands
from .sentences import say
from .services import letters
from .window import show
from .writing import FilesField, SeveralFiles, require_few, require_ours, when, writes

_MOST_SENT_BACK = letters.MOST_TEXT + 500  # characters; one that is longer is refused all the same


class LetterForm(forms.Form):
    subject_said = forms.CharField(
        label="所涉企业", max_length=200, required=False, help_text="企业名称或统一社会信用代码。"
    )
    text = forms.CharField(
        label="内容",
        max_length=letters.MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="写明时间、地点、事情。请不要写与此事无关的他人信息。",
    )
    files = FilesField(
        label="附件",
        required=False,
        widget=SeveralFiles(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        help_text="照片或 PDF，最多 5 个，每个不超过 10 兆。照片里的位置等信息会去掉。",
    )
    name = forms.CharField(
        label="您的姓名", max_length=60, required=False, help_text="可以不填，匿名同样受理。"
    )
    contact = forms.CharField(
        label="联系方式",
        max_length=100,
        required=False,
        help_text="可以不填。只有承办人能看到，不会公开，也不会告知被反映的人。",
    )
    mark = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, about=None, kind="", **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        if about or kind == "complaint":
            del self.fields["subject_said"]
        if kind == "complaint":
            self.fields["text"].help_text = "写明检查日期、检查人员姓名或检查通知书文号、事情经过。"


@writes
def letters_page(request):
    """What may be written, how it is handled, how many there were, and the answer
    to whoever has a receipt."""
    found, refused, receipt, status = None, "", "", 200
    if request.method == "POST":
        require_ours(request)
        receipt = plain(request.POST.get("receipt", ""))[:40]
        try:
            require_few(request, "receipt", 10 * settings.LETTERS_AN_HOUR)
            signs = receipt.upper().replace("-", "").replace(" ", "")
            found = Letter.objects.filter(
                bureau=request.whose.pk, receipt="-".join(signs[at : at + 4] for at in range(0, 16, 4))
            ).first()
        except DomainError as limit:
            refused, status = say(limit), 429
    year = timezone.localdate().year
    rows = figures.letters_by_kind(request.whose.pk, year)
    facts = {
        "found": found,
        "told": letters.told(found) if found else None,
        "refused": refused,
        "receipt": receipt,
        "asked": request.method == "POST",
        "rows": rows,
        "year": year,
    }
    return when(show(request, "letters", facts, column="letters", status=status))


@writes
def write(request, kind, token=""):
    """The form of one kind of letter; about a statement where a token is given. After it, the receipt."""
    titles = dict(Letter.KINDS)
    about = get_object_or_404(Disclosure, token=token, bureau=request.whose.pk) if token else None
    if about and not stands(about)[0]:
        return show(
            request, "ended", {"disclosure": about, "ending": stands(about)[1]}, column="letters", status=410
        )
    if kind not in titles or (kind in letters.ABOUT_A_RESULT) != (about is not None):
        raise Http404
    form, made, status = LetterForm(about=about, kind=kind), None, 200
    if request.method == "POST":
        require_ours(request)
        _cut(request)
        form = LetterForm(request.POST, request.FILES, about=about, kind=kind)
        if form.is_valid():
            try:
                made = _hand_in(request, kind, about, form.cleaned_data)
            except DomainError as refused:
                status = 429 if refused.code == "too_many" else 200
                form.add_error(None, say(refused))
    facts = {"form": form, "made": made, "title": titles[kind], "kind": kind, "about": about}
    return when(show(request, "letter", facts, column="letters", status=status))


def _cut(request):
    """What is far too long is not sent back in full: its beginning stays in the form, to be shortened."""
    told = request.POST.copy()
    for name, text in told.items():
        if len(text) > _MOST_SENT_BACK:
            told[name] = text[:_MOST_SENT_BACK]
    request.POST = told


def _hand_in(request, kind, about, data):
    require_few(request, "letter", settings.LETTERS_AN_HOUR, counts=False)
    bureau = get_object_or_404(Bureau, pk=request.whose.pk)
    made = letters.hand_in(
        bureau,
        kind,
        data["text"],
        disclosure=about,
        subject_said=data.get("subject_said", ""),
        name=data["name"],
        contact=data["contact"],
        mark=data["mark"],
        enclosed=[each.read() for each in data["files"]],
    )
    require_few(request, "letter", settings.LETTERS_AN_HOUR + 1)  # what was refused is not counted
    return made
