"""核验 of what was said to the public: each disclosure and release against the journal
and its draw. Reads only."""

import json

from inspections import engine
from inspections.models import Draw
from inspections.watch.verification import guarded
from registries.models import JournalEntry
from registries.services import logreading

from .models import Disclosure, Ending, Release
from .payload import release_facts, spread_facts, statement_facts


def verify(bureau):
    """Returns [fault] in Chinese; an empty list says that everything agrees."""
    checks = (_disclosures, _endings, _releases, logreading.faults)
    return [fault for check in checks for fault in guarded(check, bureau)]


def _disclosures(bureau):
    said = {}
    entries = JournalEntry.objects.filter(bureau=bureau, action__startswith="disclosure.")
    for entry in entries.exclude(action="disclosure.ended"):
        said[Disclosure.key_in(entry.about)] = json.loads(entry.facts)
    rows = Disclosure.objects.filter(bureau=bureau).select_related("supersedes", "answers", "publication")
    for each in rows.order_by("pk"):
        facts, stand = said.pop(each.token, {}), statement_facts(each)
        is_whole = engine.digest(engine.dump(each.payload)) == each.digest == facts.get("digest")
        is_whole = is_whole and all(stand.get(name, value) == value for name, value in facts.items())
        prepared = getattr(each, "publication", None)
        if prepared and (prepared.payload != each.payload or prepared.prepared_by_id == each.published_by_id):
            yield f"公示 {each.token}（{each.subject_name}）：与拟办、审核的不同"
        if not is_whole or (each.payload.get("subject"), each.payload.get("code", "")) != (
            each.subject_name,
            each.subject_code,
        ):
            yield f"公示 {each.token}（{each.subject_name}）：与公示时记入日志的不同"
    for token in sorted(said):
        yield f"公示 {token}：日志记有这条公示，数据库中没有"


def _endings(bureau):
    said = {}
    for entry in JournalEntry.objects.filter(bureau=bureau, action="disclosure.ended"):
        facts = json.loads(entry.facts)
        said[Disclosure.key_in(entry.about)] = tuple(facts.get(name) for name in ("kind", "reason", "basis"))
    rows = Ending.objects.filter(bureau=bureau).values_list("disclosure__token", "kind", "reason", "basis")
    kept = {token: facts for token, *facts in rows}
    for token in sorted(said.keys() | kept.keys()):
        if said.get(token) != tuple(kept.get(token, ())):
            yield f"公示 {token}：终止公示与日志所记不同"


def _releases(bureau):
    said = {}
    for entry in JournalEntry.objects.filter(bureau=bureau, action="draw.released"):
        said[Draw.key_in(entry.about)] = json.loads(entry.facts)
    for each in Release.objects.filter(bureau=bureau).select_related("draw").order_by("pk"):
        facts, stands = said.pop(each.draw.number, None), release_facts(each) | spread_facts(each)
        if facts is None or any(stands.get(name) != digest for name, digest in facts.items()):
            yield f"{each.draw.number} 的公开文件：与公开时记入日志的不同"
        if each.commit_id != each.draw.commitment or (each.result_id or "") != each.draw.result_digest:
            yield f"{each.draw.number} 的公开文件：不是这次抽取的指纹或结果"
    for number in sorted(said):
        yield f"{number}：日志记有公开，数据库中没有"
