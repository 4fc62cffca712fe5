"""Each thing that waits at the desk stands on the first page of the person it waits for and is answered from
its line; then it is gone, the next person's is there, and a message with it. A stranger sees nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.office import facts
from inspections.after import penalties, rectifications, restraints, transfers
from inspections.case import schemes
from inspections.draw import codes, drawing, replacements, voiding
from inspections.models import PaperForm
from inspections.papers import issuing, lending, styles
from inspections.plan import plans
from inspections.visit import recusals, reports, suggestions
from publicity.services import letters, publications, returns
from registries.look import look, nouns, waits_of
from registries.models import Account, CheckLine, Item, Message, RecusalGround, SubjectEvent
from registries.services import accounts, asking, handing, imports, items, journal, messages, relations
from registries.states import MACHINE, PARTY

from .exchange import scenes as exchange
from .signed import Signed
from .staircase import inspect, make_task_with, publish, seal_with, throw

pytestmark = pytest.mark.django_db


# -- the scenes: a thing that waits, made as the house makes it ----------------------------------------


def _list(cast, drawn):
    drafted = items.draft("下一版", timezone.localdate(), by=cast.clerk)
    item = Item.objects.create(item_list=drafted, code="A01", name="现场管理", basis="安全生产法第41条")
    CheckLine.objects.create(item=item, number=1, requirement="设备完好", violation="设备不完好")
    return drafted


def _plan(cast, drawn):
    return plans.adjust(drawn.task.plan, "人员变动", by=cast.clerk)


def _handed_in_plan(cast, drawn):
    return handing.hand_in(_plan(cast, drawn), "inspections.change_plan", by=cast.clerk)


def _task(cast, drawn):
    return make_task_with(cast, approved=False)


def _handed_in_task(cast, drawn):
    return handing.hand_in(_task(cast, drawn), "inspections.change_task", by=cast.clerk)


def _approved_task(cast, drawn):
    return plans.approve_task(_handed_in_task(cast, drawn), by=cast.head)


def _drawn_again(cast, drawn):
    return drawing.run(throw(seal_with(cast, _approved_task(cast, drawn))).pk)


def _void(cast, drawn):
    sealed = seal_with(cast, _approved_task(cast, drawn), seed_at=timezone.now() + timedelta(days=1))
    voiding.request_void(sealed, "error", "名录导错了", by=cast.clerk)
    return sealed


def _change(cast, drawn):
    case = drawn.cases.order_by("pk").first()
    person = case.team()[0].inspector.ref
    told = {"reason": "ill", "note": "发烧", "task": case.subject.ref, "scope": "task"}
    return replacements.request(drawn, "inspector", person, by=cast.clerk, **told)


def _edit_asked_for(cast, drawn):
    _task(cast, drawn)  # on its way: it would hold the firm
    firm = drawn.cases.order_by("pk").first().subject
    told = {"firm": firm.pk, "reason": "关闭"}
    return asking.do_or_ask("take_out", told, f"出库：{firm.name}", by=cast.head, reason="关闭")


def _year_report(cast, drawn):
    today = timezone.localdate()
    made = returns.draft(today.replace(month=1, day=1), today, by=cast.clerk)
    made.text = made.text.replace("（请补充）", "无。")
    made.save()
    return made


def _handed_in_report(cast, drawn):
    return handing.hand_in(_year_report(cast, drawn), returns.PREPARE, by=cast.clerk)


def _report(cast, drawn):
    return inspect(drawn.cases.order_by("pk").first(), fails=["A01.1"])


def _recusal(cast, drawn):
    case = drawn.cases.order_by("pk").first()
    person = case.team()[0].inspector
    told = {"applicant": "inspector", "channel": "desk", "text": "法定代表人是我同学"}
    return recusals.ask(case, person, by=person.account, **told)


def _proposal(cast, drawn):
    report = _report(cast, drawn)
    return suggestions.suggest(report.case, "第 1 条说得不清楚", by=report.author)


def _penalty(cast, drawn):
    report = _report(cast, drawn)
    found = list(report.case.findings.all())
    return penalties.propose(report.case, found, "事由", "事实", "建议立案", by=report.author)


def _extension(cast, drawn):
    report = _report(cast, drawn)
    finding = report.case.findings.get()
    until = finding.due_on + timedelta(days=5)
    return rectifications.ask_extension(finding, until, "配件未到", by=report.author)


def _restraint(cast, drawn):
    report = _report(cast, drawn)
    held = restraints.take(report.case, "seizure", "空压机一台", by=report.author)
    return restraints.ask_extension(held, "鉴定还没有出结果", by=report.author)


def _nothing_owed(cast, drawn):
    report = _report(cast, drawn)
    case, by = report.case, report.author
    order = issuing.sign(issuing.draft(case, "order", by=by), by=by)
    assert order.number and reports.approve(report, by=cast.head).case.status == "reported"
    told = {"second": case.team()[1].inspector, "at": timezone.now(), "record": "已改好"}
    again = rectifications.reinspect(case, {case.findings.get(): (True, "")}, by=by, **told)
    issuing.sign(again.papers.get(), by=by)
    case.refresh_from_db()
    return case


def _transfer(cast, drawn):
    report = _report(cast, drawn)
    told = {"by": report.author, "basis": "安全生产许可证条例第19条"}
    return transfers.propose(report.case, "case_office", "综合执法大队", "未取得许可生产", **told)


def _agreed_transfer(cast, drawn):
    return transfers.judge(_transfer(cast, drawn), True, "同意", by=cast.head)


def _sent_transfer(cast, drawn):
    return transfers.send(_agreed_transfer(cast, drawn), by=cast.clerk)


def _decided(cast, drawn):
    """A decision of a team where there was no network: the head was told by telephone."""
    case = drawn.cases.order_by("pk").first()
    member = case.team()[0].inspector.account
    number = next(each for each in lending.lend(case, "phone-000001", by=member) if each.code == "measure")
    filed = Signed(case).answer("A01.2", "fail", "积尘")
    filed.sheet["findings"][0]["disposal"] = "measure"
    stop = filed.found("A01.2", disposal="measure")
    filed.paper("measure", number.number, member, 30, findings=[stop], decisions=["停止使用"])
    filed.send(member)
    return case.papers.get(code="measure")


def _paper(cast, drawn):
    form = styles.form_of(drawn.bureau, "order")  # a bureau may have its orders approved
    PaperForm.objects.filter(pk=form.pk).update(needs_approval=True)
    return issuing.draft(_report(cast, drawn).case, "order", by=cast.clerk)


def _publication(cast, drawn):
    report = reports.approve(_report(cast, drawn), by=cast.head)
    return publications.prepare_result(report, by=cast.clerk)


def _letter(cast, drawn):
    shown = publish(reports.approve(_report(cast, drawn), by=cast.head), cast)
    return letters.hand_in(drawn.bureau, "objection", "与事实不符。", disclosure=shown)


def _event(cast, drawn):
    subject = drawn.cases.order_by("pk").first().subject
    told = {"code": "complaint", "source": "12345", "happened_on": timezone.localdate()}
    return SubjectEvent.objects.create(subject=subject, recorded_by=cast.clerk, **told)


def _relation(cast, drawn):
    case = drawn.cases.order_by("pk").first()
    ground = RecusalGround.objects.filter(bureau=drawn.bureau).first()
    person = case.team()[0].inspector
    return relations.record(person, case.subject, ground, by=cast.legal, since=timezone.localdate())


def _back(cast, drawn):
    return handing.send_back(_handed_in_task(cast, drawn), "inspections.approve_task", "太短", by=cast.head)


# The act that is waited for, by its noun: how a thing comes to wait for it.
SCENES = {
    "importrun/apply": lambda cast, drawn: imports.preview(
        "单位名称\n新来的厂\n".encode(), "名录.csv", by=cast.clerk
    ),
    "importrun/remap": lambda cast, drawn: imports.receive(b"a,b\n1,2\n", "x.csv", by=cast.clerk),
    "return/hand_in": _year_report,
    "return/approve": _handed_in_report,
    "return/send": lambda cast, drawn: returns.approve(_handed_in_report(cast, drawn), by=cast.head),
    "itemlist/hand_in": _list,
    "itemlist/publish": lambda cast, drawn: handing.hand_in(
        _list(cast, drawn), "registries.change_itemlist", by=cast.clerk
    ),
    "consent/allow": _edit_asked_for,
    "consent/confirm": lambda cast, drawn: accounts.ask_end(cast.witness3, "witness", by=cast.officer),
    "relation/confirm": _relation,
    "subjectevent/verify": _event,
    "plan/hand_in": _plan,
    "plan/approve": _handed_in_plan,
    "plan/publish": lambda cast, drawn: plans.approve(_handed_in_plan(cast, drawn), by=cast.head),
    "task/hand_in": _task,
    "task/hand_in, sent back": _back,
    "task/approve": _handed_in_task,
    "task/seal": _approved_task,
    "draw/scheme": _drawn_again,
    "draw/approve_void": _void,
    "scheme/approve": lambda cast, drawn: schemes.draft(_drawn_again(cast, drawn).task, by=cast.clerk),
    "change/approve": _change,
    "change/open": lambda cast, drawn: replacements.approve(_change(cast, drawn), by=cast.head),
    "paper/approve": _paper,
    "paper/ratify": _decided,
    "report/approve": _report,
    "recusalrequest/uphold": _recusal,
    "proposal/adopt": _proposal,
    "penalty/approve": _penalty,
    "penalty/note": lambda cast, drawn: penalties.judge(_penalty(cast, drawn), True, "同意", by=cast.head),
    "extension/agree": _extension,
    "restraint/agree": _restraint,
    "case/close": _nothing_owed,
    "transfer/approve": _transfer,
    "transfer/send": _agreed_transfer,
    "transfer/receive": _sent_transfer,
    "transfer/answer": lambda cast, drawn: transfers.receive(
        _sent_transfer(cast, drawn), "回执 1 号", "", by=cast.clerk
    ),
    "publication/approve": _publication,
    "letter/accept": _letter,
    "letter/answer": lambda cast, drawn: letters.accept(_letter(cast, drawn), by=cast.clerk),
}
SCENES |= exchange.SCENES
ELSEWHERE = {
    "directive/issue": "tests/inspections/plan/test_directives.py: it takes a bureau above and some below",
    "lending/grant": "tests/registries/test_loans.py: it takes two bureaus of a tree",
    "assigned/take": "tests/inspections/plan/test_directives.py",
    "assigned/report": "tests/inspections/plan/test_directives.py",
    "task/open": "tests/inspections/plan/test_kinds.py: what is named and not drawn",
    "task/scheme": "tests/inspections/plan/test_kinds.py",
    "jointvisit/agree": "tests/inspections/case/test_joints.py: two draws that meet",
}


# -- the walk ----------------------------------------------------------------------------------------


def _anew(account):
    return Account.objects.get(pk=account.pk)


def _waits(account, thing, act=""):
    """[Wait] by which the thing stands on an account's first page, answered at the desk; by one act only,
    where it is named."""
    return [
        group.wait
        for group in look(_anew(account))
        if group.noun is type(thing) and group.things.filter(pk=thing.pk).exists()
        if not group.wait.act.startswith("desk:") and act in ("", group.wait.act)
    ]


def _home(client, account):
    client.force_login(_anew(account))
    return client.get("/admin/")


def _line(page, thing):
    """The Line of a thing on a first page, wherever it stands there."""
    shown = [*page.context["lines"], *(line for _, found in page.context["groups"] for line in found)]
    told = facts.TOLD[thing._meta.model_name]
    for line in shown:
        if (line.pk, line.kind, line.what) == (thing.pk, told.kind, told.what(thing)):
            return line
    return None


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_it_waits_on_the_first_page_and_is_answered_from_its_line(scene, drawn, cast, client, settings):
    settings.PUBLIC_URL = "https://gs.example.gov.cn"
    thing, act = SCENES[scene](cast, drawn), scene.partition("/")[2].partition(",")[0]
    desk = {name: each for name, each in vars(cast).items() if name != "stranger"}
    waited = {name: waits for name, each in desk.items() if (waits := _waits(each, thing, act))}
    assert waited, "it waits for nobody at the desk"
    assert not _waits(cast.stranger, thing)
    assert _line(_home(client, cast.stranger), thing) is None
    for name in waited:
        page = _home(client, desk[name])
        line = _line(page, thing)
        assert line is not None and line.buttons, name
        assert page.context["number"] == page.context["waits_number"] >= 1
    # whoever is first answers; by the first button that acts at once, else by the one that asks for a reason
    name = next(iter(waited))
    line = _line(_home(client, desk[name]), thing)
    acts = [each for each in line.buttons if each.posts] or [each for each in line.buttons if each.asks]
    if not acts:  # more is asked on a page of its own, which opens
        for each in line.buttons:
            assert client.get(each.address).status_code == 200, each
        return
    before = set(Message.objects.values_list("pk", flat=True))
    data = {"next": "/admin/"} | ({acts[0].asks: "理由写在这里"} if acts[0].asks else {})
    answer = client.post(acts[0].address, data, follow=True)
    told = [str(each) for each in answer.context["messages"]]
    assert answer.status_code == 200 and told, acts[0]
    thing.refresh_from_db()
    left = [wait for wait in _waits(desk[name], thing) if wait in waited[name]]
    assert not left, (told, thing.status)
    assert _line(_home(client, desk[name]), thing) is None or _waits(desk[name], thing)
    # and the next is told
    fresh = Message.objects.exclude(pk__in=before)
    for wait in waits_of(thing):
        people = [each for each in desk.values() if each != desk[name] and wait in _waits(each, thing)]
        for each in people:
            assert _line(_home(client, each), thing) is not None, (each, wait)
            assert fresh.filter(account=each).exists(), (each, wait)
    assert not _stale(), "a message says that something waits which does not"


def _stale():
    """The unread messages that say to somebody that a thing waits for him, and it does not."""
    things = {journal.key_of(each): each for noun in nouns() for each in noun.objects.all()}
    return [
        (each.account, each.said)
        for each in Message.objects.filter(kind="waits").unread()
        if each.thing not in things or each.account not in messages.waited_for(things[each.thing])
    ]


def test_who_handed_over_the_codes_is_asked_for_them_no_more(drawn, cast):
    task = _approved_task(cast, drawn)
    asked = Message.objects.filter(kind="waits", thing=journal.key_of(task)).unread()
    assert asked.filter(account=cast.supervisor).exists() and asked.filter(account=cast.clerk).exists()
    codes.hand_over(task, "a" * 64, 20, by=cast.supervisor)
    assert not asked.filter(account=cast.supervisor).exists() and asked.filter(account=cast.clerk).exists()
    assert not _stale()


def test_every_act_that_is_waited_for_at_the_desk_has_its_scene():
    asked = {
        f"{noun._meta.model_name}/{wait.act}"
        for noun in nouns()
        for state in noun.State
        for wait in state.waits
        if wait.who not in (MACHINE, PARTY) and not wait.act.startswith("desk:")
    }
    assert asked == {each.partition(",")[0] for each in SCENES} | set(ELSEWHERE)
