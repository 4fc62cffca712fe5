"""One table says when a visit is complete: the server and the phone's script read it alike, word for word."""

import json
import random
import re
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from inspections.case.opening import wording_of
from inspections.models import Answer, Case, Exhibit, Finding, Visit
from inspections.sentences import SENTENCES
from inspections.visit import carrying, completeness, filings, visits
from registries.services import storage

from ...staircase import approve_scheme
from ...walls import behind_the_walls

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]
TODAY = timezone.localdate()
TEXTS = [
    "",
    " ",
    "　",
    "\u200b\ufeff",
    "\u2028\x1c",
    "看到",
    "配电箱没有接地。",
    " 前后有空 ",
    "𠮷" * 30,
    "{n} {text}",
    "一" * 80,
]
DAYS = [
    "",
    (TODAY - timedelta(days=1)).isoformat(),
    TODAY.isoformat(),
    (TODAY + timedelta(days=15)).isoformat(),
]
LINES = [
    ("A01.1", "配电箱接地", False),
    ("A01.2", "　特种作业人员持证上岗，证件在有效期内，人证相符，现场可以查验", False),
    ("A01.3", "涉爆粉尘除尘系统", True),
    ("A02.1", "{n} 花括号 𠮷𠮷", True),
    ("A02.2", "应急预案", False),
]
NODE = """
const fs = require("fs"), script = fs.readFileSync(process.argv[1], "utf8");
const rules_ = require("vm").runInThisContext(script + "; FieldRules");
const given = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(given.drafts.map((draft) => {
  const facts = rules_.factsOf(given.rules, draft, given.ended_on, Object.fromEntries(given.values));
  return { must: rules_.lacking(given.rules, facts), should: rules_.wanting(given.rules, facts) };
})));
"""


def as_the_phone_says(drafts):
    """[{must, should}] of the drafts, said by the phone's own script."""
    given = {
        "rules": completeness.RULES,
        "drafts": drafts,
        "ended_on": TODAY.isoformat(),
        "values": Answer.VALUES,
    }
    run = subprocess.run(
        ["node", "-e", NODE, str(ROOT / "static/js/field-rules.js")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


@pytest.fixture
def listed(case):
    """A case whose list has odd texts and major hazards, its visit begun."""
    lines = [
        {
            "key": key,
            "requirement": text,
            "violation": f"违反：{text}",
            "basis": "安全生产法第36条",
            "measure": "",
            "penalty_basis": "",
            "how": "",
            "heading": "",
            "is_mandatory": False,
            "is_major": is_major,
        }
        for key, text, is_major in LINES
    ]
    checklist = [{"code": "A01", "name": "事项", "basis": "", "content": "", "lines": lines}]
    with behind_the_walls() as cursor:
        cursor.execute(
            "UPDATE inspections_case SET checklist = %s WHERE id = %s", [json.dumps(checklist), case.pk]
        )
    approve_scheme(case.task)
    return Case.objects.get(pk=case.pk)


def a_visit(case, dice):
    """A draft as a phone might hold it: anything answered or not, every text blank, odd or long."""
    answers = {
        key: {"value": dice.choice(["pass", "fail", "na", "skip"]), "note": dice.choice(TEXTS)}
        for key, _, _ in LINES
        if dice.random() < 0.9
    }
    failed = {key for key, each in answers.items() if each["value"] == "fail"}
    majors = {key for key, _, is_major in LINES if is_major}
    return {
        "mode": case.mode,
        "leads": True,
        "items": case.checklist,
        "answers": answers,
        "findings": {key: _way(dice, f"违反 {key}", key in majors) for key in failed},
        "others": [
            _way(dice, dice.choice(TEXTS), False) | {"basis": dice.choice(TEXTS)}
            for _ in range(dice.choice([0, 0, 1, 2]))
        ],
        "record": {
            "record": dice.choice(TEXTS),
            "signed": dice.choice(["signed", "refused", "absent"]),
            "unsigned_reason": dice.choice(TEXTS),
            "witness": dice.choice(["", "何某", " "]),
            "recorder_number": dice.choice(["", "J1", "　"]),
        },
        "files": [
            {"kind": kind, "signer": signer}
            for kind, signer in [("photo", ""), ("paper", ""), ("video", "")]
            + [("signature", each) for each in ("officer", "second", "met", "witness")]
            if dice.random() < 0.5
        ],
    }


def _way(dice, wording, is_major):
    return {
        "wording": dice.choice([wording, wording, dice.choice(TEXTS)]),
        "disposal": dice.choice(["order", "measure", "fixed"]),
        "due_on": dice.choice(DAYS),
        "major_reason": dice.choice(TEXTS) if is_major else "",
    }


def told_findings(draft):
    told = [each | {"line": line} for line, each in draft["findings"].items()]
    return told + [each | {"line": ""} for each in draft["others"]]


def as_the_server_says(case, draft, by, picture):
    """The same visit in the database, looked at there, and taken back again."""
    with transaction.atomic():
        inspector = case.team().get(inspector__account=by).inspector
        told = {key: (each["value"], each["note"]) for key, each in draft["answers"].items()}
        visits.answer(case, told, by=by)
        carrying._findings(case, inspector, told_findings(draft), by)
        visits.note(case, by=by, **draft["record"])
        Visit.objects.filter(cases=case).update(way="phone")
        for each in draft["files"]:
            Exhibit.objects.create(
                bureau=case.bureau, case=case, original=picture, file=picture, by=by, **each
            )
        facts = completeness.facts_of(case, TODAY)
        said = {
            "must": [sentence for _, sentence in completeness.lacking(facts)],
            "should": completeness.wanting(facts),
        }
        transaction.set_rollback(True)
    return said


@pytest.mark.slow
@pytest.mark.parametrize("number", [40, pytest.param(500, marks=pytest.mark.trial)])
def test_node_and_server_agree_on_random_visits(listed, member, number):
    dice = random.Random(20261128 + number)
    visits.start(listed, by=member)
    picture = storage.keep(b"a picture", "image/jpeg")
    drafts = [a_visit(listed, dice) for _ in range(number)]
    on_the_phone = as_the_phone_says(drafts)
    broken = set()
    for draft, phone in zip(drafts, on_the_phone, strict=True):
        assert as_the_server_says(listed, draft, member, picture) == phone, draft
        broken |= {sentence[-6:] for sentence in phone["must"]}
    assert any(not each["must"] for each in on_the_phone) or len(broken) >= 9
    codes = [rule["code"] for rule in completeness.RULES["must"]]
    assert all(SENTENCES[code] for code in codes)


@pytest.mark.slow
def test_what_the_phone_lets_through_the_server_takes_and_what_it_refuses_is_held(listed, member):
    dice = random.Random(7)
    drafts = [_whole(a_visit(listed, dice), dice) for _ in range(30)]
    kinds = set()
    for draft, phone in zip(drafts, as_the_phone_says(drafts), strict=True):
        with transaction.atomic():
            filing = filings.receive(listed, *_as_sent(listed, draft), by=member)
            filing.refresh_from_db()
            assert (filing.status == filing.State.TAKEN) == (not phone["must"]), (filing.reason, phone)
            assert not phone["must"] or filing.reason == phone["must"][0][:300]
            kinds.add(filing.status)
            transaction.set_rollback(True)
        listed.refresh_from_db()
    assert len(kinds) == 2


def _whole(draft, dice):
    """Mostly in order, so that both answers occur."""
    for key, _, _ in LINES:
        draft["answers"].setdefault(key, {"value": "pass", "note": ""})
        if dice.random() < 0.9:
            draft["answers"][key] = {"value": "pass", "note": ""}
            draft["findings"].pop(key, None)
    draft["record"] |= {"record": "逐项检查。", "signed": "signed"}
    return draft | {"others": [], "files": []}


def _as_sent(case, draft):
    now, mark = timezone.now(), str(uuid.uuid4())
    names = ("answers", "findings", "others", "record", "files")
    body = {"uuid": mark, "case": case.token, "started_at": now.isoformat(), "ended_at": now.isoformat()}
    return mark, json.dumps(body | {name: draft[name] for name in names}).encode()


def test_the_words_of_the_phone_are_the_models(client, case, member):
    client.force_login(member)
    told = client.post("/desk/field/tasks.json").json()
    assert [tuple(each) for each in told["values"]] == Answer.VALUES
    assert [tuple(each) for each in told["disposals"]] == Finding.DISPOSALS
    assert [tuple(each) for each in told["signers"]] == Exhibit.SIGNERS
    assert told["rules"] == completeness.RULES
    scripts = "".join(path.read_text() for path in (ROOT / "static/js").glob("field*.js"))
    words = [*Answer.VALUES, *Finding.DISPOSALS, *Exhibit.SIGNERS]
    assert [code for code, title in words if re.search(rf'"{code}", *"', scripts)] == []


@pytest.mark.parametrize(
    ("violation", "requirement", "called"),
    [
        ("", "应当取得安全生产许可证。", "不符合：应当取得安全生产许可证"),
        ("未取得许可证；", "应当取得", "未取得许可证"),
        ("未按规定（第3.2条）设置", "", "未按规定（第3.2条）设置"),
    ],
)
def test_phone_and_server_call_a_violated_line_the_same(violation, requirement, called):
    """What was seen follows it after a colon: no stop stands before that."""
    line = {"violation": violation, "requirement": requirement}
    script = (
        "const source = require('fs').readFileSync(process.argv[1], 'utf-8');"
        "const content = new Function(source + '; return FieldContent;')();"
        "const draft = { stamps: {}, opened_at: '2026-11-30T08:00:00Z', days: 15 };"
        "console.log(content.usualFinding(draft, JSON.parse(process.argv[2])).wording);"
    )
    command = ["node", "-e", script, str(ROOT / "static/js/field-content.js"), json.dumps(line)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == wording_of(line) == called
