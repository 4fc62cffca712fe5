"""What holds of every file, whatever was done to it and in which order (docs/law.md): read from the rows
alone. Shares no line with the acts; only the tables of data are the same."""

import json
from decimal import Decimal
from pathlib import Path

from django.utils import timezone

from inspections.models import Outcome, Paper, Penalty
from publicity.models import Disclosure
from registries import limits
from registries.models import Bureau

DATA = Path(__file__).parent.parent / "inspections/data"
CAUSES = json.loads((DATA / "causes.json").read_text())
PENALTY = json.loads((DATA / "penalty.json").read_text())
SERVICE = {each["title"]: each for each in json.loads((DATA / "service.json").read_text())}
AHEAD = {"rectify.due", "rectify.extended", "hearing.set", "power.stops", "seizure.extended"}
OPEN_FINDING = {"open", "reported", "escalated"}
RULES = {}


def rule(name):
    def keep(check):
        RULES[name] = check
        return check

    return keep


def breaches(case):
    """[(rule, what)] of a case. Empty where all holds."""
    case.refresh_from_db()
    case.bureau = Bureau.objects.get(pk=case.bureau_id)
    return [(name, said) for name, check in RULES.items() for said in check(case)]


def _thread(case, thread):
    return list(case.events.filter(thread=thread).order_by("pk"))


def _minute(moment):
    return moment.replace(second=0, microsecond=0)


def _before(events, event, *codes):
    return [each for each in events if each.pk < event.pk and each.code in codes]


def _since(events, first, last, *codes):
    """What was registered between two events."""
    return [each for each in events if first.pk < each.pk < last.pk and each.code in codes]


def _over(case, limit, event, at):
    rule = limits.of(case.bureau, limit, timezone.localdate(event.at))
    return timezone.localdate(at) > limits.count(rule, event.at).on


@rule("L1")
def nothing_before_its_cause(case):
    for event in case.events.order_by("pk"):
        cause = CAUSES.get(event.code)
        if cause is None:
            continue
        found = _before(_thread(case, event.thread), event, *cause["after"])
        if not found:
            yield f"{event.code} without {cause['after']}"
        elif event.code == "service.corrected":
            continue  # a service by public notice takes effect weeks ahead, and may be put right before
        elif all(each.code not in AHEAD and _minute(each.at) > event.at for each in found):
            yield f"{event.code} before {cause['after']}"


@rule("L2")
def whoever_is_punished_was_told_and_heard(case):
    for penalty, events, decided in _decided(case):
        told = _before(events, decided, "penalty.told")
        if not told:
            yield f"{penalty.pk}: decided and not told"
            continue
        if penalty.way == "spot":
            continue
        if not _before(events, decided, "penalty.investigated"):
            yield f"{penalty.pk}: decided and not investigated"
        if told[-1].at.replace(second=0, microsecond=0) > decided.at:
            yield f"{penalty.pk}: decided before the last notice"
        spoke = _since(events, told[-1], decided, "statement.made")
        heard = _since(
            events, spoke[-1] if spoke else told[-1], decided, "statement.reviewed", "statement.waived"
        )
        if any(each.at <= decided.at for each in heard):
            continue
        if spoke or not _over(case, "statement", told[-1], decided.at):
            yield f"{penalty.pk}: decided and not heard"


@rule("L3")
def a_grave_penalty_has_its_hearing_review_and_discussion(case):
    for penalty, events, decided in _decided(case):
        if penalty.way == "spot":
            continue
        facts = _told(penalty)
        large = (
            case.bureau.hearing_fine_person if penalty.party == "person" else case.bureau.hearing_fine_unit
        )
        is_heard = (
            set(facts.get("kinds", ())) & set(PENALTY["heard"]) or Decimal(facts.get("fine") or 0) >= large
        )
        told = _before(events, decided, "penalty.told")[-1:]
        if not told:
            continue
        asked = _since(events, told[-1], decided, "hearing.asked")
        had = _since(events, asked[-1] if asked else told[-1], decided, "hearing.held", "hearing.waived")
        had = [each for each in had if each.at <= decided.at]
        if asked and not had:
            yield f"{penalty.pk}: a hearing was asked for and not held"
        if is_heard and not had and not _over(case, "hearing_request", told[-1], decided.at):
            yield f"{penalty.pk}: no hearing"
        if (is_heard or penalty.is_grave) and not _since(events, told[-1], decided, "penalty.reviewed"):
            yield f"{penalty.pk}: no legal review"
        if penalty.is_grave and not _since(events, told[-1], decided, "penalty.discussed"):
            yield f"{penalty.pk}: not discussed"


@rule("L4")
def a_fine_lies_within_its_tier_and_what_was_told(case):
    for penalty, _, decided in _decided(case):
        if penalty.way == "spot":
            spot = PENALTY["spot"][-1]
            if (penalty.fine or 0) > spot[penalty.party] or set(penalty.kinds) - set(spot["kinds"]):
                yield f"{penalty.pk}: too grave for the short way"
            if "、" not in penalty.steps.get(event=decided).signer:
                yield f"{penalty.pk}: one officer on the spot"
            continue
        facts, fine = _told(penalty), penalty.fine or 0
        if set(penalty.kinds) - set(facts.get("kinds", ())) or fine > Decimal(facts.get("fine") or 0):
            yield f"{penalty.pk}: graver than told"
        if "fine" in penalty.kinds:
            day, tier = timezone.localdate(decided.at), penalty.tier
            in_force = tier and tier.since <= day and (tier.until is None or day < tier.until)
            if not in_force or not tier.least <= fine <= tier.most or not penalty.tier_reason:
                yield f"{penalty.pk}: outside the tier"


@rule("L5")
def a_file_is_closed_when_it_is_carried_out(case):
    for penalty in case.penalties.all():
        events = _thread(case, penalty.thread)
        closed = next((each for each in reversed(events) if each.code == "penalty.closed"), None)
        if closed is None:
            continue
        revoked = _before(events, closed, "penalty.revoked")
        served = _before(events, closed, "penalty.delivered", "service.corrected")[-1:]
        if not revoked and (not served or served[0].code != "penalty.delivered"):
            yield f"{penalty.pk}: closed and not served"
        if not revoked and penalty.fine and not _before(events, closed, "penalty.paid", "penalty.enforced"):
            yield f"{penalty.pk}: closed unpaid"
        if penalty.way == "spot" and not _before(events, closed, "penalty.filed"):
            yield f"{penalty.pk}: closed and not filed"


@rule("L6")
def a_closed_case_owes_nothing(case):
    if case.status != "closed":
        return
    if case.findings.filter(status__in=OPEN_FINDING).exists():
        yield "closed with a problem that is not settled"
    if case.penalties.filter(status__in=["proposed", "opened", "decided", "revoked"]).exists():
        yield "closed with a penalty file open"
    if (
        case.transfers.filter(status__in=["proposed", "approved", "sent", "received"])
        .exclude(kind="credit")
        .exists()
    ):
        yield "closed with a transfer open"
    if case.restraints.exclude(status="ended").exists():
        yield "closed with something held"
    # a paper that is void takes the duty up again, and the case is not closed by that
    owed = ["measure", "order", "review", "opening", "transfer", "delivery"]
    if case.papers.filter(status__in=["drafted", "approved"], code__in=owed).exists():
        yield "closed with a draft"


@rule("L7")
def a_major_hazard_has_its_paper_and_its_report(case):
    submitted = case.events.filter(code="report.submitted").order_by("pk").first()
    if submitted is None:
        return
    for finding in case.findings.filter(is_major=True):
        before = case.events.filter(thread=finding.thread, pk__lt=submitted.pk)
        papers = case.papers.filter(code__in=["measure", "order"], signed_at__lte=submitted.recorded_at)
        has_paper = any(
            finding.number in {each["number"] for each in paper.facts["findings"]}
            and (paper.code == "measure" or finding.major_reason)
            for paper in papers
        )
        if not has_paper and not before.filter(code="major.consented").exists():
            yield f"{finding.number}: no paper"
        if not before.filter(code="major.reported").exists():
            yield f"{finding.number}: not reported upward"


@rule("L8")
def the_result_is_the_gravest_state(case):
    last = case.outcomes.order_by("-pk").first()
    if last is None:
        if case.status in ("reported", "closed"):
            yield "reported and no result"
        return
    if case.penalties.exclude(decision_number="").exclude(status="revoked").exists() and not _all_revoked(
        case
    ):
        right = "E6"
    else:
        states = {_state_of(case, each) for each in case.findings.exclude(status="noted")}
        right = next((code for code in ("E4", "E5", "E2", "E3", "E1") if code in states), None)
    # the day moves a result by the sweep of the night; here the same day is asked
    if right and last.code != right and not (right == "E4" and last.code in ("E2", "E5")):
        yield f"says {last.code}, is {right}"


@rule("L9")
def an_order_covers_a_problem_once(case):
    seen = {}
    for paper in case.papers.filter(code="order", status="signed").order_by("pk"):
        for each in paper.facts["findings"]:
            if each["number"] in seen:
                yield f"{each['number']} stands in {seen[each['number']]} and {paper.number}"
            seen[each["number"]] = paper.number


@rule("L10")
def service_is_on_its_day(case):
    for paper in case.papers.filter(code="delivery", status="signed"):
        on = paper.given.get("on")
        for _, number in paper.facts["papers"] if on else ():
            listed = Paper.objects.filter(
                bureau=case.bureau_id, number=number, code__in=["order", "measure"]
            ).first()
            event = listed and case.events.filter(thread=listed.thread, code__endswith=".delivered").last()
            if not event:
                continue
            from datetime import date, timedelta  # noqa: PLC0415

            day = date.fromisoformat(on)
            way = SERVICE[paper.given.get("way", "直接送达")]
            day += timedelta(days=30) if way.get("limit") else timedelta(0)
            if timezone.localdate(event.at) != day and event.recorded_at > paper.signed_at:
                yield f"{number}: served on {timezone.localdate(event.at)}, the paper says {day}"


@rule("L11")
def what_is_held_ends_by_itself(case):
    ends = {
        "evidence": "evidence.decided",
        "seizure": "seizure.lifted",
        "coercion": "coercion.reported",
        "power": "power.told",
    }
    for each in case.restraints.all():
        done = case.events.filter(thread=each.thread, code=ends[each.kind]).count()
        if done != (1 if each.status == "ended" else 0):
            yield f"{each}: {done} ends"
        if case.events.filter(thread=each.thread, code="seizure.extended").count() > 1:
            yield f"{each}: extended twice"


@rule("L12")
def a_problem_is_settled_by_its_last_verdict(case):
    for finding in case.findings.exclude(status="noted"):
        last = finding.verdicts.order_by("-pk").first()
        is_right = finding.disposal == "fixed" if last is None else last.is_right
        if (finding.status == "closed") != is_right:
            yield f"{finding.number}: {finding.status}, last verdict {last}"


@rule("L13")
def more_time_is_given_once_by_another_within_the_limit(case):
    for finding in case.findings.all():
        agreed = list(finding.extensions.filter(status="agreed"))
        if len(agreed) > 1:
            yield f"{finding.number}: extended twice"
        for each in agreed:
            if each.asked_by_id == each.judged_by_id:
                yield f"{finding.number}: asked and decided by one"
            if each.until > limits.due(case.bureau, "rectify_more", finding.due_on):
                yield f"{finding.number}: extended too far"


@rule("L14")
def who_inspected_judges_nothing(case):
    team = {each.inspector.account_id for each in case.assignments.select_related("inspector")}
    team |= {each.inspector.account_id for each in case.delegates.select_related("inspector")}
    for thing in [*case.penalties.all(), *case.transfers.exclude(kind="credit")]:
        if thing.judged_by_id and thing.judged_by_id in team | {thing.proposed_by_id}:
            yield f"{thing}: judged by one of the team"
    for report in case.reports.filter(status="approved"):
        if report.reviewed_by_id in team | {report.author_id}:
            yield "the report was approved by one of the team"


@rule("L15")
def a_crime_is_handed_on_by_two(case):
    for each in case.transfers.filter(kind="police"):
        if each.seconded_by_id is None or each.seconded_by_id == each.proposed_by_id:
            yield f"{each}: by one"
        if each.sent_at and not each.judged_at:
            yield f"{each}: sent unapproved"


@rule("L16")
def nothing_lies_in_the_future_but_what_is_meant_to(case):
    now = timezone.now()
    for event in case.events.filter(at__gt=now).exclude(code__in=AHEAD):
        if not event.code.endswith(".delivered"):
            yield f"{event.code} on {event.at:%Y-%m-%d}"


@rule("L17")
def the_public_and_the_platform_hear_what_was_the_result(case):
    codes = set(Outcome.objects.filter(case=case).values_list("code", flat=True))
    for each in Disclosure.objects.filter(report__case=case, kind="result"):
        if each.payload["result_code"] not in codes:
            yield f"published {each.payload['result_code']}"


def _decided(case):
    for penalty in Penalty.objects.filter(case=case).exclude(decision_number="").select_related("tier"):
        events = _thread(case, penalty.thread)
        yield penalty, events, next(each for each in events if each.code == "penalty.decided")


def _told(penalty):
    step = penalty.steps.filter(event__code="penalty.told").order_by("-pk").first()
    return step.facts if step else {}


def _all_revoked(case):
    decided = [each for each in case.penalties.exclude(decision_number="")]
    return all(case.events.filter(thread=each.thread, code="penalty.revoked").exists() for each in decided)


def _state_of(case, finding):
    if finding.status == "closed":
        return "E1" if finding.disposal == "fixed" else "E3"
    said = case.events.filter(
        thread=finding.thread, code__in=["rectify.unmet", "rectify.reviewed", "rectify.extended"]
    ).order_by("pk")
    until = finding.extended_to or finding.due_on
    is_late = until and until < timezone.localdate()
    if is_late or (said and said.last().code == "rectify.unmet"):
        return "E4"
    return "E5" if finding.disposal == "measure" else "E2"
