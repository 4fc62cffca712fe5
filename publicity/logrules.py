"""What the leaves of a log have to be, one after the other (MQL1), and what each draw's leaves must be
together (SJS1 §8). Standard library only, without a line of what writes them."""

import hashlib
import json
import re
import unicodedata
from datetime import datetime, timedelta, timezone

ZEROS = "0" * 64
HERE = timezone(timedelta(hours=8))
KINDS = {
    "list": "version",
    "plan": "version",
    "group": "version",
    "rules": "version",
    "seal": "after draw notice prev release_by seed_at sources task",
    "lodge": "draw name pos",
    "value": "draw name nonce pos value",
    "result": "draw",
    "infeasible": "draw",
    "request": "draw num",
    "change": "draw num reason",
    "void": "carry draw reason",
    "release": "draw files",
    "said": "sub until version",
    "count": "drawn force late released sealed void",
    "key": "op",
    "restore": "from missing to",
}
_FRAME = ["about", "at", "bureau", "digest", "kind", "n", "v"]
_HEX = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\+08:00")
_KEPT = (
    "bureau",
    "n",
    "last",
    "draws",
    "order",
    "said",
    "first",
    "over",
    "keys",
    "notes",
    "undated",
    "rules",
    "heir",
    "before",
)
_GOING_ON = ("lodge", "value", "result", "infeasible", "request", "change", "void", "release")
_SEED = ("lodge", "value")
OVER = ("withdrawn", "repaired", "ended")  # of `said`: it is shown no more
STUCK = timedelta(days=7)  # after which a sealed draw that nobody throws is told
RESTORED = "restore"  # the reason class of what is void because the database has lost it
BEFORE = "before"  # of a restore leaf: these facts are older than the log, their `at` dates nothing


def moment(text):
    """A leaf's time as a datetime."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M%z")


def canonical(value):
    """Canonical JSON (SJS1 §2) as bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def hash_of(data):
    return hashlib.sha256(data).hexdigest()


def _place(number):
    """A draw's place in the series: its year and its number of that year."""
    year, serial = number.rsplit("-", 2)[1:]
    return int(year), int(serial)


class Book:
    """The leaves of a log so far. `state`: as `kept()` gave it, to go on from. Each `read` returns the faults
    of one leaf as Chinese sentences."""

    def __init__(self, state=None):
        state = state or {}
        self.bureau = state.get("bureau", "")
        self.n, self.last = state.get("n", 0), state.get("last", "")
        self.draws, self.order = state.get("draws", {}), state.get("order", [])
        self.said, self.keys = state.get("said", {}), state.get("keys", {})
        self.notes, self.undated = state.get("notes", []), state.get("undated", [])
        self.heir = state.get("heir", "")  # whose series this log goes on with; "" of a first one
        self.before = state.get("before", {})  # its leaves of draws that the first has sealed: {draw: kinds}
        self.first, self.over = state.get("first", 0), state.get("over", 0)
        self.rules, self.files = state.get("rules", ""), []  # files: what this reading has named

    def kept(self):
        return {name: getattr(self, name) for name in _KEPT}

    def read(self, data):
        """One leaf's bytes."""
        at, self.n = self.n, self.n + 1
        try:
            leaf = json.loads(data)
            faults = list(self._form(leaf, data, at))
            if not faults and self._goes_on(leaf):
                faults = list(self._of_before(leaf))
            elif not faults:
                faults = list(getattr(self, f"_{leaf['kind']}")(leaf))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as wrong:
            return [f"第 {at} 条不成形：{type(wrong).__name__}"]
        return [f"第 {at} 条（{leaf.get('kind')} {leaf.get('about')}）：{each}" for each in faults]

    def is_undated(self, n):
        return any(first <= n < last for first, last in self.undated)

    # -- form ----------------------------------------------------------------------------------------

    def _form(self, leaf, data, at):
        if canonical(leaf) != data or unicodedata.normalize("NFC", data.decode()) != data.decode():
            yield "不是规范 JSON"
        fields = KINDS.get(leaf.get("kind"))
        if fields is None or sorted(leaf) != sorted([*_FRAME, *fields.split()]):
            yield "种类或者字段不对"
            return
        if leaf["v"] != "MQL1" or leaf["n"] != at:
            yield f"序号应是 {at}，写的是 {leaf['n']}"
        self.bureau = self.bureau or leaf["bureau"]
        if leaf["bureau"] != self.bureau:
            yield f"机关应是 {self.bureau}"
        if not _AT.fullmatch(leaf["at"]) or leaf["at"] < self.last:
            yield f"时间 {leaf['at']} 早于前一条 {self.last}"
        else:
            self.last = leaf["at"]
        if leaf["digest"] and not _HEX.fullmatch(leaf["digest"]):
            yield "指纹不成形"

    # -- what the log before this one had begun ------------------------------------------------------

    def _goes_on(self, leaf):
        """Whether it tells of a draw that stands in the first log, whose leaves are nowhere."""
        if not self.heir or leaf["kind"] not in _GOING_ON or leaf["draw"] in self.draws:
            return False
        return not self.order or _place(leaf["draw"]) < _place(self.order[0])

    def _of_before(self, leaf):
        told = self.before.setdefault(leaf["draw"], [])
        kind = "result" if leaf["kind"] == "infeasible" else leaf["kind"]
        if kind in told and kind in ("result", "void", "release") or "result" in told and kind in _SEED:
            yield "说了两次"
        if not told:
            self.notes.append(f"{leaf['draw']} 封存在找不回的那一本里：这里核对不了它")
        told.append(kind)
        if leaf["kind"] == "release":
            named = leaf["files"].items()
            self.files += [(digest, f"{leaf['draw']} {name}", "before") for name, digest in named]

    # -- what is published ---------------------------------------------------------------------------

    def _list(self, leaf):
        if not leaf["digest"]:
            yield "没有文件的指纹"
        self.files.append((leaf["digest"], leaf["about"], leaf["kind"]))

    _plan = _group = _list

    def _rules(self, leaf):
        self.rules = leaf["digest"]
        return self._list(leaf)

    def _said(self, leaf):
        known, is_over = self.said.get(leaf["about"]), leaf["sub"] in OVER
        if is_over and known != 0 and not (self.heir and known is None):
            yield "终止的公示没有说过，或者已经终止"
        elif not is_over and known is not None:
            yield "同一个公示编号说了两次"
        elif not is_over and (leaf["version"] == 1) == (leaf["sub"] == "correction"):
            yield "版次与种类不符"
        self.said[leaf["about"]] = int(is_over)
        self.first += not is_over and leaf["version"] == 1
        self.over += is_over
        self.files.append((leaf["digest"], leaf["about"], "said"))

    def _count(self, leaf):
        day = leaf["about"]
        if day != leaf["at"][:10]:
            yield "不是这一天的"
        for name, number in self.counts(day).items():
            if leaf[name] != number:
                yield f"{name} 应是 {number}，写的是 {leaf[name]}"

    def counts(self, day):
        """What a day's count must say, from the leaves so far alone."""
        draws = self.draws.values()
        late = [each for each in draws if each["release_by"] < day and each["release"] is None]
        told = [kind for kinds in self.before.values() for kind in kinds]
        return {
            "sealed": len(draws),
            "drawn": sum(bool(each["result"]) for each in draws) + told.count("result"),
            "void": sum(bool(each["void"]) for each in draws) + told.count("void"),
            "released": sum(each["release"] is not None for each in draws) + told.count("release"),
            "late": len(late),
            "force": self.first - self.over,
        }

    def _key(self, leaf):
        if leaf["op"] not in ("begin", "end") or (leaf["op"] == "end") != (leaf["about"] in self.keys):
            yield "公钥的启用停用对不上"
        self.keys[leaf["about"]] = leaf["op"]

    def _restore(self, leaf):
        if leaf["n"] == 0 and leaf["from"] == leaf["to"] == 0 and leaf["missing"] != BEFORE:
            self.heir = leaf["about"]
            self.notes.append(f"这本日志接着 {leaf['about']}，那一本的条目已经找不回")
        elif leaf["missing"] == BEFORE:
            if leaf["n"] > 1 or leaf["from"] != leaf["n"] + 1:
                yield "把后来的事实说成启用日志以前的"
                return
            self.undated.append([leaf["from"], leaf["to"]])
            self.notes.append(f"第 {leaf['from']} 至 {leaf['to'] - 1} 条是启用日志以前的事实，时间不作数")
        elif not 0 <= leaf["from"] <= leaf["to"] <= leaf["n"]:
            yield "恢复的范围不对"
        else:
            told = "、".join(leaf["missing"]) or "没有缺"
            self.notes.append(f"{leaf['at']} 日志从旧的数据库恢复，数据库里缺：{told}")

    # -- draws ---------------------------------------------------------------------------------------

    def _seal(self, leaf):
        yield from self._series(leaf)
        if not self.is_undated(leaf["n"]) and leaf["at"] > leaf["seed_at"]:
            yield f"封存晚于宣布的摇号时间 {leaf['seed_at']}"
        if leaf["release_by"] <= leaf["seed_at"][:10] or len(set(leaf["sources"])) != len(leaf["sources"]):
            yield "公开的日子或者来源不对"
        self.files.append((leaf["notice"], leaf["about"], "seal"))
        self.order.append(leaf["draw"])
        self.draws[leaf["draw"]] = {
            "n": leaf["n"],
            "at": leaf["at"],
            "commitment": leaf["digest"],
            "result": "",
            "kind": "",
            "lodged": {},
            "values": {},
            "requests": [],
            "changes": [],
            "void": "",
            "lost": 0,
            "release": None,
            **{name: leaf[name] for name in ("task", "after", "seed_at", "release_by", "sources")},
        }

    def _series(self, leaf):
        if leaf["draw"] != leaf["about"] or leaf["draw"] in self.draws or leaf["draw"] in self.before:
            yield f"抽取编号 {leaf['draw']} 用过"
        last = self.draws[self.order[-1]]["commitment"] if self.order else ZEROS
        if leaf["prev"] != last and (self.order or not self.heir):
            yield "没有接在前一次封存之后：中间有封存不见了，或者次序被改"
        code, year, serial = leaf["draw"].rsplit("-", 2)
        same = [each for each in self.order if each.rsplit("-", 1)[0] == f"{code}-{year}"]
        due = int(same[0].rsplit("-", 1)[1]) + len(same) if same else 1
        if code != self.bureau or int(serial) != due and (same or not self.heir):
            yield f"编号不连续：{code}-{year} 应是第 {due} 号"
        mine = [each for each in self.draws.values() if each["task"] == leaf["task"]]
        living = [each for each in mine if not each["void"] and each["kind"] != "infeasible"]
        if living:
            yield "这个任务已有一次有效的抽取：不能再封存"
        elif mine and mine[-1]["lost"]:
            yield "接续的那一次摇过号，文件已丢：它的企业有没有原样接下，核对不了"
        elif leaf["after"] != (mine[-1]["commitment"] if mine else ZEROS) and (mine or not self.heir):
            yield "没有写明接续的是哪一次"

    def _of(self, leaf):
        found = self.draws[leaf["draw"]]
        if leaf["about"] != leaf["draw"]:
            raise ValueError
        return found

    def _lodge(self, leaf):
        draw = self._of(leaf)
        yield from self._source(draw, leaf)
        if leaf["at"] < draw["seed_at"]:
            yield "早于摇号时间"
        if draw["values"] or str(leaf["pos"]) in draw["lodged"]:
            yield "在数值打开以后提交，或者提交了两次"
        draw["lodged"][str(leaf["pos"])] = leaf["digest"]

    def _value(self, leaf):
        draw = self._of(leaf)
        yield from self._source(draw, leaf)
        at = str(leaf["pos"])
        if at in draw["values"] or draw["result"]:
            yield "数值打开了两次，或者在结果之后"
        if leaf["nonce"]:
            told = (draw["commitment"], leaf["name"], leaf["value"], leaf["nonce"])
            if draw["lodged"].get(at) != hash_of("|".join(("SJS1", "LODGE", *told)).encode()):
                yield "数值与它提交时的指纹不符，或者没有提交过"
        elif at in draw["lodged"] or set(draw["lodged"]) - set(draw["values"]):
            yield "彩票的号码在骰子之前"
        draw["values"][at] = leaf["value"]

    def _source(self, draw, leaf):
        names = draw["sources"]
        if not 1 <= leaf["pos"] <= len(names) or names[leaf["pos"] - 1] != leaf["name"]:
            yield "不是封存时公布的来源"

    def _result(self, leaf):
        draw = self._of(leaf)
        if len(draw["values"]) != len(draw["sources"]):
            yield "还有来源的数值没有打开：缺 lodge 或 value"
        if draw["result"] or draw["void"]:
            yield "结果出了两次，或者在作废之后"
        draw["result"], draw["kind"] = leaf["digest"], leaf["kind"]

    _infeasible = _result

    def _request(self, leaf):
        draw = self._of(leaf)
        if leaf["num"] != len(draw["requests"]) + 1 or len(draw["changes"]) != len(draw["requests"]):
            yield "变更的次序不对：前一次还没有完成"
        if draw["kind"] != "result" or draw["release"] is not None:
            yield "没有结果，或者已经公开，不能变更"
        draw["requests"].append(leaf["digest"])

    def _change(self, leaf):
        draw = self._of(leaf)
        if leaf["num"] != len(draw["changes"]) + 1 or leaf["num"] != len(draw["requests"]):
            yield "变更没有先公布申请的指纹"
        draw["changes"].append(leaf["digest"])

    def _void(self, leaf):
        draw = self._of(leaf)
        if draw["void"] or draw["kind"] == "infeasible":
            yield "已经作废，或者本来排不出"
        if draw["lodged"] and not draw["result"]:
            yield "有见证人提交以后作废，却没有先算完"
        if leaf["carry"] != int(bool(draw["result"])):
            yield "carry 与是否摇过不符"
        draw["void"] = leaf["at"]
        draw["lost"] = int(leaf["reason"] == RESTORED and bool(draw["values"] or draw["result"]))

    def _release(self, leaf):
        draw, files = self._of(leaf), leaf["files"]
        if draw["release"] is not None or not (draw["result"] or draw["void"]):
            yield "公开了两次，或者还没有结果"
        if files.get("commit.json") != draw["commitment"]:
            yield "公开的封存文件不是封存的那一份"
        if draw["result"] and files.get("result.json") != draw["result"]:
            yield "公开的结果不是当时的那一份"
        if draw["kind"] == "result" and "changes.json" not in files:
            yield "没有变更文件"
        draw["release"] = files
        self.files += [(digest, f"{leaf['draw']} {name}", name) for name, digest in files.items()]

    # -- second chances (SJS1 §8) --------------------------------------------------------------------

    def released(self, number, name, told):
        """What a released file says that the draw after it is bound by."""
        draw = self.draws[number]
        if name == "commit.json" and "pool" in told:
            draw["must"] = hash_of(canonical(sorted(row[0] for row in told["pool"] if row[3] == "M")))
            rates = {each[0]: (each[1], each[2]) for each in told["strata"]}
            free = {row[1] for row in told["pool"] if row[3] == "E"}
            draw["others"] = int(any(rates[each] != (0, 0) for each in free))
        elif name == "result.json" and "objects" in told:
            drawn = [ref for each in told["objects"] for ref in each["drawn"]]
            draw["tasks"] = hash_of(canonical(sorted(set(told["must"]) | set(drawn))))

    def second_chances(self):
        """A draw that follows one that was thrown has its enterprises as must rows, and draws no others. (The
        duty passes through draws that were void before their seed.)"""
        for number in self.order:
            draw = self.draws[number]
            before = [each for each in self.draws.values() if each["task"] == draw["task"]]
            before = [each for each in before[: before.index(draw)] if each["result"]]
            if not before or "must" not in draw or "tasks" not in before[-1] or draw.get("told_chance"):
                continue
            if draw["must"] != before[-1]["tasks"] or draw["others"]:
                draw["told_chance"] = 1
                yield f"{number}：接续的抽取没有原样接下前一次的企业"

    # -- what must have come by now -----------------------------------------------------------------

    def overdue(self, now):
        """What is lacking at a moment: releases that are withheld, draws that nobody throws."""
        for number, draw in self.draws.items():
            day = now.astimezone(HERE).strftime("%Y-%m-%d")
            if draw["release"] is None and draw["release_by"] < day:
                yield f"{number}：应于 {draw['release_by']} 公开，到现在没有公开"
            if not draw["result"] and not draw["void"] and now - moment(draw["seed_at"]) > STUCK:
                yield f"{number}：{draw['seed_at']} 应摇号，七天后还没有结果"
