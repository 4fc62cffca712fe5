"""报送: what has been published is handed on row by row. Whatever the other side does, each row ends in one
state that is said, nothing is taken twice, and the other side's list is ours."""

import csv
import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from publicity.exports import NATIONAL_RESULTS
from publicity.models import Disclosure, Receiver
from publicity.outgoing import answers, gathering, handing, receivers, sending, shapes, turns
from publicity.services import publications
from publicity.states import HandedState, PublicationState
from publicity.tasks import hand_on
from registries.errors import DomainError
from registries.models import Message

from ..exchange import doubles

pytestmark = pytest.mark.django_db
RESULT = "gsxt-result"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sending, "WAIT", 0.5)
    monkeypatch.setattr(sending, "_LEASE", timedelta(0))


def receiver(cast, way="push", **more):
    facts = {"code": f"r{Receiver.objects.count()}", "name": "公示系统", "shapes": [RESULT], "way": way}
    facts |= {"since": timezone.localdate() - timedelta(days=30), "bureau": cast.clerk.bureau}
    made = Receiver.objects.create(**facts | more)
    receivers.renew_secret(made, by=cast.officer)
    return made


def ours(one):
    """{(shape, thing): row} as the other side is to have it."""
    known = shapes.known(one.bureau)
    return {
        (code, thing.key)
        for code in one.shapes
        for thing in gathering.standing(one, known[code]["of"])
        if not thing.gone
    }


def turn(one):
    """One turn of the machine; time that a row has to wait has gone by."""
    one.rows.update(next_at=None)
    one.rows.filter(status__in=[HandedState.UNSURE, HandedState.HANDED]).update(next_at=timezone.now())
    gathering.gather(one)
    return sending.push(one)


def withdraw(disclosure, cast, why="登记有误"):
    made = publications.prepare_ending(disclosure, "withdrawn", why, by=cast.clerk)
    publications.judge(made, True, by=cast.legal)
    assert type(made).objects.get(pk=made.pk).status == PublicationState.PUBLISHED


def correct(disclosure, cast):
    """Another version of what was said: its text is a table's, so the table changes."""
    subject = disclosure.report.case.subject
    subject.name += "（更名）"
    subject.save()
    made = publications.prepare_correction(disclosure, "企业已更名", by=cast.clerk)
    return publications.judge(made, True, by=cast.legal)


OVER = {HandedState.ACCEPTED, HandedState.REPLACED, HandedState.DROPPED, HandedState.REFUSED}


@pytest.mark.parametrize("knows", ["keys", "ask"])
def test_whatever_the_other_side_does_its_list_is_ours(released, cast, knows):
    """Answers lost, slow, broken, away; one row in seven refused and mended; corrections and withdrawals."""
    with doubles.Receiver(knows, seed=3, refuses=7, loses=0.2, slow=0.05, breaks=0.2) as there:
        one = receiver(cast, address=there.address, knows=knows, shapes=[RESULT, "yuan-c6010"])
        for n in range(60):
            turn(one)
            if n == 3:
                there.go()
            if n == 6:
                there.come()
            if n == 8:
                withdraw(Disclosure.objects.filter(kind="result", superseded_by=None).first(), cast)
            if n == 10:
                correct(
                    Disclosure.objects.filter(kind="result", superseded_by=None, ending=None).last(), cast
                )
            if n > 12:
                for row in one.rows.filter(status=HandedState.REFUSED):
                    answers.refill(row, by=cast.clerk)
                if n > 30:
                    there.refuses = 0
        left = one.rows.exclude(status__in=OVER)
        assert not left, [(row.status, row.said) for row in left]
        assert set(there.held) == ours(one) and len(there.held) >= 8
        assert all(times == 1 for times in there.taken.values())
        for row in one.rows.filter(status=HandedState.ACCEPTED):
            assert str(row.mark) in there.taken
        for key, body in there.held.items():
            last = one.rows.filter(shape=key[0], thing=key[1], what="put").order_by("-number").first()
            assert body == last.body
        assert (there.asked > 0) == (knows == "ask")


def test_of_a_receiver_that_can_tell_nothing_a_person_decides(released, cast):
    with doubles.Receiver("none", seed=2, loses=1.0) as there:
        one = receiver(cast, address=there.address, knows="none")
        for _ in range(30):
            turn(one)
        assert set(one.rows.values_list("status", flat=True)) == {HandedState.UNSURE}
        assert all(times == 1 for times in there.taken.values()) and len(there.taken) == one.rows.count()
        assert Message.objects.filter(account=cast.clerk, kind="waits", said__contains="公示系统").exists()
        there.loses = 0
        first, *rest = one.rows.order_by("pk")
        answers.say_absent(first, by=cast.clerk)  # wrongly: it is there, and this double takes it twice
        for row in rest:
            answers.say_there(row, "R1", by=cast.clerk)
        turn(one)
        assert not one.rows.exclude(status=HandedState.ACCEPTED)
        assert there.taken[str(first.mark)] == 2  # which is why nobody but a person says so


@pytest.mark.parametrize("step", ["claimed", "sent"])
@pytest.mark.parametrize("knows", ["keys", "ask", "none"])
def test_killed_at_each_step(released, cast, monkeypatch, step, knows):
    with doubles.Receiver(knows) as there:
        one = receiver(cast, address=there.address, knows=knows)
        gathering.gather(one)
        number = one.rows.count()

        def dies(*args):
            raise KeyboardInterrupt

        monkeypatch.setattr(sending, "send" if step == "claimed" else "settle", dies)
        with pytest.raises(KeyboardInterrupt):
            sending.push(one)
        monkeypatch.undo()
        monkeypatch.setattr(sending, "_LEASE", timedelta(0))
        assert one.rows.filter(status=HandedState.SENDING).count() == 1
        for _ in range(3):
            turn(one)
        unsure = one.rows.filter(status=HandedState.UNSURE)
        assert unsure.count() == (knows == "none")
        assert one.rows.filter(status=HandedState.ACCEPTED).count() == number - (knows == "none")
        assert all(times == 1 for times in there.taken.values())


def test_nobody_listens_and_nothing_is_said_to_be_sent(released, cast):
    there = doubles.Receiver()
    there.come()
    there.go()
    one = receiver(cast, address=there.address, knows="none")
    turn(one)
    one.refresh_from_db()
    assert set(one.rows.values_list("status", flat=True)) == {HandedState.WAITING} and "连不上" in one.trouble
    assert one.rows.filter(tries=1).count() == 1  # the others need not run into the same wall


def test_a_later_row_never_overtakes_an_earlier_one(released, cast):
    with doubles.Receiver("none", loses=1.0) as there:
        one = receiver(cast, address=there.address, knows="none")
        for _ in range(20):
            turn(one)
        shown = Disclosure.objects.filter(kind="result", superseded_by=None).first()
        withdraw(shown, cast)
        turn(one)
        later = one.rows.get(what="withdraw")
        assert later.status == HandedState.WAITING and later not in turns.due(one)
        answers.say_there(one.rows.get(thing=shown.report.case.about, what="put"), "", by=cast.clerk)
        assert later in turns.due(one)


def test_what_never_left_need_not_be_withdrawn(released, cast):
    one = receiver(cast, way="file")
    gathering.gather(one)
    shown = Disclosure.objects.filter(kind="result", superseded_by=None).first()
    withdraw(shown, cast)
    gathering.gather(one)
    [row] = one.rows.filter(thing=shown.report.case.about)
    assert row.status == HandedState.DROPPED and "登记有误" in row.said
    assert not one.rows.filter(what="withdraw").exists()


def test_a_file_in_the_receivers_columns_and_its_reply(released, cast):
    one = receiver(cast, way="file", shapes=[RESULT, "gsxt-task"])
    gathering.gather(one)
    batch = handing.take_file(one, by=cast.clerk)
    other = handing.take_file(one, by=cast.clerk)  # one table a file
    assert handing.take_file(one, by=cast.clerk) is None and other.rows.get().line == 1
    results = list(openpyxl.load_workbook(io.BytesIO(batch.file.read())).active.values)
    titles = [each["title"] for each in shapes.SHIPPED[RESULT]["columns"]]
    assert list(results[0]) == titles and len(results) == 1 + one.rows.filter(shape=RESULT).count()
    row = one.rows.get(batch=batch, line=2)
    with pytest.raises(DomainError, match="line_unknown"):
        handing.reply(batch, {999: "没有这一行"}, by=cast.clerk)
    total = batch.rows.count()
    assert handing.reply(batch, {2: "名称不符"}, by=cast.clerk) == (total - 1, 1)
    row.refresh_from_db()
    assert (row.status, row.said) == (HandedState.REFUSED, "名称不符")
    again = answers.refill(row, by=cast.clerk)
    assert again.status == HandedState.WAITING and again.mark != row.mark
    assert handing.take_file(one, by=cast.clerk).rows.get() == again


def test_a_withdrawal_that_is_refused_is_made_again(released, cast):
    one = receiver(cast, way="file")
    gathering.gather(one)
    handing.reply(handing.take_file(one, by=cast.clerk), {}, by=cast.clerk)
    withdraw(Disclosure.objects.filter(kind="result", superseded_by=None).first(), cast)
    gathering.gather(one)
    handing.reply(handing.take_file(one, by=cast.clerk), {1: "缺项"}, by=cast.clerk)
    refused = one.rows.get(what="withdraw")
    again = answers.refill(refused, by=cast.clerk)
    assert (again.what, again.status, again.body) == ("withdraw", HandedState.WAITING, refused.body)
    assert gathering.gather(one) == 0


def test_a_folder_is_written_whole_and_its_replies_are_read(released, cast, settings, tmp_path, monkeypatch):
    settings.EXCHANGE_DIR = tmp_path
    one = receiver(cast, way="folder")
    gathering.gather(one)

    def dies(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(handing, "_write_beside", dies)
    with pytest.raises(KeyboardInterrupt):
        handing.put_into_folder(one)
    monkeypatch.undo()
    there = handing.folder_of(one)
    batch = one.batches.get()
    assert not (there / batch.name).exists()
    assert handing.put_into_folder(one) is None  # nothing new; what was lost is written again, the same
    assert (there / batch.name).read_bytes() == batch.file.read()
    lines = [["行号", "结果", "原因"]] + [
        [row.line, "退回" if row.line == 1 else "接收", "缺项" if row.line == 1 else ""]
        for row in one.rows.all()
    ]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    (there / "replies" / f"{batch.number}.csv").write_text(text.getvalue(), encoding="utf-8-sig")
    (there / "replies" / "unknown.csv").write_text("1,接收", encoding="utf-8")
    handing.put_into_folder(one)
    one.refresh_from_db()
    assert one.rows.filter(status=HandedState.REFUSED).count() == 1
    assert not one.rows.exclude(status__in=[HandedState.REFUSED, HandedState.ACCEPTED]).exists()
    assert "unknown.csv" in one.trouble


def test_whoever_comes_with_the_token_gets_the_rows_until_it_has_answered(released, cast, client):
    one = receiver(cast, way="pull")
    other = receiver(cast, way="pull", name="别的平台")
    gathering.gather(one)
    where = reverse("fetch", args=[cast.clerk.bureau.code, one.code])
    good = {"Authorization": f"Bearer {one.secret}"}
    bad = [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {other.secret}"}]
    assert {client.get(where, headers=each).status_code for each in bad} == {401}
    assert client.get(reverse("fetch", args=["000000", one.code]), headers=good).status_code == 401
    first, again = (client.get(where, headers=good).json()["rows"] for _ in range(2))
    assert first == again and len(first) == one.rows.count()
    told = [{"mark": row["mark"], "state": "accepted", "receipt": "R1"} for row in first[1:]]
    told += [
        {"mark": first[0]["mark"], "state": "refused", "reason": "缺项"},
        {"mark": "nonsense", "state": "accepted"},
    ]
    for _ in range(2):  # an answer whose answer was lost
        said = client.post(
            where, json.dumps({"answers": told}), content_type="application/json", headers=good
        )
        states = [each["state"] for each in said.json()["answers"]]
        assert states == ["accepted"] * (len(first) - 1) + ["refused", "unknown"]
    bent = [{"mark": first[1]["mark"], "state": "refused", "reason": "改主意"}]
    said = client.post(where, json.dumps({"answers": bent}), content_type="application/json", headers=good)
    assert said.json()["answers"][0]["state"] == "accepted"  # what was accepted is not refused afterwards
    assert client.get(where, headers=good).json()["rows"] == []


def test_silence_is_said_after_its_days_and_to_whom(released, cast):
    one = receiver(cast, way="file", answer_days=3)
    gathering.gather(one)
    handing.take_file(one, by=cast.clerk)
    assert answers.be_silent() == 0
    one.rows.update(sent_at=timezone.now() - timedelta(days=4))
    assert answers.be_silent() == one.rows.count()
    row = one.rows.first()
    assert row.status == HandedState.SILENT and "没有回执" in row.said
    assert Message.objects.filter(account=cast.clerk, kind="waits", said__contains="公示系统").exists()
    answers.say_refused(row, "从来没有收到过，不收纸质的", by=cast.clerk)
    assert row.status == HandedState.REFUSED


def test_what_does_not_fit_the_columns_does_not_leave(released, cast):
    one = receiver(cast, way="file", shapes=["jg-check"])
    gathering.gather(one)
    row = one.rows.first()
    assert row.status == HandedState.FAULTY
    assert "监管事项目录编码" in row.said and "在对方是什么代码" in row.said
    with pytest.raises(DomainError, match="not_allowed"):
        answers.refill(row, by=cast.supervisor)
    bureau = cast.clerk.bureau
    bureau.credit_code = "11150626011766007F"
    bureau.save()
    item = row.disclosure.payload["item_codes"][0]
    said = {
        "supervise_item_implement_code": {item: "01234567890123"},
        "supervise_item_check_icode": {item: "11150626011766007F1"},
        "check_type": {"双随机抽查": "2", "其他检查": "1"},
        "check_result": {row.disclosure.payload["result_code"]: "1"},
    }
    for column, table in said.items():
        for mine, theirs in table.items():
            shapes.say_meaning(bureau, "jg-check", column, mine, theirs, by=cast.officer)
    made = answers.refill(row, by=cast.clerk)
    assert made.status == HandedState.WAITING, made.said
    assert made.version == shapes.known(bureau)["jg-check"]["version"] and row.status == HandedState.REPLACED
    assert made.body["supervise_item_implement_code"] == "01234567890123"
    assert made.body["check_personnel"].count(",") >= 1


def test_a_new_version_of_a_shape_is_data(released, cast):
    """Another column and another length, added as a list of fields; what was handed on keeps its version."""
    one = receiver(cast, way="file")
    gathering.gather(one)
    before = handing.take_file(one, by=cast.clerk)
    handing.reply(before, {}, by=cast.clerk)
    listed = "table,seq,name,type,length,required,codes,source\n" + "\n".join(
        [
            "新版,1,企业名称 entName,字符,4,必填,,two sources: a",
            "新版,2,统一社会信用代码 uniscId,字符,18(定长),必填,,two sources: a",
            "新版,3,检查日期,日期,yyyy-mm-dd,必填,,one source: a",
            "新版,4,从来没有的一栏,字符,9,选填,,memory",
        ]
    )
    columns = shapes.from_list(listed.encode(), "新版")
    assert [each.get("from") for each in columns] == ["subject", "code", "inspected_on", None]
    assert [each["sure"] for each in columns] == ["two", "two", "one", "memory"]
    bureau = cast.clerk.bureau
    made = shapes.add(bureau, RESULT, "新版", "result", columns, by=cast.officer, is_draft=False)
    assert made.is_draft  # without a source it is none but a draft
    assert shapes.known(bureau)[RESULT]["version"] == made.version
    gathering.gather(one)
    assert not one.rows.exclude(version=0).exists()  # nothing is handed on again for a new shape
    correct(Disclosure.objects.filter(kind="result", superseded_by=None).first(), cast)
    gathering.gather(one)
    row = one.rows.get(version=made.version)
    assert row.status == HandedState.FAULTY and "企业名称最多 4 字" in row.said
    with pytest.raises(DomainError, match="shape_unfit"):
        shapes.add(
            bureau, RESULT, "x", "result", [{"name": "a", "title": "a", "from": "phone"}], by=cast.officer
        )


def test_the_machine_does_it_all_by_itself(released, cast):
    with doubles.Receiver("keys") as there:
        one = receiver(cast, address=there.address, knows="keys")
        hand_on()
        assert set(there.held) == ours(one) and not one.rows.exclude(status=HandedState.ACCEPTED)


def test_an_answer_that_comes_later(released, cast):
    with doubles.Receiver("ask", later=True) as there:
        one = receiver(cast, address=there.address, knows="ask")
        turn(one)
        assert set(one.rows.values_list("status", flat=True)) == {HandedState.HANDED}
        turn(one)
        assert set(one.rows.values_list("status", flat=True)) == {HandedState.ACCEPTED} and there.asked


def test_the_page_of_a_receiver(released, cast, client, query_budget):
    one = receiver(cast, way="file", shapes=[RESULT, "jg-check"])
    gathering.gather(one)
    client.force_login(cast.clerk)
    with query_budget(40):
        page = client.get(reverse("receiver", args=[one.pk])).content.decode()
    assert "不合格式" in page and "取走报送文件" in page and "补齐再生成" in page
    with query_budget(25):
        page = client.get(reverse("exchange")).content.decode()
    assert "公示系统" in page and "请取走文件报上去" in page
    shape = client.get(reverse("shape", args=["sgs-penalty"])).content.decode()
    assert "草稿" in shape and "行政处罚决定书文号" in shape
    client.force_login(cast.stranger)
    assert client.get(reverse("receiver", args=[one.pk])).status_code == 404


def test_a_repair_is_handed_on_beside_the_withdrawal(penalty, cast):
    shown = publications.judge(
        publications.prepare_penalty(penalty, "minor", by=cast.clerk), True, by=cast.head
    )
    one = receiver(cast, "file", shapes=["yuan-c2011", "xiufu"])
    gathering.gather(one)
    assert [(row.shape, row.said) for row in one.rows.all()] == [("yuan-c2011", "")]
    handing.reply(handing.take_file(one, by=cast.clerk), {}, by=cast.clerk)
    made = publications.prepare_ending(shown, "repaired", "已履行", "信用修复决定 1 号", by=cast.clerk)
    publications.judge(made, True, by=cast.legal)
    gathering.gather(one), gathering.gather(one)
    late = {row.shape: row for row in one.rows.order_by("pk")[1:]}
    assert late["yuan-c2011"].what == "withdraw" and one.rows.count() == 3
    body = late["xiufu"].body
    assert late["xiufu"].status == HandedState.WAITING, late["xiufu"].said
    assert (body["third_id"], body["bmshyj"]) == (shown.payload["decision_number"], "已履行")
    assert (body["category"], body["bmshsj"]) == ("行政处罚", f"{timezone.localdate()}")


@pytest.mark.parametrize("code", [code for code, each in shapes.SHIPPED.items() if each["of"] == "penalty"])
def test_a_penalty_of_a_whole_file_fits_what_each_platform_requires(penalty, cast, code):
    """A column that is required and that nothing ever fills would keep every row here; only codes of theirs
    that nobody has written down yet may be lacking."""
    type(penalty.bureau).objects.update(credit_code="11990101MA00000015")
    publications.judge(publications.prepare_penalty(penalty, "minor", by=cast.clerk), True, by=cast.head)
    one = receiver(cast, "file", shapes=[code])
    gathering.gather(one)
    row = one.rows.get()
    assert not [each for each in row.said.split("；") if each and "在对方是什么代码" not in each], row.said


def test_a_lost_answer_then_withdrawn_is_withdrawn_there(released, cast):
    with doubles.Receiver("keys") as there:
        one = receiver(cast, address=there.address, knows="keys")
        gathering.gather(one)
        row = one.rows.filter(shape=RESULT, disclosure__kind="result").order_by("pk").first()
        sending.send(one, sending.claim(row.pk))  # it has it; we do not know
        sending.settle(row, sending.Said("unknown", "断了"))
        row.refresh_from_db()
        assert row.status == HandedState.AGAIN and (RESULT, row.thing) in there.held
        withdraw(row.disclosure, cast)
        for _ in range(3):
            turn(one)
        row.refresh_from_db()
        assert row.status == HandedState.DROPPED and (RESULT, row.thing) not in there.held
        assert set(there.held) == ours(one)


def test_withdrawn_while_it_was_unsure_and_it_never_came_is_not_sent_again(released, cast):
    one = receiver(cast, address="http://127.0.0.1:9/", knows="none")
    gathering.gather(one)
    row = one.rows.filter(disclosure__kind="result").first()
    sending.settle(sending.claim(row.pk), sending.Said("unknown", "断了"))
    withdraw(row.disclosure, cast)
    gathering.gather(one)
    row.refresh_from_db()
    answers.say_absent(row, by=cast.clerk)
    row.refresh_from_db()
    assert row.status == HandedState.DROPPED
    assert one.rows.get(what="withdraw").status == HandedState.DROPPED and gathering.gather(one) == 0


def test_refused_and_withdrawn_meanwhile_is_over(released, cast):
    one = receiver(cast, "file")
    gathering.gather(one)
    batch = handing.take_file(one, by=cast.clerk)
    row = batch.rows.filter(disclosure__kind="result").first()
    withdraw(row.disclosure, cast)
    gathering.gather(one)
    handing.reply(batch, {row.line: "缺项"}, by=cast.clerk)
    row.refresh_from_db()
    assert row.status == HandedState.DROPPED and "缺项" in row.said
    assert one.rows.get(what="withdraw").status == HandedState.DROPPED and gathering.gather(one) == 0


@pytest.mark.parametrize("change", [{"is_open": False}, {"way": "file"}, {"address": ""}])
def test_under_way_when_the_way_was_closed_is_asked_of_a_person(released, cast, change):
    one = receiver(cast, address="http://127.0.0.1:9/", knows="keys")
    gathering.gather(one)
    row = sending.claim(one.rows.first().pk)
    Receiver.objects.filter(pk=one.pk).update(**change)
    hand_on()
    row.refresh_from_db()
    assert row.status == HandedState.UNSURE and Message.objects.filter(thing=row.about).exists()


@pytest.mark.parametrize("change", ["shapes", "since"])
def test_what_is_there_is_withdrawn_though_the_settings_changed(released, cast, change):
    with doubles.Receiver("keys") as there:
        one = receiver(cast, address=there.address, knows="keys")
        turn(one)
        row = one.rows.filter(disclosure__kind="result").first()
        told = {"shapes": ["gsxt-task"], "since": timezone.localdate() + timedelta(days=1)}
        Receiver.objects.filter(pk=one.pk).update(**{change: told[change]})
        one.refresh_from_db()
        withdraw(row.disclosure, cast)
        turn(one)
        assert (RESULT, row.thing) not in there.held


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b"[" * 60_000, "unknown"),
        (b'{"state": "refused", "reason": "\\ud83d\\u0000x"}', "refused"),
        (b'{"title": "outstanding"}', "unknown"),
    ],
)
def test_odd_answers_end_in_a_said_state(released, cast, answer, state):
    one = receiver(cast, address="http://127.0.0.1:9/", knows="keys")
    gathering.gather(one)
    said = sending._read(409, answer)
    assert said.state == state
    row = sending.settle(sending.claim(one.rows.first().pk), said)
    assert row.status == {"unknown": HandedState.AGAIN, "refused": HandedState.REFUSED}[state]


def test_rows_leave_in_the_columns_of_their_own_version(released, cast):
    one = receiver(cast, "file")
    gathering.gather(one)
    columns = [{**each, "name": f"new_{each['name']}"} for each in shapes.SHIPPED[RESULT]["columns"]]
    shapes.add(one.bureau, RESULT, "新版", "result", columns, by=cast.officer, source="对方的文件")
    batch = handing.take_file(one, by=cast.clerk)
    rows = list(openpyxl.load_workbook(io.BytesIO(batch.file.read())).active.values)
    assert (
        all(any(cells) for cells in rows)
        and list(rows[0])[0] == shapes.SHIPPED[RESULT]["columns"][0]["title"]
    )


def test_a_folder_file_that_was_collected_is_not_put_there_again(released, cast, settings, tmp_path):
    settings.EXCHANGE_DIR = tmp_path
    one = receiver(cast, way="folder")
    gathering.gather(one)
    batch = handing.put_into_folder(one)
    path = handing.folder_of(one) / batch.name
    path.unlink()
    assert handing.put_into_folder(one) is None and not path.exists()
    replies = handing.folder_of(one) / "replies"
    for text in ("999,退回,缺项", "1,退回,a\n1,接收,", "1;接收", f"{'9' * 5000},接收"):
        (replies / f"{batch.number}.csv").write_text(text, encoding="utf-8")
        handing.put_into_folder(one)
        one.refresh_from_db()
        assert "读不懂回执" in one.trouble and batch.rows.filter(status=HandedState.HANDED).count() > 1, text
    (replies / f"{batch.number}.csv").write_bytes("1,退回,缺项".encode("gb18030"))
    handing.put_into_folder(one)
    one.refresh_from_db()
    assert one.trouble == "" and batch.rows.get(line=1).said == "缺项"


def test_a_receiver_that_is_down_for_long_is_said_once_until_it_is_read(released, cast):
    one = receiver(cast, address="http://127.0.0.1:9/", knows="keys")
    turn(one)
    assert answers.tell_of_trouble() == 0
    one.rows.update(due_on=timezone.localdate() - timedelta(days=1))
    for _ in range(2):
        hand_on()
    told = Message.objects.filter(thing=one.about)
    assert [each.account for each in told] == [cast.clerk] and "报不过去" in told[0].said
    told.update(read_at=timezone.now())
    assert answers.tell_of_trouble() == 1


def test_one_receiver_that_fails_keeps_no_other_back(released, cast, monkeypatch):
    bad, good = receiver(cast, "file"), receiver(cast, "file")
    real = gathering.gather

    def gather(one):
        if one.pk == bad.pk:
            raise KeyError("facts")
        return real(one)

    monkeypatch.setattr(gathering, "gather", gather)
    hand_on()
    assert good.rows.exists() and not bad.rows.exists()


def test_a_sweep_that_finds_nothing_new_reads_no_statement(released, cast):
    one = receiver(cast, "file", shapes=[RESULT, "gsxt-task", "sgs-penalty", "shixin", "xiufu"])
    gathering.gather(one)
    known = shapes.known(one.bureau)
    assert one.rows.exists()
    for code in one.shapes:
        assert not list(gathering.standing(one, known[code]["of"], code)), code


def test_what_is_handed_on_is_the_result_that_was_published(released, cast):
    one = receiver(cast)
    gathering.gather(one)
    assert one.rows.count() > 1
    for row in one.rows.all():
        said = row.disclosure.payload
        wanted = NATIONAL_RESULTS.get(said.get("national_code", ""), said["result"])
        assert row.body["InspectResult/raninsCheckResName"] == wanted
