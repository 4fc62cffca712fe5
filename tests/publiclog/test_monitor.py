"""Each way of telling another story is named by the monitor, though it is soundly signed with the own key."""

import ast
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from publicity import lognote, monitor
from publicity.views.log import PROGRAMS

from . import forging
from .forging import ZEROS, Story, find, look

ROOT = Path(__file__).parents[2]


def test_a_true_story_has_no_fault_whole_or_in_pieces(story, tmp_path):
    whole = look(story, story.written(tmp_path / "whole"))
    assert whole.faults == []
    state = None
    for size in (1, 2, 9, 15, len(story.leaves)):
        seen = look(story, story.written(tmp_path / str(size), size), state)
        if size == len(story.leaves):
            assert seen.faults == []
        state = json.loads(json.dumps(seen.kept()))
    assert state["root"] == whole.kept()["root"] and state["book"] == whole.kept()["book"]


def reorder(story):
    one, other = (story.leaves.index(find(story, "seal", n)) for n in (0, 1))
    story.leaves[one], story.leaves[other] = story.leaves[other], story.leaves[one]


def gap(story):
    story.leaves = [each for each in story.leaves if each.get("draw") != "990101-2026-001"]


def renumbered_gap(story):
    gap(story)
    find(story, "seal")["prev"] = ZEROS


def two_living(story):
    story.draw(3, "甲2号")


def second_without_after(story):
    story.say("void", "990101-2026-002", draw="990101-2026-002", reason="x", carry=1)
    story.draw(3, "甲2号")


def no_lodge(story):
    story.leaves.remove(find(story, "lodge", 1))


def no_value(story):
    story.leaves.remove(find(story, "value", 1))


def other_value(story):
    find(story, "value")["value"] = "9999999999"


def lodged_late(story):
    lodge, value = find(story, "lodge", 1), find(story, "value")
    story.leaves.remove(lodge)
    story.leaves.insert(story.leaves.index(value) + 1, lodge)


def lottery_first(story):
    lottery = find(story, "value", 2)
    story.leaves.remove(lottery)
    story.leaves.insert(story.leaves.index(find(story, "value")), lottery)


def hidden_change(story):
    story.leaves = [
        each for each in story.leaves if not (each["kind"] in ("request", "change") and each.get("num") == 2)
    ]


def change_without_request(story):
    story.leaves.remove(find(story, "request"))


def other_result(story):
    find(story, "release")["files"]["result.json"] = "e" * 64


def other_commit(story):
    find(story, "release")["files"]["commit.json"] = "e" * 64


def before_its_time(story):
    find(story, "lodge")["at"] = find(story, "seal")["at"]


def sealed_late(story):
    find(story, "seal")["seed_at"] = "2026-03-02T07:00+08:00"


def backwards(story):
    find(story, "result")["at"] = "2026-03-01T08:00+08:00"


def wrong_count(story):
    find(story, "count", 1)["drawn"] = 1


def void_without_result(story):
    draw = "990101-2026-001"
    at = story.leaves.index(find(story, "value"))
    told = story.say("void", draw, at=story.now, draw=draw, reason="x", carry=0)
    story.leaves.remove(told)
    told["at"] = story.leaves[at]["at"]
    story.leaves.insert(at, told)


def ended_twice(story):
    story.say("said", "bbbb", story.file({"said": 4}), sub="withdrawn", until="", version=2)


def said_twice(story):
    story.say("said", "aaaa", story.file({"said": 5}), sub="result", until="", version=1)


def before_in_the_middle(story):
    told = {"from": len(story.leaves) + 1, "to": len(story.leaves) + 9, "missing": "before"}
    story.say("restore", "before", **told)


def another_field(story):
    find(story, "plan")["name"] = "某某公司"


def another_bureau(story):
    find(story, "plan")["bureau"] = "990202"


def strange_kind(story):
    find(story, "plan")["kind"] = "secret"


def another_source(story):
    find(story, "lodge")["name"] = "骰子丙"


def release_twice(story):
    told = find(story, "release")
    story.say("release", told["about"], draw=told["draw"], files=told["files"])


STORIES = {
    reorder: "没有接在前一次封存之后",
    gap: "没有接在前一次封存之后",
    renumbered_gap: "编号不连续",
    two_living: "已有一次有效的抽取",
    second_without_after: "没有写明接续的是哪一次",
    no_lodge: "没有提交过",
    no_value: "缺 lodge 或 value",
    other_value: "数值与它提交时的指纹不符",
    lodged_late: "在数值打开以后提交",
    lottery_first: "彩票的号码在骰子之前",
    hidden_change: "有变更被隐瞒",
    change_without_request: "没有先公布申请的指纹",
    other_result: "公开的结果不是当时的那一份",
    other_commit: "公开的封存文件不是封存的那一份",
    before_its_time: "早于摇号时间",
    sealed_late: "封存晚于宣布的摇号时间",
    backwards: "早于前一条",
    wrong_count: "drawn 应是 2，写的是 1",
    void_without_result: "没有先算完",
    ended_twice: "已经终止",
    said_twice: "说了两次",
    before_in_the_middle: "把后来的事实说成启用日志以前的",
    another_field: "种类或者字段不对",
    another_bureau: "机关应是 990101",
    strange_kind: "种类或者字段不对",
    another_source: "不是封存时公布的来源",
    release_twice: "公开了两次",
}


@pytest.mark.parametrize("forge", STORIES, ids=lambda forge: forge.__name__)
def test_a_false_story_is_named(story, tmp_path, forge):
    forge(story)
    faults = look(story, story.written(tmp_path)).faults
    assert any(STORIES[forge] in each for each in faults), faults


def test_a_second_log_goes_on_with_the_series_of_the_first_and_no_other_may(story, tmp_path):
    """Where the bytes of the first are nowhere: its `restore` stands at the very beginning."""
    key, at = story.leaves[0], find(story, "seal", 1)
    story.leaves = story.leaves[story.leaves.index(at) : story.leaves.index(find(story, "release", 1)) + 1]
    lone = look(story, story.written(tmp_path / "lone")).faults
    assert any("没有接在前一次封存之后" in each for each in lone) and any(
        "编号不连续" in each for each in lone
    )
    told = {"kind": "restore", "about": forging.ORIGIN, "digest": ""}
    story.leaves.insert(0, key | told | {"from": 0, "to": 0, "missing": ["note"]})
    story.leaves[0].pop("op")
    story.count()
    seen = look(story, story.written(tmp_path / "heir"))
    assert seen.faults == [] and any("已经找不回" in each for each in seen.notes)
    number = "990101-2026-001"  # which the first had sealed
    for kind in ("void", "void"):
        story.say(kind, number, draw=number, reason="x", carry=0)
    assert [each for each in look(story, story.written(tmp_path / "twice")).faults if "两次" in each]
    story.leaves.pop()
    story.draw(4, "甲4号")  # but from there on without a gap
    assert any("应是第 3 号" in each for each in look(story, story.written(tmp_path / "gap")).faults)


def test_a_follower_that_takes_other_enterprises_is_named(tmp_path):
    """§8: the must rows of the next are the enterprises of the one that is void."""
    for taken, is_named in ((["A", "B"], False), (["A", "C"], True), (["A"], True)):
        story = Story()
        first = story.draw(1, "甲1号", release=False)
        result = story.file({"must": ["A"], "objects": [{"drawn": ["B"]}]})
        find(story, "result")["digest"] = result
        number = "990101-2026-001"
        story.say("void", number, draw=number, reason="x", carry=1)
        pool = [[each, "甲", 1, "M", "0"] for each in taken] + [["D", "甲", 1, "X:closed", "0"]]
        commit = story.file({"pool": pool, "strata": [["甲", 0, 0, "s"]]})
        story.draw(2, "甲1号", follows=first, release=False)
        seal = find(story, "seal", 1)
        old, seal["digest"] = seal["digest"], commit
        for each in story.leaves:
            if each["kind"] == "lodge" and each["draw"] == seal["draw"]:
                value = next(
                    v
                    for v in story.leaves
                    if v["kind"] == "value" and v["draw"] == seal["draw"] and v["pos"] == each["pos"]
                )
                told = ("SJS1", "LODGE", commit, each["name"], value["value"], value["nonce"])
                each["digest"] = forging.sha("|".join(told))
        assert old != commit
        files = {"commit.json": first, "result.json": result, "changes.json": story.file(story.made[0])}
        story.say("release", number, draw=number, files=files)
        later = {"commit.json": commit, "result.json": find(story, "result", 1)["digest"]}
        later["changes.json"] = story.file(story.made[1])
        story.say("release", seal["draw"], draw=seal["draw"], files=later)
        faults = look(story, story.written(tmp_path / "".join(taken))).faults
        assert [each for each in faults if "没有原样接下" not in each] == []
        assert bool(faults) == is_named, taken


def test_a_withheld_release_and_a_draw_that_nobody_throws(story, tmp_path):
    story.draw(3, "甲3号", release=False)
    story.draw(4, "甲4号", release=False)
    story.leaves = [
        each for each in story.leaves if each.get("draw") != "990101-2026-004" or each["kind"] == "seal"
    ]
    seen = look(story, story.written(tmp_path), now=story.now + timedelta(days=30))
    assert any("990101-2026-003：应于" in each for each in seen.faults)
    assert any("990101-2026-004" in each and "七天后还没有结果" in each for each in seen.faults)


def test_a_log_that_stands_still_is_an_old_view(story, tmp_path):
    seen = look(story, story.written(tmp_path), now=story.now + timedelta(hours=27))
    assert any("没有动静" in each for each in seen.faults)
    seen = look(story, story.written(tmp_path), now=story.now - timedelta(hours=2))
    assert any("还没有到" in each for each in seen.faults)


def test_whoever_saw_more_or_otherwise_before_names_it(story, tmp_path):
    state = look(story, story.written(tmp_path / "then")).kept()
    root, size = story.checkpoint().root.hex(), len(story.leaves)
    short = look(story, story.written(tmp_path / "short", size - 3), json.loads(json.dumps(state)))
    assert any("日志缩短了" in each for each in short.faults)
    find(story, "plan")["version"] = "2026-2"
    other = story.written(tmp_path / "other")
    assert any("分叉或被改写" in each for each in look(story, other, state).faults)
    assert any("印出来的" in each for each in look(story, other, seen=[(size, root)]).faults)
    assert look(story, tmp_path / "then", seen=[(size, root)]).faults == []


def test_bytes_that_do_not_fit_their_hashes(story, tmp_path):
    story.written(tmp_path)
    bundle = next((tmp_path / "tile/entries").rglob("*.p/*"))
    data = bundle.read_bytes()
    bundle.write_bytes(data.replace("甲1号".encode(), "甲9号".encode()))
    assert any("与它的摘要不符" in each for each in look(story, tmp_path).faults)
    bundle.write_bytes(data[:-5])
    assert any("不完整" in each for each in look(story, tmp_path).faults)
    bundle.unlink()
    assert any("不在" in each for each in look(story, tmp_path).faults)


def test_a_file_changed_taken_away_or_erased_by_law(story, tmp_path):
    story.written(tmp_path)
    plan, said = find(story, "plan")["digest"], find(story, "said")["digest"]
    (tmp_path / "file" / plan).write_bytes(b"{}")
    (tmp_path / "file" / said).unlink()
    faults = look(story, tmp_path).faults
    assert any("plan 的文件与公布的指纹不符" in each for each in faults)
    assert any("said 的文件不在" in each for each in faults)

    class Erased(monitor.Source):
        def get(self, name):
            if name in (f"file/{said}", f"file/{plan}"):
                raise monitor.Gone
            return super().get(name)

    key = lognote.Key.of(str(story.signer.key))
    seen = monitor.Monitor(Erased(str(tmp_path)), [(key, "")], now=story.now)
    assert [each for each in seen.look() if "said" in each] == []
    assert any("plan 的文件被拿走了" in each for each in seen.faults)


def test_another_key_and_a_key_that_was_changed_soundly(story, tmp_path):
    true = look(story, story.written(tmp_path / "true")).kept()
    thief = Story()
    thief.leaves, thief.files = list(story.leaves), story.files
    keys = [(lognote.Key.of(str(story.signer.key)), "")]
    seen = monitor.Monitor(monitor.Source(str(thief.written(tmp_path / "thief"))), keys, true, story.now)
    assert any("公钥被换" in each for each in seen.look())
    # the new key is named by a leaf that the old one has signed: whoever follows goes along
    story.say("key", str(thief.signer.key), op="begin")
    mid = look(story, story.written(tmp_path / "both"), json.loads(json.dumps(true))).kept()
    thief.leaves = story.leaves
    thief.say("key", str(story.signer.key), at=story.now, op="end")
    seen = monitor.Monitor(monitor.Source(str(thief.written(tmp_path / "new"))), keys, mid, story.now)
    assert seen.look() == []
    story.say("plan", "plan-2026-9.json", story.file({"p": 9}), version="9")  # the ended key signs on
    seen = monitor.Monitor(monitor.Source(str(story.written(tmp_path / "old"))), keys, seen.kept(), story.now)
    assert any("公钥被换" in each for each in seen.look())


def test_the_program_from_the_command_line(story, tmp_path, capsys, monkeypatch):
    story.written(tmp_path / "log")
    (tmp_path / "keys.txt").write_text(f"# 青原县\n{story.signer.key}\n")
    given = [str(tmp_path / "log"), "--keys", str(tmp_path / "keys.txt"), "--state", str(tmp_path / "s.json")]
    real = monitor.Monitor

    def then(source, keys, state=None):
        return real(source, keys, state, story.now)

    monkeypatch.setattr(monitor, "Monitor", then)
    assert monitor.main(given) == 0 and "一致" in capsys.readouterr().out
    assert monitor.main([*given, "--seen", f"{len(story.leaves)}:{'0' * 64}"]) == 1
    assert "印出来的" in capsys.readouterr().out
    assert monitor.main([*given, "--seen", "nonsense"]) == 2
    (tmp_path / "keys.txt").write_text("nonsense")
    assert monitor.main(given) == 2 and "错误" in capsys.readouterr().err


def test_the_programs_ask_for_no_more_than_python_3_8(tmp_path):
    """What /log/ says of them: their grammar, what they import, what later versions have added."""
    for name in PROGRAMS:
        text = (ROOT / "publicity" / name).read_text()
        tree = ast.parse(text, feature_version=(3, 8))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not used & {"removeprefix", "removesuffix", "pairwise", "bit_count"}, name
        words = {each.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for each in node.keywords}
        assert "strict" not in words, name
        found = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
        asked = {
            each.name.partition(".")[0]
            for node in found
            if isinstance(node, ast.Import)
            for each in node.names
        }
        asked |= {
            node.module.partition(".")[0]
            for node in found
            if isinstance(node, ast.ImportFrom) and not node.level
        }
        assert asked <= sys.stdlib_module_names, asked
