"""人员: one table in and out, courses with attendance, accounts for many by two hands, leaving."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from registries.models import Account, Consent, Course, Inspector, JournalEntry, Leave, Training
from registries.services import manyaccounts, people, training

from .staircase import add_inspector, inspect, refused_with

pytestmark = pytest.mark.django_db


def book(*rows):
    made = Workbook()
    for row in rows:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def file(*rows):
    return SimpleUploadedFile("表.xlsx", book(*rows))


def test_one_table_says_who_may_be_sent_and_why_not(client, cast, drawn, inspectors):
    today = timezone.localdate()
    away, gone = Inspector.objects.order_by("ref")[:2]
    Leave.objects.create(inspector=away, since=today, until=today + timedelta(days=3), reason="年休")
    client.force_login(cast.head)
    client.post(f"/admin/registries/inspector/{gone.pk}/act/take_out/", {"reason": "调离"})
    client.force_login(cast.clerk)
    page = client.get("/admin/people/")
    by_name = {each.name: each for each in page.context["rows"]}
    assert by_name[away.name].why == "请假外出" and gone.name not in by_name
    assert [each.name for each in client.get("/admin/people/?tab=left").context["rows"]] == [gone.name]
    assert [each.name for each in client.get("/admin/people/?tab=unable").context["rows"]] == [away.name]
    sent = {each.name: each.sent for each in page.context["rows"]}
    seats = drawn.cases.first().team()
    assert all(sent[seat.inspector.name] >= 1 for seat in seats if seat.inspector != gone)
    refs = [each.ref for each in page.context["rows"]]
    assert refs == sorted(refs)  # by number: the counts rank nobody
    rows = list(load_workbook(io.BytesIO(client.get("/admin/people/?as=xlsx").content)).active.values)
    assert len(rows) == len(by_name) + 1 and rows[0][1] == "姓名"
    one = client.get(f"/admin/people/{seats[0].inspector_id}/").content.decode()
    assert drawn.cases.first().subject.name in one and seats[0].inspector.certificates.get().number in one
    client.force_login(cast.stranger)
    assert client.get(f"/admin/people/{away.pk}/").status_code == 404


def test_the_number_of_questions_does_not_grow_with_the_people(client, cast, inspectors, query_budget):
    client.force_login(cast.clerk)
    client.get("/admin/people/")
    with query_budget(25) as few:
        client.get("/admin/people/")
    for n in range(20, 40):
        add_inspector(cast.clerk.bureau, n, ["工贸"])
    with query_budget(len(few) + 1):
        client.get("/admin/people/")


def test_a_table_is_looked_at_first_and_written_without_being_sent_again(client, cast):
    client.force_login(cast.clerk)
    empty = load_workbook(io.BytesIO(client.get("/admin/people/template.xlsx").content)).active
    head = [cell.value for cell in empty[1]]
    assert head[:3] == ["名录编号", "姓名", "股室"] and empty.max_row == 2
    sample = file(head, [cell.value for cell in empty[2]], ["", "甲某", "危化股"])
    page = client.post("/admin/people/bring/", {"file": sample})
    assert "新增 1 人" in page.content.decode() and not Inspector.objects.exists()
    kept = re.search(r'name="kept" value="([^"]+)"', page.content.decode())[1]
    client.force_login(cast.head)
    assert client.post("/admin/people/bring/", {"kept": kept}).status_code == 403
    client.force_login(cast.clerk)
    client.post("/admin/people/bring/", {"kept": kept})
    assert Inspector.objects.get().name == "甲某"
    assert client.post("/admin/people/bring/", {"kept": f"{kept}x"}).status_code == 302
    page = client.post(
        "/admin/people/bring/", {"file": file(["姓名", "股室"], ["乙某", "危化股"], ["", "危化股"])}
    )
    assert "第 3 行：没有姓名" in page.content.decode() and "kept" not in page.context


def test_a_course_is_planned_held_and_counted(client, cast, inspectors):
    """乌审旗 五（三）: 加强执法人员培训."""
    client.force_login(cast.clerk)
    today = timezone.localdate()
    told = {"title": "新安全生产法", "day": today, "hours": 8, "place": "局会议室", "teacher": "讲师某"}
    client.post("/admin/people/courses/", told)
    course = Course.objects.get()
    here = [inspectors[0].pk, inspectors[1].pk]
    client.post(f"/admin/people/courses/{course.pk}/", {"day": today, "here": here, "failed": [here[1]]})
    assert {(each.inspector_id, each.hours, each.passed) for each in Training.objects.all()} == {
        (here[0], 8, True),
        (here[1], 8, False),
    }
    late = training.hold(course, today, [inspectors[2].pk], by=cast.clerk)
    assert late.trainings.count() == 3 and late.held_on == today
    page = client.get("/admin/people/courses/")
    hours = {each.pk: each.hours for each in page.context["people"]}
    assert hours[here[0]] == 8 and hours[here[1]] is None and "到课" in page.content.decode()
    with refused_with("course_nobody"):
        training.hold(course, today, here, by=cast.clerk)
    with refused_with("course_over"):
        training.drop(course, "改期", by=cast.clerk)
    ahead = training.plan("明天的课", today + timedelta(days=1), 4, by=cast.clerk)
    with refused_with("course_ahead"):
        training.hold(ahead, today + timedelta(days=1), here, by=cast.clerk)
    training.drop(ahead, "讲师有事", by=cast.clerk)
    with refused_with("course_over"):
        training.hold(ahead, today, here, by=cast.clerk)
    with refused_with("not_allowed"):
        training.plan("不是经办", today, 4, by=cast.head)
    actions = set(JournalEntry.objects.filter(about__startswith="course ").values_list("action", flat=True))
    assert actions == {"course.planned", "course.held", "course.dropped"}


def test_accounts_for_many_take_two_hands_and_no_password_is_whole(client, cast, bureau):
    for n in range(1, 4):
        add_inspector(bureau, n, ["工贸"])
    client.force_login(cast.officer)
    page = client.get("/admin/accounts/")
    rows = page.context["rows"]
    assert len(rows) == 3 and len({each.username for each in rows}) == 3
    asked = {"rows": "3", "chosen-0": "1", "chosen-2": "1"}
    for n, each in enumerate(rows):
        asked |= {f"name-{n}": each.name, f"username-{n}": each.username, f"roles-{n}": "inspector"}
        asked |= {f"inspector-{n}": each.inspector, f"section-{n}": each.section}
    answer = client.post("/admin/accounts/", asked)
    first = dict((username, half) for username, _, half in answer.context["halves"])
    assert set(first) == {rows[0].username, rows[2].username} and "no-store" in answer["Cache-Control"]
    assert not Account.objects.filter(username__in=first).exists()
    assert len(manyaccounts.without(bureau)) == 1  # those asked for are not offered again
    assert client.get("/admin/accounts/confirm/").status_code == 403  # who asks does not confirm
    client.force_login(cast.security)
    waiting = client.get("/admin/accounts/confirm/").context["rows"]
    answer = client.post("/admin/accounts/confirm/", {"chosen": [each.pk for each in waiting]})
    for username, _, half in answer.context["halves"]:
        account = Account.objects.get(username=username)
        assert account.check_password(f"{first[username]}-{half}") and account.must_change_password
        assert not account.check_password(first[username]) and not account.check_password(half)
        assert account.inspector.ref and account.roles() == {"inspector"}
    assert not Consent.objects.exclude(half="").exists()


def test_a_table_of_accounts_is_read_and_what_is_odd_in_it_is_said(client, cast, bureau):
    client.force_login(cast.officer)
    rows = [["姓名", "角色", "乡镇"], ["甲某", "经办人", ""], ["乙某", "乡镇（街道）", "白塔乡"]]
    page = client.post("/admin/accounts/", {"file": file(*rows)})
    assert [(each.name, each.roles, each.town) for each in page.context["rows"]] == [
        ("甲某", ("clerk",), ""),
        ("乙某", ("town",), "白塔乡"),
    ]
    page = client.post("/admin/accounts/", {"file": file(["姓名", "角色"], ["丙某", "局长"])})
    assert "第 2 行：角色“局长”不认得" in page.content.decode()
    with refused_with("table_faulty"):  # all or none
        manyaccounts.ask(
            [
                manyaccounts.Wanted("甲某", "jia", ("clerk",)),
                manyaccounts.Wanted("乙某", "yi", ("town",)),  # of which town is not said
            ],
            by=cast.officer,
        )
    assert not Consent.objects.exists()
    for odd, why in (
        (manyaccounts.Wanted("甲某", "jia", ("clerk",), "没有的股"), "没有股室“没有的股”"),
        (manyaccounts.Wanted("乙某", "yi", ("town",), "", "没有的乡"), "名录里没有企业在“没有的乡”"),
        (manyaccounts.Wanted("丙某", "bing", ("inspector",), inspector=10**6), "已经有了账户"),
    ):
        with refused_with("table_faulty") as refused:
            manyaccounts.ask([odd], by=cast.officer)
        assert why in refused.value.facts["faults"]
    assert not Consent.objects.exists()
    with refused_with("not_allowed"):
        manyaccounts.ask([manyaccounts.Wanted("甲某", "jia", ("clerk",))], by=cast.clerk)


def test_who_leaves_with_cases_on_hand_is_said(client, cast, drawn):
    case = drawn.cases.order_by("pk").first()
    inspect(case)
    seat = drawn.cases.exclude(pk=case.pk).first().team()[0]
    people.take_out(seat.inspector, "退休", by=cast.head)
    client.force_login(cast.clerk)
    page = client.get(f"/admin/people/{seat.inspector_id}/").content.decode()
    assert "已离任，手上还有" in page and "申请更换人员" in page
