"""What the decisions on the findings of a visit say: a measure taken at once, an order with its days, the
review of what they asked for."""

from django.utils import timezone

from registries.errors import DomainError

from ..states import FOLLOWED_CASE, FindingState, PaperState
from .days import day_of, moment_of, visit_day

AT_ONCE = ("fixed", "measure")  # nothing is given time for: it was put right, or a measure was taken


def findings(found, ordered=False):
    """Findings as a paper prints them; with the day until which there is time for each, in the order and
    where nothing was done at once."""
    return [
        {
            "number": each.number,
            "wording": each.wording,
            "facts": each.facts,
            "basis": each.basis,
            "measure": each.measure,
            "disposal": each.get_disposal_display(),
            "is_major": each.is_major,
            "major_reason": each.major_reason,
            "due": day_of(each.until()) if each.until() and (ordered or each.disposal not in AT_ONCE) else "",
        }
        for each in found
    ]


def measure(paper):
    """现场处理措施决定书: what was decided on the spot; it has no days."""
    case = paper.case
    found = list(case.findings.filter(disposal="measure"))
    if not found:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="有采取现场处理措施的问题")
    said = [
        line.strip().rstrip("；;。")
        for line in paper.given.get("decisions", "").splitlines()
        if line.strip("；;。 ")
    ]
    decisions = (
        said
        or list(dict.fromkeys(each.measure for each in found if each.measure))
        or ["责令立即排除事故隐患"]
    )
    basis = paper.given.get("basis") or paper.form.texts.get("basis", "")
    return {
        "findings": findings(found),
        "decisions": decisions,
        "words": {"day": visit_day(case), "basis": basis},
    }


def order(paper):
    """责令限期整改指令书: each finding that no order that stands names already, with its day."""
    found = list(paper.case.findings.exclude(disposal="fixed").exclude(status=FindingState.CLOSED))
    if paper.case.status not in FOLLOWED_CASE:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="结束检查")
    if not found:
        raise DomainError("paper_not_yet", title=paper.form.title, needs="有需要限期整改的问题")
    orders = list(_signed(paper.case, "order").exclude(pk=paper.pk))
    found = [each for each in found if each.number not in _numbers_on(orders)]
    if not found:
        raise DomainError("order_again", numbers="、".join(each.number for each in orders))
    return {"findings": findings(found, ordered=True), "words": {"count": _ordinals(found)}}


def _signed(case, *codes):
    """The decisions of a case that stand, the oldest first."""
    return case.papers.filter(code__in=codes, status=PaperState.SIGNED).select_related("form").order_by("pk")


def _numbers_on(papers):
    """The findings that papers name."""
    return {each["number"] for paper in papers for each in paper.facts.get("findings", ())}


def _ordinals(found):
    return "第" + "、".join(str(each.number) for each in found)


def review(paper):
    """整改复查意见书: what was found again, and the decisions that asked for it."""
    again, case = paper.reinspection, paper.case
    verdicts = [
        {
            "number": each.finding.number,
            "wording": each.finding.wording,
            "is_right": each.is_right,
            "note": each.note,
        }
        for each in again.verdicts.select_related("finding").order_by("finding__number")
    ]
    officers = [
        {"name": each.name, "certificate": certificate.number if certificate else ""}
        for each in (again.officer, again.second)
        for certificate in [each.certificate_on(timezone.localdate(again.at))]
    ]
    return {
        "verdicts": verdicts,
        "record": again.record,
        "met": again.met,
        "again_at": moment_of(again.at),
        "reviewers": officers,
        "words": _reviewed(case, {each["number"] for each in verdicts}),
    }


def _reviewed(case, numbers):
    """The decisions by which the reviewed findings were to be put right: every order that names one of them;
    a measure where no order does."""
    papers = [each for each in _signed(case, "order") if _numbers_on([each]) & numbers]
    lacking = numbers - _numbers_on(papers)
    papers += [each for each in _signed(case, "measure") if _numbers_on([each]) & lacking]
    if not papers:
        return {"day": visit_day(case), "order": "责令限期整改", "number": "文号另见"}
    titles = (each.form.title.removesuffix("决定书").removesuffix("指令书") for each in papers)
    return {
        "day": "、".join(dict.fromkeys(day_of(each.signed_at) for each in papers)),
        "order": "、".join(dict.fromkeys(titles)),
        "number": "、".join(each.number for each in papers),
    }
