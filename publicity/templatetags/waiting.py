"""等您办理: what waits for an account at the desk, counted, each with its list."""

from django import template
from django.urls import reverse
from django.utils import timezone

from inspections.models import Plan, Task
from publicity.models import Letter, Publication
from publicity.services import letters, publications
from registries.models import ItemList

register = template.Library()
# What is handed in for approval: who writes it, who approves it.
HANDED_IN = (
    (Plan, "inspections.change_plan", "inspections.approve_plan"),
    (Task, "inspections.change_task", "inspections.approve_task"),
    (ItemList, "registries.change_itemlist", "registries.publish_itemlist"),
)


@register.inclusion_tag("admin/waiting.html")
def waiting(account):
    """[(words, number, address, whether some are late)] of what this account may do today."""
    rows, bureau = list(_drafts(account)), account.bureau
    desk = reverse("admin:publicity_publication_changelist")
    if account.has_perm(publications.APPROVE):
        prepared = Publication.objects.filter(bureau=bureau, status="prepared").exclude(prepared_by=account)
        rows.append(("待您审核的公示", prepared.count(), f"{desk}?status__exact=prepared", False))
    if account.has_perm(publications.PREPARE):
        rows.append(
            (
                "待拟办公示的检查结果",
                publications.due().filter(case__bureau=bureau).count(),
                f"{desk}act/results/",
                False,
            )
        )
        rows.append(
            (
                "待拟办公示的行政处罚",
                publications.penalties_due().filter(bureau=bureau).count(),
                f"{desk}act/penalty/",
                False,
            )
        )
        proven = letters.to_correct(bureau)
        rows.append(
            (
                "异议属实、待更正或撤回的公示",
                proven.count(),
                f"{reverse('admin:publicity_letter_changelist')}?mine=proven",
                False,
            )
        )
    if account.has_perm(letters.ACT):
        own = Letter.objects.filter(bureau=bureau, status__in=letters.OPEN)
        own = (
            own.filter(kind__in=letters.FOR_THE_SUPERVISOR)
            if "supervisor" in account.roles()
            else own.exclude(kind__in=letters.FOR_THE_SUPERVISOR)
        )
        late = own.filter(due_on__lt=timezone.localdate()).exists()
        rows.append(("待办的来信", own.count(), reverse("admin:publicity_letter_changelist"), late))
    return {"rows": [each for each in rows if each[1]]}


def _drafts(account):
    """What lies with this account for approval, and what came back to it."""
    for model, writes, approves in HANDED_IN:
        title, noun = model._meta.verbose_name, model._meta.model_name
        address = reverse(f"admin:{model._meta.app_label}_{noun}_changelist")
        drafts = model.objects.filter(bureau=account.bureau, status="drafted")
        if account.has_perm(approves):
            yield f"待您批准的{title}", drafts.exclude(handed_in_at=None).count(), address, False
        if account.has_perm(writes):
            back = drafts.filter(handed_in_at=None).exclude(sent_back="").count()
            yield f"退回来的{title}", back, address, False
