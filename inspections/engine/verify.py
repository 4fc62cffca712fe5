#!/usr/bin/env python3
"""双随机抽取独立核验程序（SJS1）。一个文件，只用 Python 3.8 以上的标准库，不含任何求解器。

用法：python3 verify.py commit.json result.json [--openings openings.json] [--changes changes.json]
                        [--commitment 公布的指纹] [--result-hash 公布的结果的指纹]
                        [--requests 各次变更开码前公布的指纹，以逗号分开]
退出码：0 核验通过，1 核验不通过。输出一行中文：核验了什么，或什么不对。

它怎样核验：
  1. commit.json 的 SHA-256 就是封存时公布的指纹；改动任何一个字，指纹就变。
  2. 抽签数 = SHA-256（封存文件的指纹、盐、各来源的摇号数值）；签号 = SHA-256（抽签数|用途|编号…）。
  3. 每层企业按最小签号排队，取前 k 户；与 result.json 逐一对照。
  4. 检查组：按签号逐人走一遍。入组的人由最后排成的名单证明；被跳过的人，每一条都带一个“割”，
     用一个不等式证明“让他入组，就再也排不齐”。所以核验不需要求解器。
  5. 变更：一次性码逐次算指纹必须回到封存的顶端，替换者由签号重新算出。

This file shares no line with the engine that made the draw, on purpose.
"""

import argparse
import hashlib
import heapq
import json
import sys
import unicodedata


class Refused(Exception):
    pass


def need(condition, sentence):
    if not condition:
        raise Refused(sentence)


def sha(text):
    return hashlib.sha256(text.encode("utf-8") if isinstance(text, str) else text).hexdigest()


# ---------------------------------------------------------------- reading files


def read(path, title):
    with open(path, "rb") as handle:
        return parse(handle.read(), title)


def parse(raw, title):
    """Returns (value, bytes). Only the canonical form is taken: what is hashed has one spelling."""

    def once(pairs):
        need(len({name for name, _ in pairs}) == len(pairs), title + "：有重复的键")
        return dict(pairs)

    def never(text):
        raise Refused(title + "：不允许出现 " + text)

    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=once, parse_float=never, parse_constant=never
        )
        allowed(value, title)
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    except Refused:
        raise
    except (ValueError, RecursionError):
        raise Refused(title + "：读不懂，不是规范 JSON") from None
    need(again == raw, title + "：不是规范 JSON")
    return value, raw


def allowed(value, title):
    kind = type(value)
    if kind is dict:
        for name in value:
            need(name.isascii(), title + "：键不是 ASCII")
            allowed(value[name], title)
    elif kind is list:
        for each in value:
            allowed(each, title)
    elif kind is str:
        need(value.isascii() or unicodedata.is_normalized("NFC", value), title + "：字符串不是 NFC 形式")
    elif kind is int:
        need(-(2**53) < value < 2**53, title + "：数字过大")
    else:
        raise Refused(title + "：出现了 null、true 或 false")


def is_hex(value, length):
    return type(value) is str and len(value) == length and not value.strip("0123456789abcdef")


def is_name(value, banned=""):
    return type(value) is str and value != "" and not any(letter in value for letter in banned)


def is_number(value, least):
    return type(value) is int and value >= least


def is_status(value, plain):
    return type(value) is str and (value in plain or (value[:2] == "X:" and len(value) > 2))


def rising(names):
    return all(names[i] < names[i + 1] for i in range(len(names) - 1))


# ---------------------------------------------------------------- the commitment

COMMIT_KEYS = (
    "after draw inspectors pool prev redraw_max redraw_tip rules salt seed_at seed_plan strata task v"
)


def check_commit(c):
    t = "commit.json："
    need(type(c) is dict and sorted(c) == COMMIT_KEYS.split(), t + "键有缺少或多出")
    need(c["v"] == "SJS1", t + "不是 SJS1")
    need(all(is_name(c[k]) for k in ("draw", "task", "seed_at")), t + "编号、任务或时间不合规")
    need(all(is_hex(c[k], 64) for k in ("after", "prev", "redraw_tip")), t + "指纹不合规")
    need(is_hex(c["salt"], 32), t + "盐不合规")
    need(is_number(c["redraw_max"], 0), t + "一次性码个数不合规")

    need(type(c["strata"]) is list, t + "分层不是列表")
    for s in c["strata"]:
        need(type(s) is list and len(s) == 4 and is_name(s[0]) and is_name(s[3]), t + "分层不合规")
        need(is_number(s[1], 0) and is_number(s[2], 0), t + "分层的比例或最少户数不合规")
    strata = [s[0] for s in c["strata"]]
    need(rising(strata), t + "分层未排序或重复")
    known = set(strata)

    need(type(c["pool"]) is list, t + "名录不是列表")
    for row in c["pool"]:
        need(type(row) is list and len(row) == 5 and is_name(row[0], "|,"), t + "名录行不合规")
        need(row[0].isascii(), t + "编号不是 ASCII")
        need(type(row[1]) is str and row[1] in known, t + row[0] + " 的分层不存在")
        need(is_number(row[2], 1), t + row[0] + " 的签数不合规")
        need(is_status(row[3], ("E", "M")), t + row[0] + " 的状态不存在")
        need(is_hex(row[4], 64), t + row[0] + " 的回避的指纹不合规")
    need(rising([row[0] for row in c["pool"]]), t + "名录未排序或重复")

    need(type(c["inspectors"]) is list, t + "检查人员不是列表")
    for p in c["inspectors"]:
        need(
            type(p) is dict and sorted(p) == ["id", "leader", "max", "skills", "status"],
            t + "检查人员的键不合规",
        )
        need(is_name(p["id"], "|,"), t + "检查人员编号不合规")
        need(type(p["leader"]) is int and p["leader"] in (0, 1), t + p["id"] + " 的 leader 不合规")
        need(is_number(p["max"], 0), t + p["id"] + " 的上限不合规")
        need(is_status(p["status"], ("E",)), t + p["id"] + " 的状态不存在")
        need(
            type(p["skills"]) is list and all(is_name(s) for s in p["skills"]), t + p["id"] + " 的专业不合规"
        )
        need(rising(p["skills"]), t + p["id"] + " 的专业未排序或重复")
    need(rising([p["id"] for p in c["inspectors"]]), t + "检查人员未排序或重复")

    r = c["rules"]
    need(
        type(r) is dict and sorted(r) == ["core", "core_leads", "others", "slack_pct", "team"],
        t + "规则的键不合规",
    )
    need(is_number(r["team"], 2) and is_number(r["core"], 1) and r["core"] <= r["team"], t + "组的人数不合规")
    need(type(r["core_leads"]) is int and r["core_leads"] in (0, 1), t + "core_leads 不合规")
    need(r["others"] in ("any", "skill") and is_number(r["slack_pct"], 0), t + "others 或 slack_pct 不合规")

    plan = c["seed_plan"]
    need(type(plan) is list and plan and all(is_name(n, "|=") for n in plan), t + "摇号来源不合规")
    need(len(set(plan)) == len(plan), t + "摇号来源重复")


# ---------------------------------------------------------------- one draw, checked


class Check:
    def __init__(self, commit, commit_raw):
        check_commit(commit)
        self.c = commit
        self.hash = sha(commit_raw)
        self.row = {row[0]: row for row in commit["pool"]}
        self.skill = {s[0]: s[3] for s in commit["strata"]}
        self.person = {p["id"]: p for p in commit["inspectors"]}
        self.able = [p["id"] for p in commit["inspectors"] if p["status"] == "E"]
        self.skilled = {}
        for who in self.able:
            for skill in self.person[who]["skills"]:
                self.skilled.setdefault(skill, []).append(who)
        self.team_size = commit["rules"]["team"]
        self.core_size = commit["rules"]["core"]
        self.conflict = {}

    def T(self, *parts):
        return sha(self.seed + "".join("|" + str(part) for part in parts))

    def begun(self, *head):
        """The hash of a ticket as far as its head goes: the rest is added to a copy of it, so that the seed
        is not hashed again for each of a million tickets."""
        return hashlib.sha256((self.seed + "".join("|" + str(part) for part in head) + "|").encode("utf-8"))

    def ticket(self, begun, rest):
        line = begun.copy()
        line.update(rest.encode("utf-8"))
        return line.digest()

    def lots_key(self, row, begun):
        if row[2] == 1:
            return self.ticket(begun, row[0] + "|1")
        return min(self.ticket(begun, row[0] + "|" + str(lot)) for lot in range(1, row[2] + 1))

    def queue(self, task):
        """Who may be a member, as a heap by their tickets: most are never asked."""
        begun, away = self.begun("INS", task), self.conflict[task]
        able = self.able
        if self.c["rules"]["others"] != "any":
            able = self.skilled.get(self.skill[self.row[task][1]], ())
        heap = [(self.ticket(begun, who), who) for who in able if who not in away]
        heapq.heapify(heap)
        return heap

    # -- fitness

    def member_fit(self, task, who):
        person = self.person[who]
        if person["status"] != "E" or who in self.conflict[task]:
            return False
        return self.c["rules"]["others"] == "any" or self.skill[self.row[task][1]] in person["skills"]

    def core_fit(self, task, who):
        person = self.person[who]
        if person["status"] != "E" or who in self.conflict[task]:
            return False
        if self.c["rules"]["core_leads"] and not person["leader"]:
            return False
        return self.skill[self.row[task][1]] in person["skills"]

    # -- seed and enterprises

    def objects(self, result):
        common = ["cap", "commit", "must", "objects", "seed", "sources", "v"]
        need(type(result) is dict, "result.json：不是对象")
        self.feasible = "teams" in result
        extra = ["log", "order", "teams"] if self.feasible else ["demand", "open", "supply", "tasks"]
        need(sorted(result) == sorted(common + extra), "result.json：键有缺少或多出")
        need(result["v"] == "SJS1" and result["commit"] == self.hash, "result.json：不是这份封存文件的结果")
        sources = result["sources"]
        need(type(sources) is list, "摇号数值不是列表")
        for pair in sources:
            need(
                type(pair) is list and len(pair) == 2 and is_name(pair[0]) and is_name(pair[1], "|"),
                "摇号数值不合规",
            )
            need(pair[1].isascii(), "摇号数值不是 ASCII")
        need([pair[0] for pair in sources] == self.c["seed_plan"], "摇号来源与封存的不同")
        self.seed = sha(
            "|".join(
                ["SJS1", "SEED", self.hash, self.c["salt"]] + [name + "=" + value for name, value in sources]
            )
        )
        need(result["seed"] == self.seed, "抽签数不是由摇号数值算出的")

        tasks = sorted(row[0] for row in self.c["pool"] if row[3] == "M")
        need(result["must"] == tasks, "必查企业与封存名录不符")
        need(
            type(result["objects"]) is list and len(result["objects"]) == len(self.c["strata"]),
            "分层数目不符",
        )
        eligible, begun = {s[0]: [] for s in self.c["strata"]}, self.begun("OBJ")
        for row in self.c["pool"]:
            if row[3] == "E":
                eligible[row[1]].append(row)
        for given, (name, rate, least, _) in zip(result["objects"], self.c["strata"]):
            rows = eligible[name]
            share = (len(rows) * rate + 9999) // 10000
            k = min(len(rows), max(least, share))
            ranked = heapq.nsmallest(k, ((self.lots_key(row, begun), row[0]) for row in rows))
            mine = {"stratum": name, "n": len(rows), "k": k, "drawn": [pair[1] for pair in ranked]}
            need(given == mine, name + "：抽中的企业与按签号算出的不符")
            tasks = tasks + mine["drawn"]
        self.tasks = tasks
        need(is_number(result["cap"], 0), "每人上限不合规")
        return "抽签数与 %d 户企业相符" % len(tasks)

    def openings(self, given):
        need(type(given) is dict, "openings.json：不是对象")
        for row, opening in given.items():
            t = "openings.json：" + row
            need(row in self.row, t + " 不在名录中")
            need(type(opening) is list and len(opening) == 2 and is_hex(opening[0], 32), t + " 不合规")
            ids = opening[1]
            need(
                type(ids) is list and all(type(i) is str and i in self.person for i in ids),
                t + " 有不认识的人员",
            )
            need(rising(ids), t + " 人员未排序或重复")
            text = "|".join(["SJS1", "REC", row, opening[0], ",".join(ids)])
            need(sha(text) == self.row[row][4], t + " 与封存的回避的指纹不符")
            self.conflict[row] = set(ids)
        for task in self.tasks:
            need(task in self.conflict, "openings.json：缺少 " + task)

    # -- the cap

    def before(self, cap):
        """The cap tried before this one, None if it is the first; refused when it is none of those tried."""
        first = next(self.caps())
        if cap == first:
            return None
        if self.c["rules"]["slack_pct"] == 0:
            need(first < cap <= self.top(), "每人上限不在规程的数列里")
            return cap - 1
        last = None
        for each in self.caps():
            if each == cap:
                return last
            last = each
        raise Refused("每人上限不在规程的数列里")

    def last_cap(self):
        if self.c["rules"]["slack_pct"] == 0:
            return max(next(self.caps()), self.top())
        return list(self.caps())[-1]

    def top(self):
        return max([self.person[p]["max"] for p in self.able] or [0])

    def caps(self):
        """Every cap that is tried, in order, up to and with the last one."""
        grow = 100 + self.c["rules"]["slack_pct"]
        people = max(1, len(self.able))
        cap = (len(self.tasks) * self.team_size * grow + 100 * people - 1) // (100 * people)
        top = self.top()
        while True:
            yield cap
            if cap >= top:
                return
            cap = max(cap + 1, (cap * grow + 99) // 100)

    # -- the inequality

    def sides(self, a, b, teams, cap):
        """Both sides of the cut: seats open in A, and the most that can still be filled."""
        need(type(a) is list and type(b) is list, "割不合规")
        need(all(type(x) is str for x in a + b), "割不合规")
        need(rising(a) and rising(b) and set(b) <= set(a) and set(a) <= set(self.tasks), "割不合规")
        have = {who: 0 for who in self.able}
        for team in teams.values():
            for who in team:
                have[who] += 1
        wide = set(b)
        demand = supply = 0
        may = {who: 0 for who in self.able}
        for task in a:
            team = teams.get(task, [])
            seats = self.team_size - len(team)
            demand += seats
            if task not in wide:
                others = sum(1 for who in team if not self.core_fit(task, who))
                supply += min(seats, self.team_size - self.core_size - others)
            for who in self.able:
                if who not in team:
                    if self.core_fit(task, who) or (task in wide and self.member_fit(task, who)):
                        may[who] += 1
        for who in self.able:
            room = min(self.person[who]["max"], cap) - have[who]
            supply += min(max(room, 0), may[who])
        return demand, supply

    # -- the teams

    def walk(self, result):
        cap, log = result["cap"], result["log"]
        need(type(log) is list, "跳过记录不是列表")
        for line in log:
            need(type(line) is list and len(line) == 4, "跳过记录不合规")
        lower, at = self.before(cap), 0
        if lower is not None:
            need(log and log[0][:2] == ["CAP", lower], "缺少上限记录")
            demand, supply = self.sides(log[0][2], log[0][3], {}, lower)
            need(demand > supply, "上限记录的割不能证明更低的上限排不齐")
            at = 1

        order = [task for _, task in sorted((self.T("TASK", task), task) for task in self.tasks)]
        need(result["order"] == order, "任务次序与签号不符")
        given = result["teams"]
        need(type(given) is dict and sorted(given) == sorted(order), "检查组与任务不对应")
        can = set(self.able)
        for task, team in given.items():
            need(
                type(team) is list
                and all(type(w) is str for w in team)
                and len(set(team)) == len(team) == self.team_size,
                task + "：检查组人数不符",
            )
            need(all(who in can for who in team), task + "：检查组里有不能抽取的人员")

        teams, count = {}, {who: 0 for who in self.able}
        for task in order:
            team = teams[task] = []
            want, heap = given[task], self.queue(task)
            while heap and len(team) < self.team_size:
                who = heapq.heappop(heap)[1]
                full = count[who] >= min(self.person[who]["max"], cap)
                core = self.core_fit(task, who)
                others = sum(1 for w in team if not self.core_fit(task, w))
                no_seat = not core and others >= self.team_size - self.core_size
                if not full and not no_seat and want[len(team)] == who:
                    team.append(who)
                    count[who] += 1
                    continue
                need(
                    at < len(log) and log[at][:2] == [task, who],
                    task + "：" + who + " 排在前面却未入组，也没有跳过记录",
                )
                a, b = log[at][2], log[at][3]
                at += 1
                if full:
                    need(a == [] and b == [], task + "：" + who + " 已满，跳过记录写法不符")
                elif no_seat:
                    need(a == [] and b == [task], task + "：" + who + " 无座位，跳过记录写法不符")
                else:
                    trial = dict(teams)
                    trial[task] = team + [who]
                    demand, supply = self.sides(a, b, trial, cap)
                    need(demand > supply, task + "：跳过 " + who + " 的割不足以证明")
            need(team == want, task + "：检查组与签号次序不符")
        need(at == len(log), "跳过记录有多余")
        return "%d 个检查组、%d 条跳过理由逐条成立" % (len(order), len(log))

    def shortage(self, result):
        need(result["cap"] == self.last_cap(), "每人上限不是最后一次的上限")
        demand, supply = self.sides(result["tasks"], result["open"], {}, result["cap"])
        need([result["demand"], result["supply"]] == [demand, supply], "需要与能出的人次与割算出的不符")
        need(demand > supply, "割不能证明排不齐")
        return "确实排不齐检查组（需 %d 人次，至多 %d 人次）" % (demand, supply)

    def loose(self, result):
        """Teams without openings: nothing is claimed of them, but whatever does not
        hang on recusals must hold."""
        if not self.feasible:
            need(result["cap"] == self.last_cap(), "每人上限不是最后一次的上限")
            need(type(result["tasks"]) is type(result["open"]) is list, "割不合规")
            self.looks_like_cut(["", "", result["tasks"], result["open"]])
            need(result["demand"] == self.team_size * len(result["tasks"]), "需要的人次与割不符")
            need(is_number(result["supply"], 0) and result["supply"] < result["demand"], "割不能证明排不齐")
            return "未提供回避开封记录，排不齐的理由未核验"
        cap, log, given = result["cap"], result["log"], result["teams"]
        need(type(log) is list, "跳过记录不是列表")
        for line in log:
            need(
                type(line) is list and len(line) == 4 and type(line[2]) is type(line[3]) is list,
                "跳过记录不合规",
            )
        lower, at = self.before(cap), 0
        if lower is not None:
            need(log and log[0][:2] == ["CAP", lower], "缺少上限记录")
            self.looks_like_cut(log[0])
            at = 1
        order = [task for _, task in sorted((self.T("TASK", task), task) for task in self.tasks)]
        need(result["order"] == order, "任务次序与签号不符")
        need(type(given) is dict and sorted(given) == sorted(order), "检查组与任务不对应")
        count = {who: 0 for who in self.able}
        for task in order:
            self.conflict = {task: ()}
            team, want = [], given[task]
            need(type(want) is list and len(want) == self.team_size, task + "：检查组人数不符")
            heap = self.queue(task)
            while heap and len(team) < len(want):
                who = heapq.heappop(heap)[1]
                full = count[who] >= min(self.person[who]["max"], cap)
                others = sum(1 for w in team if not self.core_fit(task, w))
                no_seat = not self.core_fit(task, who) and others >= self.team_size - self.core_size
                if want[len(team)] == who:
                    need(not full and not no_seat, task + "：" + who + " 不能入组")
                    team.append(who)
                    count[who] += 1
                elif at < len(log) and log[at][:2] == [task, who]:
                    if full or no_seat:
                        need(
                            log[at][2:] == [[], [] if full else [task]],
                            task + "：跳过 " + who + " 的理由不符",
                        )
                    else:
                        self.looks_like_cut(log[at])
                    at += 1
            need(team == want, task + "：检查组与签号次序不符")
        need(at == len(log), "跳过记录有多余")
        self.conflict = {}
        return "未提供回避开封记录，人员分组未核验"

    def looks_like_cut(self, line):
        a, b = line[2], line[3]
        need(a and all(type(x) is str for x in a + b) and rising(a) and rising(b), "割不合规")
        need(set(b) <= set(a) <= set(self.tasks), "割不合规")

    # -- changes

    def changes(self, result, events):
        need(self.feasible, "排不齐检查组的抽取不能有变更")
        need(type(events) is list, "changes.json：不是列表")
        teams = {task: list(team) for task, team in result["teams"].items()}
        past = {task: set() for task in teams}
        used, away, due, unseen = set(teams), set(), [], 0
        for n, e in enumerate(events, 1):
            t = "第 %d 次变更：" % n
            need(type(e) is dict and e.get("kind") in ("subject", "inspector"), t + "种类不合规")
            keys = ["code", "in", "kind", "n", "nonce", "out", "reason"]
            if e["kind"] == "inspector":
                keys += ["scope", "task"]
            need(sorted(e) == sorted(keys), t + "键有缺少或多出")
            need(type(e["n"]) is int and e["n"] == n <= self.c["redraw_max"], t + "序号不符")
            need(all(type(e[k]) is str for k in keys if k != "n"), t + "内容不是文字")
            need(all(e[k] for k in keys if k not in ("n", "in")), t + "内容为空")
            tip = e["code"]
            need(is_hex(tip, 64), t + "一次性码不合规")
            for _ in range(n):
                tip = sha(tip)
            need(tip == self.c["redraw_tip"], t + "一次性码不在封存的码链上")
            if due:
                must = ("inspector", due[0][0], due[0][1], "task")
                need(
                    (e["kind"], e.get("task"), e["out"], e.get("scope")) == must,
                    t + "应先替换须回避的 " + due[0][1],
                )
            if e["kind"] == "subject":
                due = self.change_subject(e, t, teams, past, used)
            else:
                need(e["scope"] in ("task", "draw"), t + "scope 不合规")
                unseen += self.change_inspector(e, t, teams, past, away, result["cap"])
                due = due[1:]
        if unseen:
            return "%d 次变更的次序与一次性码相符（其中 %d 次换人缺回避开封，未核验）" % (len(events), unseen)
        return "%d 次变更相符" % len(events)

    def change_subject(self, e, t, teams, past, used):
        out = e["out"]
        need(out in teams, t + out + " 现在不是任务")
        old = self.row[out]
        new = ""
        if old[3] == "E":
            spare = [r for r in self.c["pool"] if r[1] == old[1] and r[3] == "E" and r[0] not in used]
            begun = self.begun("SUB", e["n"], e["code"])
            new = min((self.lots_key(r, begun), r[0]) for r in spare)[1] if spare else ""
        need(e["in"] == new, t + "换入的企业与签号不符")
        team, history = teams.pop(out), past.pop(out)
        if not new:
            return []
        used.add(new)
        teams[new], past[new] = team, history
        due = [(new, who) for who in team if who in self.conflict.get(new, ())]
        need(e["n"] + len(due) <= self.c["redraw_max"], t + "余下的一次性码不够")
        return due

    def change_inspector(self, e, t, teams, past, away, cap):
        task, out = e["task"], e["out"]
        need(task in teams and out in teams[task], t + out + " 不在这个检查组")
        if e["scope"] == "draw":
            away.add(out)
        team = teams[task]
        blind = task not in self.conflict
        if blind:
            need(e["in"] == "" or (e["in"] in self.person and e["in"] not in team), t + "换入的人员不合规")
            new = e["in"]
        else:
            new = self.substitute(e, teams, past, away, cap)
            need(e["in"] == new, t + "换入的人员与签号不符")
        past[task].add(out)
        if new:
            team[team.index(out)] = new
        return 1 if blind else 0

    def substitute(self, e, teams, past, away, cap):
        task, team = e["task"], teams[e["task"]]
        stay = sum(1 for who in team if who != e["out"] and self.core_fit(task, who))
        need_core = stay + 1 <= self.core_size
        queue = []
        for who in self.able:
            if who in team or who in past[task] or who in away or not self.member_fit(task, who):
                continue
            if need_core and not self.core_fit(task, who):
                continue
            queue.append((self.T("RE", e["n"], e["code"], task, who), who))
        queue.sort()
        load = {}
        for members in teams.values():
            for who in members:
                load[who] = load.get(who, 0) + 1
        for limit in (cap, None):
            for _, who in queue:
                most = self.person[who]["max"] if limit is None else min(self.person[who]["max"], limit)
                if load.get(who, 0) < most:
                    return who
        return ""


def request_hash(event):
    """The hash that was published before the code of a change was opened."""
    names = ["kind", "n", "nonce", "out", "reason"] + (
        ["scope", "task"] if event["kind"] == "inspector" else []
    )
    part = {name: event[name] for name in names}
    return sha(json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def verify(commit, result, openings=None, changes=None, commitment=None, result_hash=None, requests=None):
    """Paths in, one Chinese sentence out; raises Refused."""
    value, raw = read(commit, "commit.json")
    check = Check(value, raw)
    if commitment is not None:
        need(commitment.strip().lower() == check.hash, "commit.json 的指纹 " + check.hash + " 不是公布的指纹")
    outcome, outcome_raw = read(result, "result.json")
    if result_hash is not None:
        need(result_hash.strip().lower() == sha(outcome_raw), "result.json 的指纹不是公布的结果的指纹")
    said = [check.objects(outcome)]
    if openings is None:
        said.append(check.loose(outcome))
    else:
        check.openings(read(openings, "openings.json")[0])
        said.append(check.walk(outcome) if check.feasible else check.shortage(outcome))
    asked = (
        None
        if requests is None
        else [each for each in requests.lower().split(",") if each not in ("", "none")]
    )
    need(changes is not None or not asked, "公布过变更，没有给 changes.json")
    bare = 0
    if changes is not None:
        events = read(changes, "changes.json")[0]
        said.append(check.changes(outcome, events))
        newcomers = [event["in"] for event in events if event["kind"] == "subject" and event["in"]]
        bare = sum(row not in check.conflict for row in newcomers)
        if asked is not None:
            need(
                [request_hash(event) for event in events] == asked,
                "changes.json：与开码前公布的申请的指纹不符",
            )
    said.append("未对照公布的指纹" if commitment is None else "与公布的指纹相符")
    left = [
        title
        for title, given in (
            ("公布的结果的指纹", result_hash),
            ("变更有没有少给或者改过（公布的申请的指纹）", asked),
            ("检查组的回避（openings.json）", openings),
        )
        if given is None
    ]
    if bare and openings is not None:
        left.append("换入的 %d 家要不要换人（openings.json 里没有它的回避）" % bare)
    if left:
        said.append("没有比：" + "、".join(left))
    return "核验通过：" + value["draw"] + "，" + "；".join(said) + "。"


def main():
    parser = argparse.ArgumentParser(description="核验一次双随机抽取（SJS1）", allow_abbrev=False)
    parser.add_argument("commit")
    parser.add_argument("result")
    parser.add_argument("--openings")
    parser.add_argument("--changes")
    parser.add_argument("--commitment")
    parser.add_argument("--result-hash")
    parser.add_argument("--requests")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(" ".join(verify(**vars(parser.parse_args())).split()))
        return 0
    except Refused as wrong:
        print(" ".join(("核验不通过：" + str(wrong)).split()))
    except OSError as wrong:
        print("核验不通过：打不开文件 " + str(wrong.filename))
    return 1


if __name__ == "__main__":
    sys.exit(main())
