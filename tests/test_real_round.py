"""One whole round over a real register (994 rows, MINGQIAN_DATA) with thirty invented inspectors."""

import json
from collections import Counter

import pytest

from inspections import engine
from inspections.draw import drawing
from inspections.engine.files import read_commitment
from inspections.engine.recheck import verify
from publicity.services import releases
from registries.models import Bureau, Skill, Subject
from registries.services import accounts, classes, imports

from .staircase import add_inspector, inspect, recuse, throw

pytestmark = pytest.mark.django_db


@pytest.fixture
def real_register(bureau, cast, real_data):
    # Its own county's: of another's register no row comes in.
    Bureau.objects.filter(pk=bureau.pk).update(code="150626", name="乌审旗应急管理局")
    bureau.refresh_from_db()
    cast.clerk.refresh_from_db()
    data = (real_data / "enterprises/乌审旗_994.xls").read_bytes()
    imports.apply(imports.preview(data, "乌审旗_994.xls", by=cast.clerk), by=cast.clerk)
    classes.propose(bureau, by=cast.clerk)
    classes.confirm(Subject.objects.exclude(proposed_category=None), by=cast.clerk)
    return Subject.objects.filter(bureau=bureau)


@pytest.fixture
def thirty(bureau):
    skills = list(Skill.objects.filter(bureau=bureau).values_list("name", flat=True))
    found = []
    for number in range(1, 31):
        account = accounts.open_account(bureau, f"r{number}", f"检查员{number}", ["inspector"])
        knows = [skill for position, skill in enumerate(skills) if (number + position) % 3]
        found.append(add_inspector(bureau, number, knows, leads=number % 2 == 0, account=account))
    return found


@pytest.mark.slow
def test_a_round_over_the_real_register(bureau, cast, real_register, thirty, make_task, seal):
    sizes = Counter(real_register.exclude(category=None).values_list("category__name", flat=True))
    strata = [(name, 1000, 1) for name, count in sizes.items() if count >= 5]
    assert len(strata) >= 4, sizes
    for number, firm in enumerate(real_register.exclude(category=None)[:60]):
        recuse(cast, thirty[number % 30], firm)

    draw = seal(make_task(strata))
    pool = read_commitment(draw.commit_json.encode()).pool
    classed = real_register.filter(category__name__in=[name for name, _, _ in strata])
    assert set(pool) == set(classed.values_list("ref", flat=True))
    for told in draw.public_facts["strata"]:
        assert sum(told["counts"].values()) == told["rows"] == sizes[told["name"]]
    assert draw.public_facts["recused_pairs"] == sum(
        1 for each in draw.bureau.relation_set.all() if each.subject.ref in pool
    )

    draw = drawing.run(throw(draw).pk)
    assert draw.status == "drawn"
    result = json.loads(draw.result_json)
    barred = {
        (each.subject.ref, each.inspector.ref)
        for each in bureau.relation_set.select_related("subject", "inspector")
    }
    assert not any((ref, person) in barred for ref, team in result["teams"].items() for person in team)
    told = verify(
        draw.commit_json.encode(),
        draw.result_json.encode(),
        openings_data=draw.openings_json.encode(),
        commitment=draw.commitment,
        result_hash=draw.result_digest,
    )
    assert "重算一致" in told and draw.result_digest == engine.digest(draw.result_json)

    for case in draw.cases.all():
        inspect(case)
    assert releases.release(draw, by=cast.clerk).result
