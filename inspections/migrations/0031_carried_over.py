from django.db import migrations

from inspections.visit.outcome import CODES

_STATES = {code: state for state, code in CODES.items()}
_UNSETTLED = ("open", "reported", "escalated")
_BEGUN = {
    "evidence.kept": ("evidence", "evidence.decided"),
    "seizure.made": ("seizure", "seizure.lifted"),
    "coercion.taken": ("coercion", "coercion.reported"),
    "power.stops": ("power", "power.told"),
}


def carry_over(apps, schema_editor):
    """What stands already goes on in the new tables: the result of each approved report; cases with something
    in hand are open again; what is held has a row of its own; major hazards have their clock."""
    of = {name: apps.get_model("inspections", name) for name in ("Case", "Report", "Outcome", "CaseEvent", "Finding", "Restraint", "Transfer")}
    for report in of["Report"].objects.filter(status="approved").order_by("pk"):
        of["Outcome"].objects.create(
            case_id=report.case_id, state=_STATES.get(report.result_code, ""), code=report.result_code, at=report.reviewed_at
        )
        of["Transfer"].objects.filter(case=report.case_id, kind="credit").exclude(status="approved").update(result_code=report.result_code)
    done = of["Case"].objects.filter(status="closed")
    in_hand = done.filter(findings__status__in=_UNSETTLED) | done.filter(penalties__status__in=["proposed", "opened", "decided", "revoked"])
    of["Case"].objects.filter(pk__in=list(in_hand.values_list("pk", flat=True))).update(status="reported")
    for event in of["CaseEvent"].objects.filter(code__in=_BEGUN).order_by("pk"):
        kind, end = _BEGUN[event.code]
        over = of["CaseEvent"].objects.filter(case=event.case_id, thread=event.thread, code=end, pk__gt=event.pk).exists()
        if not over:
            of["Restraint"].objects.create(
                bureau_id=event.bureau_id, case_id=event.case_id, kind=kind, what=event.note[:200] or "（升级前登记）",
                taken_by_id=event.by_id, old_thread=event.thread, status="held",
            )
    majors = of["Finding"].objects.filter(is_major=True, status__in=_UNSETTLED, case__ended_at__isnull=False)
    for finding in majors.select_related("case"):
        of["CaseEvent"].objects.create(
            bureau_id=finding.case.bureau_id, case_id=finding.case_id, code="major.found", at=finding.case.ended_at, thread=f"finding:{finding.pk}"
        )


class Migration(migrations.Migration):
    dependencies = [("inspections", "0030_walls_after_the_visit")]
    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
