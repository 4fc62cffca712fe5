"""What is signed is what was seen: a signature names the digest of a text, the server reckons it anew, and
whatever is changed afterwards takes the signature with it."""

import copy
import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from inspections.case import opening
from inspections.models import Exhibit, Filing, Sheet, Upload, Visit
from inspections.papers import issuing
from inspections.visit import completeness, lines, sheets
from inspections.watch import verification

from ...signed import Signed, photo, stroke
from ...staircase import refused_with
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db


def test_a_signed_visit_is_the_record(case, member):
    filed = Signed(case).answer("A01.2", "fail", "积尘 6 毫米")
    shown = filed.show(photo(), member, line="A01.2", caption="除尘器下方")
    filing = filed.send(member)
    assert (filing.status, filing.reason, case.status) == ("taken", "", "ended")
    visit = case.visits.get()
    assert lines.moment(visit.phone_ended_at) == lines.moment(filed.ended)
    assert visit.left_at >= visit.ended_at and visit.stamps["arrived"] and case.report_due_on
    sheet = case.sheets.get()
    assert sheet.body_id == sheets.digest(filed.text) and sheet.body.read().decode() == filed.text
    assert case.exhibits.signatures().count() == 3
    assert set(case.exhibits.signatures().values_list("signed_digest", flat=True)) == {sheet.body_id}
    assert case.exhibits.get(kind="photo").original_id == shown and case.findings.get().line == "A01.2"
    assert verification.verify(case.draw_id) == []
    record = issuing.issue(case, "record", by=member)
    assert record.facts["fingerprint"] == sheet.fingerprint and len(record.facts["signatures"]) == 3


def test_whoever_changes_what_was_signed_is_found(case, member):
    filed = Signed(case).answer("A01.2", "fail", "积尘")
    filed.send(member)
    assert verification.verify(case.draw_id) == []
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_answer SET value = 'pass' WHERE line = 'A01.2'")
    assert any("与签过的记录不符" in each for each in verification.verify(case.draw_id))
    with behind_the_walls() as cursor:
        cursor.execute("UPDATE inspections_answer SET value = 'fail' WHERE line = 'A01.2'")
        cursor.execute("DELETE FROM inspections_sheet")
    assert any("签过的内容与日志所记不符" in each for each in verification.verify(case.draw_id))


def flipped(thing, path=()):
    """[(where, another)] of a text: each of its leaves changed, and each list with one less."""
    found = []
    if isinstance(thing, dict):
        for name, each in thing.items():
            found += [(where, thing | {name: new}) for where, new in flipped(each, (*path, name))]
    elif isinstance(thing, list):
        for n, each in enumerate(thing):
            for where, new in flipped(each, (*path, n)):
                found.append((where, [*thing[:n], new, *thing[n + 1 :]]))
        found += [((*path, "one less"), thing[:-1])] if thing else []
    elif isinstance(thing, bool):
        found.append((path, not thing))
    elif isinstance(thing, int):
        found.append((path, thing + 1))
    else:
        found.append((path, f"{thing}x" if thing else "x"))
    return found


def test_each_field_of_what_was_signed_flipped_takes_the_signatures(case, member):
    """Whatever is other than what they signed: nobody has signed it. By the rules of a text, or by its
    digest."""
    filed = Signed(case).answer("A01.2", "fail", "积尘")
    filed.show(photo(), member, line="A01.2")
    first = filed.sheet["lines"][0]
    other = next(each["ref"] for each in filed.team if each["ref"] != first["by"])
    filed.sheet["aside"] = [first | {"value": "skip", "note": "没看", "by": other}]
    filed.sign(member)
    others, sealed = flipped(filed.sheet), sheets.digest(filed.text)
    assert len(others) > 60
    for where, other in others:
        assert sheets.digest(sheets.canonical(other)) != sealed, where
        wanted = {each["role"]: each["name"] for each in filed.team} | {"met": "何某"}
        with refused_with("signature_other"):
            sheets.require_signatures(filed.signatures, wanted, sheets.digest(sheets.canonical(other)))
    for _, other in others[:: len(others) // 12]:
        changed = copy.copy(filed)
        changed.sheet = other
        held = None
        try:
            held = changed.send(member)
        except Exception as refused:
            assert getattr(refused, "code", "") in ("sheet_bad", "filing_bad"), refused
        assert held is None or held.status == Filing.State.HELD, held
        assert case.status == "opened" and not Sheet.objects.exists()
    assert filed.send(member).status == "taken"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: json.dumps(json.loads(text), ensure_ascii=False),  # spaces
        lambda text: text[:-1] + ',"case":"x"}',
        lambda text: text.replace('"v":2', '"v":2.0'),
        lambda text: text.replace('"salt":"', '"salt":"0'),
        lambda text: text.replace('"stamps":{', '"stamps":{"arrived":"",', 1),
        lambda text: "[]",
        lambda text: None,
    ],
)
def test_a_text_is_written_one_way(case, member, spoil):
    filed = Signed(case).sign(member)
    with refused_with("sheet_bad"):
        filed.send(member, sheet=spoil(filed.text))
    assert not Filing.objects.exists()


def test_whoever_was_there_signs(case, member):
    filed = Signed(case)
    filed.sign(member, met=False)
    held = filed.send(member)
    assert held.status == "held" and "何某" in held.reason
    filed = Signed(case)
    filed.team = filed.team[:1]
    filed.sign(member)
    assert "还没有" in filed.send(member).reason and case.status == "opened"


def test_an_empty_pad_or_a_dot_is_no_signature(case, member):
    dot = Image.new("RGB", (600, 300), "white")
    dot.paste((0, 0, 0), (300, 150, 306, 156))
    out = io.BytesIO()
    dot.save(out, "PNG")
    for empty in (photo("white", (600, 300), "PNG"), photo("black", (600, 300), "PNG"), out.getvalue()):
        filed = Signed(case)
        filed.sign(member, met=False)
        filed.put_name("met", "何某", sheets.digest(filed.text), member, picture=empty)
        with refused_with("signature_empty"):
            filed.send(member)
    assert not Filing.objects.exists()


def test_a_refusal_is_a_sheet_of_its_own(case, member):
    filed = Signed(case).sign(member, met=False).refuse(member)
    assert filed.send(member).status == "taken"
    visit = case.visits.get()
    assert (visit.signed, visit.witness) == ("refused", "白某") and "平时不开" in visit.unsigned_reason
    assert case.sheets.count() == 2 and case.exhibits.signatures().filter(signer="witness").exists()
    assert "签名" not in "".join(completeness.missing(case))


def test_a_witness_who_signed_another_refusal_has_not_signed(case, member):
    filed = Signed(case).sign(member, met=False).refuse(member)
    filed.refusal = sheets.canonical(json.loads(filed.refusal) | {"words": "别的话"})
    assert filed.send(member).status == "held"


def test_what_was_signed_before_a_change_is_kept_and_does_not_count(case, member):
    filed = Signed(case).sign(member, seed=1)
    filed.answer("A01.2", "fail", "又看了一眼")
    filed.sign(member, seed=20)
    assert filed.send(member).status == "taken"
    assert case.exhibits.filter(kind="signature").count() == 6 and case.exhibits.signatures().count() == 3
    assert completeness.missing(case) == ["问题的现场照片"]


def test_a_spoiled_photo_stops_nothing(case, member):
    filed = Signed(case).answer("A01.2", "fail", "积尘")
    whole = photo("#822")
    bad = filed.show(whole[: len(whole) // 3], member, line="A01.2", caption="配电箱前堆放木料")
    filed.show(photo("#282"), member, line="A01.2")
    filing = filed.send(member)
    assert (filing.status, case.status) == ("taken", "ended")
    assert Upload.objects.get(original=bad).fault and json.loads(case.sheets.get().body.read())["photos"]
    assert any("配电箱前堆放木料打不开" in each for each in completeness.missing(case))
    # another one in its place, with a reason, signed apart; the record names the bad fingerprint for ever
    more = Signed(case, "supplement")
    fresh = more.show(photo("#228"), member, caption="配电箱前堆放木料")
    more.sheet["photos"][0]["instead_of"] = bad
    more.sheet |= {"reason": "照片没有传全", "text": "", "lines": [], "enterprise": "unsigned"}
    more.sheet["unsigned_reason"] = "企业人员已离开"
    more.sign(member, met=False, seed=40)
    assert more.send(member).status == "taken"
    assert completeness.missing(case) == []
    assert fresh in case.supplements.get().exhibits.values_list("original_id", flat=True)
    assert case.sheets.get(kind="visit").body_id == sheets.digest(filed.text)


def test_an_mpo_is_a_photo_and_keeps_its_bytes(case, member):
    out = io.BytesIO()
    frames = [Image.new("RGB", (800, 600), colour) for colour in ("#933", "#393")]
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    filed = Signed(case)
    digest = filed.show(out.getvalue(), member)
    assert filed.send(member).status == "taken"
    kept = Upload.objects.get(original=digest)
    assert (
        not kept.fault and kept.original.read() == out.getvalue() and (kept.width, kept.height) == (800, 600)
    )


def test_the_same_picture_may_serve_two_problems(case, member):
    filed = Signed(case).answer("A01.1", "fail", "积尘").answer("A01.2", "fail", "没有记录")
    filed.show(photo(), member, line="A01.1", caption="积尘")
    filed.show(photo(), member, line="A01.2", caption="没有记录")
    assert filed.send(member).status == "taken"
    assert set(Exhibit.objects.filter(kind="photo").values_list("line", "caption")) == {
        ("A01.1", "积尘"),
        ("A01.2", "没有记录"),
    }


def test_a_clock_two_days_wrong_and_mended_is_said(case, member):
    filed = Signed(case)
    filing = filed.send(member, clock={"offset": -172_800_000, "jumps": [{"at": "x", "by": 172_800_000}]})
    assert filing.status == "taken"
    visit = Visit.objects.get(cases=case)
    assert "快 2 天" in visit.clock_note and "拨动过 1 次" in visit.clock_note
    ahead = timezone.now() + timedelta(days=2)
    assert ahead > visit.ended_at


def test_a_third_officer_signs_too(case, member, inspectors):
    seats = {seat.inspector_id for seat in case.team()}
    third = next(each for each in inspectors if each.pk not in seats)
    case.assignments.create(inspector=third, seat=3, leads=False)
    filed = Signed(case)
    assert [each["role"] for each in filed.team] == ["officer", "second", "third"]
    assert filed.send(member).status == "taken"
    assert case.exhibits.signatures().get(signer="third").signer_name == third.name


def test_a_line_that_the_list_has_not_or_lacks_is_not_taken(case, member):
    filed = Signed(case)
    filed.sheet["lines"] = filed.sheet["lines"][1:]
    assert "行不全" in filed.send(member).reason
    filed = Signed(case)
    filed.sheet["lines"][0]["by"] = "nobody"
    assert "检查组以外" in filed.send(member).reason
    assert len(opening.lines_of(case)) > 1 and case.status == "opened" and stroke(1) != stroke(2)
