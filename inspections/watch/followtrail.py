"""核验查后: results of a case and steps of its penalty files, as the journal knows them. Reads only."""

from ..after import penalties
from ..after.models import PenaltyStep


def check(case, said):
    """Outcomes and penalty files of a case against {action: [facts]} of its journal. Yields faults."""
    moved = [each.get("to") for each in said.get("result.moved", [])]
    have = list(case.outcomes.order_by("pk").values_list("code", flat=True))
    # What stood before results had rows of their own was carried over as its report had said it.
    first = [each.get("result") for each in said.get("report.approved", [])][-1:]
    if have != moved and have != first + moved:
        yield f"“{case}”的检查结果的变动与日志所记不符"
    told = {
        each.get("step"): each.get("digest") for each in said.get("penalty.noted", []) if each.get("step")
    }
    steps = PenaltyStep.objects.filter(penalty__case=case).select_related("penalty", "event")
    if {each.pk: penalties.digest_of(each) for each in steps} != told:
        yield f"“{case}”的处罚程序各步与日志所记不符"
    for penalty in case.penalties.exclude(decision_number=""):
        last = steps.filter(penalty=penalty, event__code="penalty.decided").last()
        if last and penalties.decided_by(last) != penalties.decided(penalty):
            yield f"“{case}”的处罚决定与登记时不同"
