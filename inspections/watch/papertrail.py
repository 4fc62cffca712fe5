"""核验文书和证据: numbers without a gap, papers and exhibits as the journal knows them. Reads only."""

import re

from ..numbers import NumberSeries
from ..papers import issuing
from ..papers.models import Paper, PaperForm
from ..states import PaperState

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
            yield f"{word}〔{year}〕的文号不连续：用到 {last.get((word, year), 0)} 号，文书有 {len(have)} 件"


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
    kept = {each.get("exhibit"): each.get("file") for each in said.get("exhibit.kept", [])}
    have = dict(case.exhibits.values_list("pk", "original_id"))
    if kept != have:
        yield f"“{case}”的证据材料与日志所记不符（日志 {len(kept)} 件，现有 {len(have)} 件）"
