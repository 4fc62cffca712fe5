"""等您办理: what waits for an account at the desk, counted, each with its list."""

from django import template
from django.urls import reverse
from django.utils import timezone

from publicity.models import Letter, Publication
from publicity.services import letters, publications

register = template.Library()


@register.inclusion_tag("admin/waiting.html")
def waiting(account):
    """[(words, number, address, whether some are late)] of what this account may do today."""
    rows, bureau = [], account.bureau
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
