"""核验文书和证据: numbers without a gap, papers and exhibits as the journal knows them. Reads only."""

import json
import re

from ..numbers import NumberSeries
from ..papers import issuing
from ..papers.models import LentNumber, Paper, PaperForm
from ..states import LentState, PaperState

_NUMBER = re.compile(r"（.+?）(.+?)〔(\d{4})〕(\d+)号")


def series(bureau):
    """Every word's numbers of every year: 1, 2, 3 … as many as were taken, the void ones
    among them. Yields faults."""
    found = {}
    for number in Paper.objects.filter(bureau=bureau).exclude(number="").values_list("number", flat=True):
        read = _NUMBER.fullmatch(number)
        if read is None:
            yield f"文号“{number}”读不懂"
            continue
        found.setdefault((read[1], int(read[2])), []).append(int(read[3]))
    # A number that is out, came home, or was spoiled has no paper, and a row that says so.
    for lent in LentNumber.objects.filter(bureau=bureau).exclude(
        status__in=[LentState.REUSED, LentState.USED]
    ):
        found.setdefault((lent.word, lent.year), []).append(lent.serial)
    # A word that the forms no longer have keeps its numbers; the series of draws, tasks and
    # schemes are counted elsewhere.
    words = {
        *PaperForm.objects.filter(bureau=bureau).values_list("word", flat=True),
        *(word for word, _ in found),
    }
    taken = NumberSeries.objects.filter(bureau=bureau, kind__in=words).values_list("kind", "year", "last")
    last = {(kind, year): count for kind, year, count in taken}
    for word, year in sorted(found.keys() | last.keys()):
        have = sorted(found.get((word, year), []))
        if have != list(range(1, last.get((word, year), 0) + 1)):
            used = last.get((word, year), 0)
            yield f"{word}〔{year}〕的文号不连续：用到 {used} 号，文书和借出的共 {len(have)} 件"


def check(case, said):
    """The signed papers and the exhibits of a case against {action: [facts]} of
    its journal. Yields faults."""
    signed = {each.get("paper"): each for each in said.get("paper.signed", [])}
    voided = {each.get("paper") for each in said.get("paper.voided", [])}
    for paper in case.papers.exclude(signed_at=None):
        told = signed.pop(paper.pk, None)
        if told is None or told.get("digest") != issuing.digest_of(paper):
            yield f"“{case}”的{paper.number}与日志所记不符"
        if (paper.status == PaperState.VOIDED) != (paper.pk in voided):
            yield f"“{case}”的{paper.number}的作废与日志所记不符"
    for left in signed.values():
        yield f"“{case}”签发过{left.get('number')}，数据库中没有"
    yield from _lent(case, said)
    kept = {each.get("exhibit"): each.get("file") for each in said.get("exhibit.kept", [])}
    have = dict(case.exhibits.values_list("pk", "original_id"))
    if kept != have:
        yield f"“{case}”的证据材料与日志所记不符（日志 {len(kept)} 件，现有 {len(have)} 件）"
    yield from _sheets(case, said)


def _lent(case, said):
    """Each number that the journal knows as lent has its row: out, home or spoiled as the journal says."""
    told = {name: _numbers(said, f"number.{name}") for name in ("lent", "returned", "spoiled")}
    have = list(case.lent.all())
    if sorted(told["lent"]) != sorted(each.number for each in have):
        yield f"“{case}”借出的文号与日志所记不符（日志 {len(told['lent'])} 个，现有 {len(have)} 个）"
    spoiled = [each.number for each in have if each.status == LentState.SPOILED]
    if sorted(told["spoiled"]) != sorted(spoiled):
        yield f"“{case}”作废的文号与日志所记不符"
    home = [each.number for each in have if each.status in (LentState.RETURNED, LentState.REUSED)]
    lacking = set(home) - set(told["returned"])
    if lacking:
        yield f"“{case}”交还的文号与日志所记不符：{'、'.join(sorted(lacking))}"
    signed = {each.get("number") for each in said.get("paper.signed", [])}
    for each in have:
        if each.status == LentState.USED and each.number not in signed:
            yield f"“{case}”的{each.number}记为已使用，没有文书"


def _numbers(said, action):
    return [number for each in said.get(action, []) for number in each.get("numbers", "").split("|")]


def _sheets(case, said):
    """What was signed on a phone is there, as the journal names it, and the answers are those that were
    signed."""
    told = {each for taken in said.get("filing.taken", []) for each in taken.get("sheets", "").split()}
    have = {each.body_id: each for each in case.sheets.select_related("body")}
    if told != set(have):
        yield f"“{case}”签过的内容与日志所记不符（日志 {len(told)} 份，现有 {len(have)} 份）"
    for sheet in have.values():
        if sheet.kind != "visit":
            continue
        try:
            signed = json.loads(sheet.body.read())
        except (OSError, ValueError):
            yield f"“{case}”签过的{sheet.get_kind_display()}读不出，或者已被改动"
            continue
        lines = {each["line"]: (each["value"], each["note"]) for each in signed["lines"]}
        given = {
            line: (value, note) for line, value, note in case.answers.values_list("line", "value", "note")
        }
        if lines != given:
            yield f"“{case}”的检查结果与签过的记录不符"
