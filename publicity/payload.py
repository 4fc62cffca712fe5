"""Facts → what the public may read, by whitelist: every field is named here, nothing is taken away elsewhere."""

from django.utils import timezone

from registries.models import Reason


def result_payload(report):
    """An approved Report in, the public dictionary of its result out.

    Names no person, quotes no record: enterprise, task, items, dates, outcome (政府信息公开条例 15、16；PIPL 25).
    """
    case = report.case
    reason = Reason.objects.filter(bureau=case.bureau, kind="result", code=report.result_code).first()
    return {
        "bureau": case.bureau.name,
        "subject": case.subject.name,
        "code": case.subject.credit_code,
        "task": case.task.title if case.task else "",
        "task_number": case.task.number if case.task else "",
        "draw": case.draw.number if case.draw else "",
        "kind": "双随机抽查" if case.draw else "其他检查",
        "mode": case.get_mode_display(),
        "inspected_on": timezone.localdate(case.ended_at).isoformat(),
        "items": [item["name"] for item in case.checklist],
        "result_code": report.result_code,
        "result": reason.title if reason else report.result_code,
        "national_code": reason.national_code if reason else "",
    }
