"""What shapes a pool, as the desk does it of one enterprise or many: done at once, or asked for where a task
on its way would hold it (services/asking.py)."""

from django import forms
from django.db import transaction

from ..models import Consent, Subject, SubjectMove
from ..services import asking, corrections


class AreaForm(forms.Form):
    is_ours = forms.TypedChoiceField(
        label="认定",
        choices=[("yes", "在本辖区，照常抽查"), ("no", "在辖区外，不抽查")],
        coerce=lambda word: word == "yes",
    )
    reason = forms.CharField(label="依据", max_length=100, help_text="如：实地核查、营业执照、与邻县的约定。")


def asked_or(done, said):
    """What the desk says: that it was done, or that it now waits for another."""
    if not isinstance(done, Consent):
        return said
    return (
        f"已提出，还没有改：{done.title}。它在还没有封存的抽查任务里，要另一人（负责人或者监督人）准许以后才生效；"
        "在“双人办理”里可以看到，也可以撤回。"
    )


def take_out(subject, data, by):
    told = {"firm": subject.pk, "reason": data["reason"]}
    done = asking.do_or_ask("take_out", told, f"出库：{subject.name}", by=by, reason=data["reason"])
    return asked_or(done, "已出库。编号和历史保留，可以恢复入库。")


def bring_back(subject, data, by):
    done = asking.do_or_ask("bring_back", {"firm": subject.pk}, f"恢复入库：{subject.name}", by=by)
    return asked_or(done, "已恢复入库，编号照旧。")


def merge(subject, data, by):
    told = {"firm": subject.pk, "into": data["into"].pk, "reason": data["reason"]}
    title = f"并入：{subject.name} → {data['into'].name}"
    done = asking.do_or_ask("merge", told, title, by=by, reason=data["reason"])
    return asked_or(done, f"已并入“{data['into'].name}”。合错了可以“恢复入库”。")


def decide_area(subject, data, by):
    told = {"firm": subject.pk, "is_ours": data["is_ours"], "reason": data["reason"]}
    title = f"认定辖区：{subject.name}{'在' if data['is_ours'] else '不在'}本辖区"
    done = asking.do_or_ask("decide_area", told, title, by=by, reason=data["reason"])
    return asked_or(done, "已认定。")


def change_many(firms, data, by):
    """One field of many. Returns what the desk says."""
    told = {
        "firms": list(firms.values_list("pk", flat=True)),
        "field": data["field"],
        "reason": data["reason"],
    }
    told["value"] = getattr(data["value"], "pk", data["value"])
    title = f"批量更正 {len(told['firms'])} 户的{_title(data['field'])}"
    done = asking.do_or_ask("change_many", told, title, by=by, reason=data["reason"])
    count = getattr(done, "count", 0)
    return asked_or(done, f"已更正 {count} 户；原来就是这样的不计。需要时可在“批量更正”中整批撤销。")


def take_out_many(firms, data, by):
    """Returns what the desk says."""
    told = {"firms": list(firms.values_list("pk", flat=True)), "reason": data["reason"]}
    title = f"出库 {len(told['firms'])} 户"
    done = asking.do_or_ask("take_out_many", told, title, by=by, reason=data["reason"])
    return asked_or(done, f"已出库 {done} 户；编号和历史保留，可以逐户恢复入库。")


@transaction.atomic
def amend(firm, kept, before, reason, *, by):
    """A form of one enterprise: what says nothing of a pool is written at once, the rest is done or asked
    for. `kept` is the row as it stands, `before` the raw values of what was changed. Returns the Consent, or
    None."""
    moving = {name: was for name, was in before.items() if name in SubjectMove.FIELDS}
    after = {name: corrections.raw(firm, name) for name in moving}
    for name in moving:
        attname = Subject._meta.get_field(name).attname
        setattr(firm, attname, getattr(kept, attname))
    plain = {name: was for name, was in before.items() if name not in moving}
    corrections.amend(firm, plain, by=by, reason=reason)
    if not moving:
        return None
    told = {"firm": firm.pk, "before": moving, "after": after, "reason": reason}
    title = f"更正 {firm.name} 的{'、'.join(map(_title, moving))}"
    done = asking.do_or_ask("amend", told, title, by=by, reason=reason)
    return done if isinstance(done, Consent) else None


def _title(name):
    return str(Subject._meta.get_field(name).verbose_name)
