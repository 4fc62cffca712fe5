"""名录导入 at the desk: upload, columns, difference, apply, undo."""

from urllib.parse import quote

from django import forms
from django.contrib import admin
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join

from .. import exports, tasks
from ..errors import DomainError
from ..models import ImportLine, ImportRun, Subject
from ..sentences import say
from ..services import imports, jurisdiction, overview
from ..sheets.enterprises import REQUIRED, SUBJECT_HEADERS
from ..states import ImportState
from . import subject_acts
from .acts import Act
from .base import ViewOnlyAdmin, ViewOnlyInline


class MappingForm(forms.Form):
    """One choice a field: which column of the file it is."""

    knows_thing = True

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        columns = [("", "（文件中没有）")] + [
            (str(n), f"第 {n + 1} 列 {header}") for n, header in enumerate(thing.headers)
        ]
        for name in SUBJECT_HEADERS:
            label = Subject._meta.get_field(name).verbose_name
            self.fields[name] = forms.ChoiceField(label=label, choices=columns, required=name in REQUIRED)
            self.initial[name] = str(thing.mapping.get(name, ""))


def remap(run, data, by):
    tasks.ring(imports.remap(run, {name: int(column) for name, column in data.items() if column}, by=by))
    return "已按新的对应关系比对；这些表头的意思已记住，下次自动认出。"


class SheetForm(forms.Form):
    """Which sheet, and whether the rows that it hides are read."""

    knows_thing = True
    sheet = forms.ChoiceField(label="工作表", required=False)
    shows_only = forms.TypedChoiceField(
        label="隐藏的行",
        choices=[("", "也读入"), ("yes", "不读")],
        required=False,
        coerce=bool,
        empty_value=False,
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(name, name) for name in thing.sheets]
        self.initial |= {"sheet": thing.sheet, "shows_only": "yes" if thing.shows_only else ""}


def reread(run, data, by):
    again = imports.reread(run, data["sheet"], data["shows_only"], by=by)
    if again.status == ImportState.WAITING:
        tasks.ring(again)
    return "已改读，重新比对。"


class DoubtForm(forms.Form):
    """The doubtful rows, each to be ticked by somebody who has the licence before them."""

    knows_thing = True
    lines = forms.TypedMultipleChoiceField(
        label="已对照营业执照、代码确实如此的",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="没有勾选的不写入名录，可以随“没有导入的行”下载。",
    )

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        rows = thing.lines.filter(outcome="doubtful").order_by("row")[:300]
        self.fields["lines"].choices = [
            (each.pk, f"第 {each.row} 行 {each.name}：{each.reason}") for each in rows
        ]


def confirm(run, data, by):
    return f"已确认 {imports.confirm(run, data['lines'], by=by)} 行，应用时一并写入。"


class AreaForm(forms.Form):
    """Rows whose place is another's, or could be two: each to be ticked by somebody who knows it."""

    knows_thing = True
    lines = forms.TypedMultipleChoiceField(
        label="这些企业",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="一次列 500 户。",
    )
    more = forms.CharField(
        label="没有列出的",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写企业全称，每行一家。",
    )
    is_ours = forms.TypedChoiceField(
        label="认定",
        choices=[("yes", "在本辖区，写入名录"), ("no", "在辖区外，不写入")],
        coerce=lambda word: word == "yes",
    )
    reason = forms.CharField(label="依据", max_length=100, help_text="如：实地核查、营业执照、与邻县的约定。")

    def __init__(self, *args, thing=None, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.run, rows = thing, jurisdiction.open_rows(thing)[:500]
        self.fields["lines"].choices = [
            (each.pk, f"第 {each.row} 行 {each.name}（{each.get_outcome_display()}：{each.reason}）")
            for each in rows
        ]

    def clean(self):
        data = super().clean()
        names = [line.strip() for line in data.get("more", "").splitlines() if line.strip()]
        found = dict(jurisdiction.open_rows(self.run).filter(name__in=names).values_list("name", "pk"))
        if missing := [name for name in names if name not in found]:
            self.add_error("more", f"这次导入待认定的企业里没有：{'、'.join(missing[:5])}")
        data["lines"] = [*data.get("lines", []), *found.values()]
        if not data["lines"] and not self.errors:
            self.add_error("lines", "请勾选企业，或写出名称。")
        return data


def decide_area(run, data, by):
    count = jurisdiction.decide_rows(run, data["lines"], data["is_ours"], data["reason"], by=by)
    return f"已认定 {count} 户。"


def take_original(run, data, by):
    response = HttpResponse(imports.original(run, by=by), content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(run.file_name)}"
    return response


def approve(run, data, by):
    tasks.ring(imports.approve(run, by=by))
    return "正在写入名录。写完后的下一步：按规则建议分类。"


def undo(run, data, by):
    imports.undo(run, by=by)
    return "已撤销：变更的恢复原值，新增的已出库（编号保留）。"


def undo_rest(run, data, by):
    again = imports.undo(run, by=by, leaves=True)
    return f"已撤销。{again.told[-1] if again.told and '保留原样' in again.told[-1] else ''}"


def take_rejected(run, data, by):
    response = HttpResponse(exports.workbook(imports.rejected(run)), content_type=exports.XLSX)
    response["Content-Disposition"] = f'attachment; filename="rejected-{run.pk}.xlsx"'
    return response


def _word(name, value):
    """A field's value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(dict(Subject._meta.get_field(name).flatchoices).get(value, value)) or "空"


class LineInline(ViewOnlyInline):
    model = ImportLine
    fields = ["row", "outcome", "name", "detail"]
    verbose_name_plural = "逐行结果（每类最多列 50 行，无变化的不列）"

    def get_queryset(self, request):
        # A slice cannot be filtered again by the inline's formset, so the rows are chosen by key.
        rows = super().get_queryset(request)
        match = request.resolver_match
        run = match.kwargs.get("object_id") if match else None
        shown = []
        for outcome in (
            "undecided",
            "doubtful",
            "outside",
            "quarantined",
            "refused",
            "changed",
            "new",
            "missing",
        ):
            shown += rows.filter(run=run, outcome=outcome).values_list("pk", flat=True)[:50]
        return rows.filter(pk__in=shown)

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    @admin.display(description="说明")
    def detail(self, line):
        if line.outcome == "changed":
            told = "；".join(
                f"{subject_acts.title_of(name)}：{_word(name, old)} → {_word(name, new)}"
                for name, (old, new) in line.values.items()
            )
        elif line.outcome == "new":
            told = "；".join(
                f"{subject_acts.title_of(name)}：{_word(name, value)[:30]}"
                for name, value in line.values.items()
                if name != "name"
            )
        else:
            return line.reason or "—"
        return f"{told}（已规范：{line.reason}）" if line.reason else told


@admin.register(ImportRun)
class ImportRunAdmin(ViewOnlyAdmin):
    intro = (
        "导入先预览后应用，全部写入或全部不写，之后可以撤销。不能导入的行可以下载，改好再传；原文件一直保存。"
    )
    list_display = ["file_name", "status", "started_by", "started_at"]
    fields = [
        "file_name",
        "status",
        "summary",
        "remarks",
        "next_steps",
        "mapped",
        "started_by",
        "started_at",
        "applied_at",
        "undone_at",
    ]
    readonly_fields = ["summary", "remarks", "next_steps", "mapped"]
    inlines = [LineInline]
    acts = (
        Act(
            "remap",
            "指定栏目对应",
            "registries.import_subject",
            remap,
            MappingForm,
            when=lambda run: run.status in (ImportState.UNMAPPED, ImportState.WAITING, ImportState.PREVIEWED),
        ),
        Act(
            "reread",
            "改读工作表或隐藏的行",
            "registries.import_subject",
            reread,
            SheetForm,
            when=lambda run: (
                run.status in (ImportState.UNMAPPED, ImportState.WAITING, ImportState.PREVIEWED)
                and (len(run.sheets) > 1 or run.hidden_count)
            ),
        ),
        Act(
            "confirm",
            "确认存疑的代码",
            "registries.import_subject",
            confirm,
            DoubtForm,
            when=lambda run: (
                run.status in (ImportState.PREVIEWED, ImportState.APPLIED) and run.counts.get("doubtful")
            ),
        ),
        Act(
            "area",
            "认定辖区",
            "registries.import_subject",
            decide_area,
            AreaForm,
            when=lambda run: (
                run.status in (ImportState.PREVIEWED, ImportState.APPLIED)
                and jurisdiction.open_rows(run).exists()
            ),
        ),
        Act(
            "apply",
            "应用到名录",
            "registries.import_subject",
            approve,
            when=lambda run: run.status == ImportState.PREVIEWED,
            warning="新增和变更的企业将写入名录；之后可以撤销。",
        ),
        Act(
            "rejected",
            "下载没有导入的行",
            "registries.import_subject",
            take_rejected,
            when=lambda run: any(
                run.counts.get(outcome) for outcome in ("refused", "quarantined", "doubtful", "undecided")
            ),
            warning="原样的行加上原因；改好后可直接再传。",
        ),
        Act(
            "original",
            "下载原文件",
            "registries.view_importrun",
            take_original,
            when=lambda run: True,
            warning="原文件加密保存，可能有个人信息；只有上传人和审计能取，每次留痕。",
        ),
        Act(
            "undo",
            "撤销这次导入",
            "registries.import_subject",
            undo,
            when=lambda run: run.status == ImportState.APPLIED,
            warning="变更的企业恢复原值，新增的企业出库（编号保留，不删除）。"
            "导入后又改动过或已封入抽取的，不能撤销。",
        ),
        Act(
            "undo_rest",
            "撤销没有封存的",
            "registries.import_subject",
            undo_rest,
            when=lambda run: run.status == ImportState.APPLIED,
            warning="已封入抽取或又改动过的企业保留原样，其余的撤销；保留了哪些写在说明里。",
        ),
    )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        busy = run is not None and run.status in (
            ImportState.WAITING,
            ImportState.COMPARING,
            ImportState.WRITING,
        )
        return super().change_view(request, object_id, form_url, {"refreshes": busy})

    @admin.display(description="各类行数")
    def summary(self, run):
        titles = dict(ImportLine.OUTCOMES)
        if run.status == ImportState.UNMAPPED:
            return "没有认出“企业名称”一列，请点“指定栏目对应”。"
        if run.status in (ImportState.WAITING, ImportState.COMPARING):
            return f"正在比对，已看 {run.done} 行。本页会自动刷新，可以先去办别的事。"
        if run.status == ImportState.WRITING:
            return "正在写入名录，全部写入或全部不写。本页会自动刷新。"
        if run.status == ImportState.FAILED:
            return f"没有做成，名录未改动：{say(DomainError(run.error))}"
        return "，".join(f"{titles[key]} {count}" for key, count in run.counts.items())

    @admin.display(description="说明")
    def remarks(self, run):
        return " ".join([*run.told, *jurisdiction.say(run)]) or "—"

    @admin.display(description="接下来")
    def next_steps(self, run):
        """The way after an import: whose they are, what class, which town and section, what is
        missing; each with its page."""
        if run.status != ImportState.APPLIED:
            return "应用到名录以后，从这里接着办：辖区 → 分类 → 乡镇 → 股室 → 补齐。"
        listed = Subject.objects.filter(bureau=run.bureau).listed()
        subjects = reverse("admin:registries_subject_changelist")
        open_ = jurisdiction.open_rows(run).count()
        steps = [
            (
                "辖区外和未定的，认定辖区",
                open_,
                reverse("admin:registries_importrun_act", args=[run.pk, "area"]),
            )
        ]
        without = listed.filter(category=None)
        steps += [
            (
                "没有分类也没有建议的，按规则建议",
                without.filter(proposed_category=None).count(),
                f"{subjects}act/propose/",
            ),
            (
                "有建议的，逐户勾选确认",
                without.exclude(proposed_category=None).count(),
                f"{subjects}act/confirm_some/",
            ),
        ]
        gaps = overview.gaps()
        for name in ("town", "section", "head", "code"):
            title, holds = gaps[name]
            steps.append(
                (f"{title}的，批量更正或补填", listed.filter(holds).count(), f"{subjects}?gap={name}")
            )
        rows = [
            (address, number, title, count)
            for number, (title, count, address) in enumerate(steps, 1)
            if count
        ]
        done = "名录里没有要接着办的了。下一步：拟任务。"
        return format_html_join("", '<div>{1}．<a href="{0}">{2}</a>（{3} 户）</div>', rows) or done

    @admin.display(description="栏目对应")
    def mapped(self, run):
        fields = {field.name: field.verbose_name for field in Subject._meta.fields}
        return "，".join(f"第 {column + 1} 列 → {fields[name]}" for name, column in run.mapping.items())
