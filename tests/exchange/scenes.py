"""Things of the exchange that wait at the desk, each made as the house makes it (for tests/test_lines.py)."""

from uuid import uuid4

from django.utils import timezone

from inspections.after import departments, discredits, eservice, firmwords, penalties
from inspections.models import PartnerDraw, Penalty
from inspections.visit import reports
from publicity.models import Receiver
from publicity.outgoing import gathering, sending
from registries.models import Source
from registries.services import deliveries, deliveryrows, storage

from ..penalties import decide
from ..signed import photo
from ..staircase import inspect, publish

TODAY = timezone.localdate()


def _source(cast):
    told = {"bureau": cast.clerk.bureau, "code": "s", "name": "市监局", "content": "abnormal"}
    return Source.objects.create(**told)


def _delivery(cast, drawn, head="企业名称,统一社会信用代码,列入日期,文号", name=None):
    firm = drawn.cases.order_by("pk").first().subject
    row = f"{name or firm.name},{firm.credit_code},{TODAY},异1"
    made, _ = deliveries.receive(_source(cast), f"{head}\n{row}\n".encode(), "来.csv", by=cast.clerk)
    return deliveries.work(made.pk)


def _unmapped(cast, drawn):
    return _delivery(cast, drawn, head="甲,乙,丙,丁")


def _checked(cast, drawn):
    return deliveries.check(_delivery(cast, drawn), by=cast.clerk)


def _odd(cast, drawn):
    return _delivery(cast, drawn, name="写错的名字").rows.get()


def _matched(cast, drawn):
    row = _odd(cast, drawn)
    return deliveryrows.match(row, row.subject, by=cast.clerk)


def _handed(cast, drawn, shape, **more):
    case = drawn.cases.order_by("pk").first()
    publish(reports.approve(inspect(case), by=cast.head), cast)
    told = {"bureau": cast.clerk.bureau, "code": "r", "name": "某平台", "since": TODAY, "shapes": [shape]}
    one = Receiver.objects.create(**told | more)
    gathering.gather(one)
    return one


def _faulty(cast, drawn):
    return _handed(cast, drawn, "jg-check").rows.get()


def _unsure(cast, drawn):
    one = _handed(cast, drawn, "gsxt-result", way="push", address="http://127.0.0.1:9/", knows="none")
    row = sending.claim(one.rows.get().pk)
    return sending.settle(row, sending.Said("unknown", "没有等到答复"))


def _penalty(cast, drawn):
    case = drawn.cases.order_by("pk")[1]
    inspect(case, fails=["A01.1"])
    by = case.team()[0].inspector.account
    made = penalties.propose(case, case.findings.all(), "未及时排除隐患", "现场查实", "建议罚款", by=by)
    penalties.judge(made, True, "同意", by=cast.head)
    decide(made, cast.clerk)
    return Penalty.objects.get(pk=made.pk)


def _discredit(cast, drawn):
    return discredits.propose(_penalty(cast, drawn), "unlicensed", "仍在生产", by=cast.clerk)


def _to_tell(cast, drawn):
    return discredits.judge(_discredit(cast, drawn), True, by=cast.head)


def _told(cast, drawn):
    return discredits.tell(_to_tell(cast, drawn), "告1", TODAY, by=cast.clerk)


def _asked(cast, drawn):
    one = discredits.hear(_told(cast, drawn), "", "", by=cast.clerk)
    discredits.decide(one, "决1", TODAY, by=cast.head)
    type(one).objects.update(decided_on=TODAY.replace(year=TODAY.year - 2))
    one.refresh_from_db()
    return discredits.ask_early(one, "都改了", TODAY, by=cast.clerk)


def _firm_word(cast, drawn):
    case = drawn.cases.order_by("pk").first()
    inspect(case, fails=["A01.1"])
    told = {"scan": photo(), "agrees": True, "email": "a@example.com"}
    address = eservice.confirm(case.subject, "确1", TODAY, "安全科", by=cast.clerk, **told)
    return firmwords.hand_in(address, case, "reply", "第二项不是我们的", mark=uuid4())


def _department_word(cast, drawn):
    case = drawn.cases.order_by("pk").first()
    kept = storage.keep(b"{}", "application/json")
    told = {"department": "消防", "number": "X1", "commitment": "0" * 64, "result_digest": "0" * 64}
    PartnerDraw.objects.create(draw=drawn, commit_file=kept, result_file=kept, received_by=cast.clerk, **told)
    row = f"{case.subject.ref},{TODAY},合格,配电箱无防爆"
    data = f"企业编号,检查日期,检查结果,移交问题\n{row}\n".encode()
    departments.take(drawn, "消防", data, "x.csv", by=cast.clerk)
    return case.department_words.get()


SCENES = {
    "delivery/remap": _unmapped,
    "delivery/check": _delivery,
    "delivery/confirm": _checked,
    "deliveryrow/match": _odd,
    "deliveryrow/confirm": _matched,
    "handedrow/refill": _faulty,
    "handedrow/accepted": _unsure,
    "discredit/approve": _discredit,
    "discredit/tell": _to_tell,
    "discredit/decide": _told,
    "discredit/agree": _asked,
    "firmword/answer": _firm_word,
    "departmentword/answer": _department_word,
}
