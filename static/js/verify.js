/* 双随机抽取核验程序（SJS1），浏览器版。
 *
 * 纯 JavaScript，不联网，不依赖任何库，SHA-256 也在本文件内（http 网页上没有 crypto.subtle）。
 * 浏览器里：Mingqian.verify({commit, result, openings, changes, commitment}) → {ok, text, steps}，
 *   前四项是文件的字节（Uint8Array），后两个文件可以没有；commitment、resultHash、requests 是公布的指纹、
 *   结果的指纹和各次变更开码前的指纹，给了就对照。
 * 命令行：node verify.js commit.json result.json [--openings F] [--changes F] [--commitment HEX] [--result-hash HEX] [--requests HEX,HEX]
 *
 * Written apart from the engine and from verify.py: three programs, one protocol. No solver here; a skipped
 * inspector is proved by the inequality of the log line's cut.
 */
(function (root) {
  "use strict";

  // ------------------------------------------------------------------ SHA-256 (FIPS 180-4)

  var K = [];
  var H0 = [];
  (function () {
    function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }
    for (var n = 2; K.length < 64; n++) {
      var prime = true;
      for (var d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
      if (!prime) continue;
      if (H0.length < 8) H0.push(fraction(Math.sqrt(n)));
      K.push(fraction(Math.cbrt(n)));
    }
  })();

  var encoder = new TextEncoder();
  var W = new Int32Array(64);
  var STATE = new Int32Array(8);
  var START = new Int32Array(H0);
  var ROUND = new Int32Array(K);
  var TEXT = new Uint8Array(4096);
  var TAIL = new Uint8Array(128);
  var HEX = [];
  for (var code = 0; code < 256; code++) HEX.push((code < 16 ? "0" : "") + code.toString(16));

  // Every ticket begins with the seed, 64 letters and so one whole block: its state is kept (SJS1 §1).
  var seenText = "";
  var seenState = new Int32Array(8);

  function compress(from, at) {
    var h = STATE;
    for (var i = 0; i < 16; i++, at += 4) {
      W[i] = (from[at] << 24) | (from[at + 1] << 16) | (from[at + 2] << 8) | from[at + 3];
    }
    for (; i < 64; i++) {
      var x = W[i - 15], y = W[i - 2];
      W[i] = (W[i - 16] + W[i - 7] +
        (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
        (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))) | 0;
    }
    var a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], z = h[7];
    for (i = 0; i < 64; i++) {
      var t1 = (z + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
        ((e & f) ^ (~e & g)) + ROUND[i] + W[i]) | 0;
      var t2 = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
        ((a & b) ^ (a & c) ^ (b & c))) | 0;
      z = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += z;
  }

  function isAscii(text) {
    for (var i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
    return true;
  }

  function sha256(input) {
    var isText = typeof input === "string";
    var bytes = input, length, begun = 0;
    if (isText && input.length * 3 <= TEXT.length) {
      bytes = TEXT;
      length = encoder.encodeInto(input, TEXT).written;
    } else {
      if (isText) bytes = encoder.encode(input);
      length = bytes.length;
    }
    STATE.set(START);
    if (isText && input.length >= 64) {
      var first = input.slice(0, 64);
      if (first === seenText) {
        STATE.set(seenState);
        begun = 1;
      } else if (isAscii(first)) {
        compress(bytes, 0);
        seenText = first;
        seenState.set(STATE);
        begun = 1;
      }
    }
    var whole = length >> 6, rest = length & 63;
    for (var block = begun; block < whole; block++) compress(bytes, block << 6);
    TAIL.fill(0);
    for (var i = 0, from = whole << 6; i < rest; i++) TAIL[i] = bytes[from + i];
    TAIL[rest] = 0x80;
    var end = rest < 56 ? 64 : 128;
    var high = Math.floor(length / 536870912), low = (length << 3) >>> 0;
    for (i = 0; i < 4; i++) {
      TAIL[end - 5 - i] = (high >>> (8 * i)) & 255;
      TAIL[end - 1 - i] = (low >>> (8 * i)) & 255;
    }
    compress(TAIL, 0);
    if (end === 128) compress(TAIL, 64);
    var out = "";
    for (i = 0; i < 8; i++) {
      var word = STATE[i];
      out += HEX[word >>> 24] + HEX[(word >>> 16) & 255] + HEX[(word >>> 8) & 255] + HEX[word & 255];
    }
    return out;
  }

  // ------------------------------------------------------------------ small words

  function Refusal(text) { this.text = text; }

  function must(condition, text) { if (!condition) throw new Refusal(text); }

  function isList(value) { return Array.isArray(value); }

  function isMap(value) { return value !== null && typeof value === "object" && !isList(value); }

  function isInt(value, least) { return Number.isInteger(value) && value >= least; }

  function isText(value, banned) {
    if (typeof value !== "string" || value === "") return false;
    return !(banned || "").split("").some(function (letter) { return value.indexOf(letter) >= 0; });
  }

  function isHex(value, length) {
    return typeof value === "string" && value.length === length && /^[0-9a-f]*$/.test(value);
  }

  function isStatus(value, plain) {
    return typeof value === "string" && (plain.indexOf(value) >= 0 || /^X:[^]/.test(value));
  }

  function keysAre(map, names) {
    return isMap(map) && same(Object.keys(map).sort(), names.split(" ").sort());
  }

  // Unicode code points, not UTF-16 units: the protocol's order in every language.
  function compare(left, right) {
    var a = Array.from(left), b = Array.from(right);
    for (var i = 0; i < a.length && i < b.length; i++) {
      var difference = a[i].codePointAt(0) - b[i].codePointAt(0);
      if (difference) return difference;
    }
    return a.length - b.length;
  }

  function isRising(names) {
    for (var i = 1; i < names.length; i++) if (compare(names[i - 1], names[i]) >= 0) return false;
    return true;
  }

  function same(left, right) { return JSON.stringify(left) === JSON.stringify(right); }

  function has(map, key) { return Object.prototype.hasOwnProperty.call(map, key); }

  function ceilDivide(a, b, c) {
    // ceil(a * b / c) without leaving whole numbers
    var top = BigInt(a) * BigInt(b), bottom = BigInt(c);
    return Number((top + bottom - BigInt(1)) / bottom);
  }

  function byTicket(entries) {
    // [[ticket, id]] → ids
    return entries.sort(function (one, two) {
      return one[0] < two[0] ? -1 : one[0] > two[0] ? 1 : compare(one[1], two[1]);
    }).map(function (entry) { return entry[1]; });
  }

  // ------------------------------------------------------------------ canonical JSON

  function canonical(value) {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "number") return String(value);
    if (isList(value)) return "[" + value.map(canonical).join(",") + "]";
    return "{" + Object.keys(value).sort().map(function (key) {
      return JSON.stringify(key) + ":" + canonical(value[key]);
    }).join(",") + "}";
  }

  function vet(value, title) {
    if (typeof value === "string") {
      must(value.normalize("NFC") === value, title + "：字符串不是 NFC 形式");
      must(!/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/.test(value), title + "：有半个代理对");
    } else if (typeof value === "number") {
      must(Number.isSafeInteger(value), title + "：数字不是规程允许的整数");
    } else if (isList(value)) {
      value.forEach(function (each) { vet(each, title); });
    } else if (isMap(value)) {
      Object.keys(value).forEach(function (key) {
        must(/^[\x00-\x7f]*$/.test(key), title + "：键不是 ASCII");
        vet(value[key], title);
      });
    } else {
      throw new Refusal(title + "：出现了 null、true 或 false");
    }
  }

  function parse(bytes, title) {
    var text, value;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      // A key named __proto__ would vanish in a plain object.
      value = JSON.parse(text);
    } catch (error) {
      throw new Refusal(title + "：读不懂，不是规范 JSON");
    }
    vet(value, title);
    must(canonical(value) === text, title + "：不是规范 JSON");
    return value;
  }

  // ------------------------------------------------------------------ the commitment

  function checkCommit(c) {
    var t = "commit.json：";
    must(keysAre(c, "v draw task after prev seed_at salt strata pool inspectors rules seed_plan redraw_tip redraw_max"),
      t + "键有缺少或多出");
    must(c.v === "SJS1", t + "不是 SJS1");
    must(isText(c.draw) && isText(c.task) && isText(c.seed_at), t + "编号、任务或时间不合规");
    must(isHex(c.after, 64) && isHex(c.prev, 64) && isHex(c.redraw_tip, 64), t + "指纹不合规");
    must(isHex(c.salt, 32), t + "盐不合规");
    must(isInt(c.redraw_max, 0), t + "一次性码个数不合规");

    must(isList(c.strata) && isList(c.pool) && isList(c.inspectors), t + "分层、名录或人员不是列表");
    var names = new Set();
    c.strata.forEach(function (s) {
      must(isList(s) && s.length === 4 && isText(s[0]) && isInt(s[1], 0) && isInt(s[2], 0) && isText(s[3]), t + "分层不合规");
      names.add(s[0]);
    });
    must(isRising(c.strata.map(function (s) { return s[0]; })), t + "分层未排序或重复");

    c.pool.forEach(function (row) {
      must(isList(row) && row.length === 5 && isText(row[0], "|,") && /^[\x00-\x7f]+$/.test(row[0]), t + "名录行不合规");
      must(names.has(row[1]), t + row[0] + " 的分层不存在");
      must(isInt(row[2], 1), t + row[0] + " 的签数不合规");
      must(isStatus(row[3], ["E", "M"]), t + row[0] + " 的状态不存在");
      must(isHex(row[4], 64), t + row[0] + " 的回避的指纹不合规");
    });
    must(isRising(c.pool.map(function (row) { return row[0]; })), t + "名录未排序或重复");

    c.inspectors.forEach(function (p) {
      must(keysAre(p, "id leader max skills status") && isText(p.id, "|,"), t + "检查人员不合规");
      must(p.leader === 0 || p.leader === 1, t + p.id + " 的 leader 不合规");
      must(isInt(p.max, 0), t + p.id + " 的上限不合规");
      must(isStatus(p.status, ["E"]), t + p.id + " 的状态不存在");
      must(isList(p.skills) && p.skills.every(function (s) { return isText(s); }) && isRising(p.skills), t + p.id + " 的专业不合规");
    });
    must(isRising(c.inspectors.map(function (p) { return p.id; })), t + "检查人员未排序或重复");

    var r = c.rules;
    must(keysAre(r, "team core core_leads others slack_pct"), t + "规则的键不合规");
    must(isInt(r.team, 2) && isInt(r.core, 1) && r.core <= r.team, t + "组的人数不合规");
    must((r.core_leads === 0 || r.core_leads === 1) && (r.others === "skill" || r.others === "any") && isInt(r.slack_pct, 0),
      t + "规则不合规");

    must(isList(c.seed_plan) && c.seed_plan.length > 0, t + "没有摇号来源");
    must(c.seed_plan.every(function (name) { return isText(name, "|="); }), t + "摇号来源不合规");
    must(new Set(c.seed_plan).size === c.seed_plan.length, t + "摇号来源重复");
  }

  // ------------------------------------------------------------------ one draw

  function Draw(c, hash) {
    this.c = c;
    this.hash = hash;
    this.rows = new Map();
    this.skills = new Map();
    this.people = [];
    this.byId = new Map();
    this.recused = new Map();
    var self = this;
    c.strata.forEach(function (s) { self.skills.set(s[0], s[3]); });
    c.pool.forEach(function (r) {
      self.rows.set(r[0], { id: r[0], stratum: r[1], lots: r[2], status: r[3], digest: r[4] });
    });
    c.inspectors.forEach(function (p) {
      var person = { id: p.id, leads: p.leader === 1, max: p.max, skills: new Set(p.skills) };
      self.byId.set(p.id, person);
      if (p.status === "E") self.people.push(person);
      person.able = p.status === "E";
    });
  }

  Draw.prototype.ticket = function () {
    return sha256(this.seed + "|" + Array.prototype.join.call(arguments, "|"));
  };

  Draw.prototype.bestLot = function (prefix, row) {
    var best = null;
    for (var lot = 1; lot <= row.lots; lot++) {
      var ticket = sha256(this.seed + "|" + prefix + "|" + row.id + "|" + lot);
      if (best === null || ticket < best) best = ticket;
    }
    return best;
  };

  Draw.prototype.spare = function (stratum) {
    return Array.from(this.rows.values()).filter(function (row) {
      return row.stratum === stratum && row.status === "E";
    });
  };

  Draw.prototype.fit = function (task, person) {
    // 0 no seat, 1 an outer seat, 2 a core seat
    if (!person.able || this.recused.get(task).has(person.id)) return 0;
    var skilled = person.skills.has(this.skills.get(this.rows.get(task).stratum));
    if (skilled && (person.leads || this.c.rules.core_leads === 0)) return 2;
    return skilled || this.c.rules.others === "any" ? 1 : 0;
  };

  // Seats of a team that may still go to people who are not core-fit.
  Draw.prototype.outerLeft = function (task, team) {
    var self = this, rules = this.c.rules;
    var outer = team.filter(function (person) { return self.fit(task, person) < 2; }).length;
    return Math.min(rules.team - rules.core - outer, rules.team - team.length);
  };

  Draw.prototype.checkObjects = function (result) {
    var self = this, c = this.c;
    var common = "v commit seed sources objects must cap ";
    this.feasible = isMap(result) && has(result, "teams");
    must(keysAre(result, common + (this.feasible ? "order teams log" : "tasks open demand supply")), "result.json：键有缺少或多出");
    must(result.v === "SJS1" && result.commit === this.hash, "result.json：不是这份封存文件的结果");
    must(isList(result.sources), "摇号数值不是列表");
    result.sources.forEach(function (pair) {
      must(isList(pair) && pair.length === 2 && isText(pair[0]) && isText(pair[1], "|") && /^[\x00-\x7f]+$/.test(pair[1]),
        "摇号数值不合规");
    });
    must(same(result.sources.map(function (pair) { return pair[0]; }), c.seed_plan), "摇号来源与封存的不同");
    this.seed = sha256("SJS1|SEED|" + this.hash + "|" + c.salt +
      result.sources.map(function (pair) { return "|" + pair[0] + "=" + pair[1]; }).join(""));
    must(result.seed === this.seed, "抽签数不是由摇号数值算出的");

    var tasks = c.pool.filter(function (row) { return row[3] === "M"; }).map(function (row) { return row[0]; });
    must(same(result.must, tasks), "必查企业与封存名录不符");
    must(isList(result.objects) && result.objects.length === c.strata.length, "分层数目不符");
    c.strata.forEach(function (stratum, i) {
      var rows = self.spare(stratum[0]);
      var k = Math.min(rows.length, Math.max(stratum[2], ceilDivide(rows.length, stratum[1], 10000)));
      var drawn = byTicket(rows.map(function (row) { return [self.bestLot("OBJ", row), row.id]; })).slice(0, k);
      var given = result.objects[i];
      must(keysAre(given, "stratum n k drawn") && given.stratum === stratum[0] && given.n === rows.length &&
        given.k === k && same(given.drawn, drawn), stratum[0] + "：抽中的企业与按签号算出的不符");
      tasks = tasks.concat(drawn);
    });
    this.tasks = tasks;
    must(isInt(result.cap, 0), "每人上限不合规");
    return "抽签数与 " + tasks.length + " 户企业相符";
  };

  Draw.prototype.open = function (openings) {
    var self = this;
    must(isMap(openings), "openings.json：不是对象");
    Object.keys(openings).forEach(function (id) {
      var t = "openings.json：" + id, row = self.rows.get(id), opening = openings[id];
      must(row, t + " 不在名录中");
      must(isList(opening) && opening.length === 2 && isHex(opening[0], 32) && isList(opening[1]), t + " 不合规");
      must(opening[1].every(function (who) { return self.byId.has(who); }), t + " 有不认识的人员");
      must(isRising(opening[1]), t + " 人员未排序或重复");
      must(sha256("SJS1|REC|" + id + "|" + opening[0] + "|" + opening[1].join(",")) === row.digest, t + " 与封存的回避的指纹不符");
      self.recused.set(id, new Set(opening[1]));
    });
    this.tasks.forEach(function (task) { must(self.recused.has(task), "openings.json：缺少 " + task); });
  };

  // Where a cap stands among those that are tried: {on, before, last}. Without slack they are all whole numbers
  // from the first to the largest max, so nothing is listed; with slack they grow like interest and are few.
  Draw.prototype.rung = function (cap) {
    var rules = this.c.rules, grow = 100 + rules.slack_pct;
    var top = this.people.reduce(function (most, person) { return Math.max(most, person.max); }, 0);
    var at = ceilDivide(this.tasks.length * rules.team, grow, 100 * Math.max(1, this.people.length)), before = null;
    if (rules.slack_pct === 0) {
      var end = Math.max(at, top);
      return { on: cap >= at && cap <= end, before: cap === at ? null : cap - 1, last: end };
    }
    var on = at === cap, found = null;
    while (at < top) {
      before = at;
      at = Math.max(at + 1, ceilDivide(at, grow, 100));
      if (at === cap) { on = true; found = before; }
    }
    return { on: on, before: found, last: at };
  };

  // [seats open in A, the most that can still be filled]; the first above the second is a proof.
  Draw.prototype.weigh = function (a, b, teams, load, cap) {
    var self = this, inB = new Set(b), all = new Set(this.tasks);
    must(isList(a) && isList(b) && a.every(function (t) { return all.has(t); }) && isRising(a) && isRising(b), "割不合规");
    var inA = new Set(a);
    must(b.every(function (t) { return inA.has(t); }), "割不合规");
    var demand = 0, supply = 0;
    var wanted = this.people.map(function () { return 0; });
    a.forEach(function (task) {
      var team = teams.get(task) || [];
      demand += self.c.rules.team - team.length;
      if (!inB.has(task)) supply += self.outerLeft(task, team);
      self.people.forEach(function (person, i) {
        if (self.fit(task, person) >= (inB.has(task) ? 1 : 2) && team.indexOf(person) < 0) wanted[i]++;
      });
    });
    this.people.forEach(function (person, i) {
      supply += Math.min(wanted[i], Math.max(0, Math.min(person.max, cap) - (load.get(person) || 0)));
    });
    return [demand, supply];
  };

  Draw.prototype.taskOrder = function () {
    var self = this;
    return byTicket(this.tasks.map(function (task) { return [self.ticket("TASK", task), task]; }));
  };

  Draw.prototype.namedTeams = function (result, order) {
    var self = this;
    must(same(result.order, order), "任务次序与签号不符");
    must(isMap(result.teams) && Object.keys(result.teams).length === order.length, "检查组与任务不对应");
    return new Map(order.map(function (task) {
      must(has(result.teams, task), "检查组与任务不对应");
      var ids = result.teams[task];
      must(isList(ids) && ids.length === self.c.rules.team && new Set(ids).size === ids.length &&
        ids.every(function (who) { return self.byId.has(who) && self.byId.get(who).able; }), task + "：检查组不合规");
      return [task, ids.map(function (who) { return self.byId.get(who); })];
    }));
  };

  Draw.prototype.checkTeams = function (result) {
    var self = this, log = result.log, line = 0;
    must(isList(log) && log.every(function (each) {
      return isList(each) && each.length === 4 && isList(each[2]) && isList(each[3]);
    }), "跳过记录不合规");
    var rung = this.rung(result.cap);
    must(rung.on, "每人上限不在规程的数列里");
    if (rung.before !== null) {
      must(log.length && log[0][0] === "CAP" && log[0][1] === rung.before, "缺少上限记录");
      var proof = this.weigh(log[0][2], log[0][3], new Map(), new Map(), rung.before);
      must(proof[0] > proof[1], "上限记录的割不能证明更低的上限排不齐");
      line = 1;
    }
    var order = this.taskOrder(), published = this.namedTeams(result, order);
    var teams = new Map(), load = new Map();
    order.forEach(function (task) {
      var goal = published.get(task), team = [];
      teams.set(task, team);
      var queue = byTicket(self.people.filter(function (person) { return self.fit(task, person) > 0; })
        .map(function (person) { return [self.ticket("INS", task, person.id), person.id]; }));
      for (var i = 0; i < queue.length && team.length < self.c.rules.team; i++) {
        var person = self.byId.get(queue[i]);
        var carried = load.get(person) || 0;
        var full = carried >= Math.min(person.max, result.cap);
        var barred = self.fit(task, person) < 2 && self.outerLeft(task, team) <= 0;
        if (!full && !barred && goal[team.length] === person) {
          team.push(person);
          load.set(person, carried + 1);
          continue;
        }
        var entry = log[line++];
        must(entry && entry[0] === task && entry[1] === person.id, task + "：" + person.id + " 排在前面却未入组，也没有跳过记录");
        if (full) {
          must(same(entry.slice(2), [[], []]), task + "：" + person.id + " 已满，跳过记录写法不符");
        } else if (barred) {
          must(same(entry.slice(2), [[], [task]]), task + "：" + person.id + " 无座位，跳过记录写法不符");
        } else {
          team.push(person);
          load.set(person, carried + 1);
          var sides = self.weigh(entry[2], entry[3], teams, load, result.cap);
          team.pop();
          load.set(person, carried);
          must(sides[0] > sides[1], task + "：跳过 " + person.id + " 的割不足以证明");
        }
      }
      must(team.length === goal.length, task + "：检查组与签号次序不符");
    });
    must(line === log.length, "跳过记录有多余");
    return order.length + " 个检查组、" + log.length + " 条跳过理由逐条成立";
  };

  Draw.prototype.checkShortage = function (result) {
    must(result.cap === this.rung(result.cap).last, "每人上限不是最后一次的上限");
    var sides = this.weigh(result.tasks, result.open, new Map(), new Map(), result.cap);
    must(result.demand === sides[0] && result.supply === sides[1], "需要与能出的人次与割算出的不符");
    must(sides[0] > sides[1], "割不能证明排不齐");
    return "确实排不齐检查组（需 " + sides[0] + " 人次，至多 " + sides[1] + " 人次）";
  };

  Draw.prototype.glance = function (result) {
    // Without openings nothing is claimed of the teams; all that does not hang on recusals must hold all the same.
    // Whoever stands earlier and is neither seated nor in the log is taken for recused.
    var self = this, rules = this.c.rules;
    if (!this.feasible) {
      must(result.cap === this.rung(result.cap).last, "每人上限不是最后一次的上限");
      must(isList(result.tasks) && isList(result.open), "割不合规");
      looksLikeCut(["", "", result.tasks, result.open]);
      must(result.demand === rules.team * result.tasks.length, "需要的人次与割不符");
      must(isInt(result.supply, 0) && result.supply < result.demand, "割不能证明排不齐");
      return "未提供回避开封记录，排不齐的理由未核验";
    }
    var log = result.log;
    must(isList(log) && log.every(function (each) {
      return isList(each) && each.length === 4 && isList(each[2]) && isList(each[3]);
    }), "跳过记录不合规");
    function looksLikeCut(line) {
      var inA = new Set(line[2]), all = new Set(self.tasks);
      must(line[2].length && line[2].every(function (t) { return all.has(t); }) && isRising(line[2]) &&
        line[3].every(function (t) { return inA.has(t); }) && isRising(line[3]), "割不合规");
    }
    var rung = this.rung(result.cap), line = 0;
    must(rung.on, "每人上限不在规程的数列里");
    if (rung.before !== null) {
      must(log.length && log[0][0] === "CAP" && log[0][1] === rung.before, "缺少上限记录");
      looksLikeCut(log[line++]);
    }
    this.tasks.forEach(function (task) { self.recused.set(task, new Set()); });
    var load = new Map();
    this.namedTeams(result, this.taskOrder()).forEach(function (goal, task) {
      var team = [];
      byTicket(self.people.filter(function (person) { return self.fit(task, person) > 0; })
        .map(function (person) { return [self.ticket("INS", task, person.id), person.id]; })).forEach(function (id) {
        if (team.length === rules.team) return;
        var person = self.byId.get(id), carried = load.get(person) || 0, entry = log[line];
        var full = carried >= Math.min(person.max, result.cap);
        var barred = self.fit(task, person) < 2 && self.outerLeft(task, team) <= 0;
        if (goal[team.length] === person) {
          must(!full && !barred, task + "：" + id + " 不能入组");
          team.push(person);
          load.set(person, carried + 1);
        } else if (entry && entry[0] === task && entry[1] === id) {
          line++;
          if (full || barred) must(same(entry.slice(2), [[], full ? [] : [task]]), task + "：跳过 " + id + " 的理由不符");
          else looksLikeCut(entry);
        }
      });
      must(team.length === goal.length, task + "：检查组与签号次序不符");
    });
    must(line === log.length, "跳过记录有多余");
    this.recused.clear();
    return "未提供回避开封记录，人员分组未核验";
  };

  // ------------------------------------------------------------------ changes

  Draw.prototype.checkChanges = function (result, events) {
    var self = this;
    must(this.feasible, "排不齐检查组的抽取不能有变更");
    must(isList(events), "changes.json：不是列表");
    var book = { teams: new Map(), left: new Map(), used: new Set(this.tasks), away: new Set(), owed: [], blind: 0, cap: result.cap };
    this.tasks.forEach(function (task) {
      book.teams.set(task, result.teams[task].map(function (who) { return self.byId.get(who); }));
      book.left.set(task, new Set());
    });
    events.forEach(function (e, i) {
      var t = "第 " + (i + 1) + " 次变更：";
      var isSubject = isMap(e) && e.kind === "subject";
      must(isSubject || (isMap(e) && e.kind === "inspector"), t + "种类不合规");
      must(keysAre(e, "kind n code reason nonce out in" + (isSubject ? "" : " task scope")), t + "键有缺少或多出");
      must(e.n === i + 1 && e.n <= self.c.redraw_max, t + "序号不符");
      Object.keys(e).forEach(function (key) {
        must(key === "n" || (typeof e[key] === "string" && (key === "in" || e[key] !== "")), t + "内容不是文字或为空");
      });
      must(isHex(e.code, 64), t + "一次性码不合规");
      var tip = e.code;
      for (var round = 0; round < e.n; round++) tip = sha256(tip);
      must(tip === self.c.redraw_tip, t + "一次性码不在封存的码链上");
      if (book.owed.length) {
        var first = book.owed[0];
        must(!isSubject && e.task === first[0] && e.out === first[1].id && e.scope === "task", t + "应先替换须回避的 " + first[1].id);
      }
      if (isSubject) self.changeSubject(e, t, book); else self.changeInspector(e, t, book);
    });
    return events.length + (book.blind
      ? " 次变更的次序与一次性码相符（其中 " + book.blind + " 次换人缺回避开封，未核验）"
      : " 次变更相符");
  };

  Draw.prototype.changeSubject = function (e, t, book) {
    var self = this, prefix = "SUB|" + e.n + "|" + e.code;
    must(book.teams.has(e.out), t + e.out + " 现在不是任务");
    var gone = this.rows.get(e.out), newcomer = "";
    if (gone.status === "E") {
      newcomer = byTicket(this.spare(gone.stratum).filter(function (row) { return !book.used.has(row.id); })
        .map(function (row) { return [self.bestLot(prefix, row), row.id]; }))[0] || "";
    }
    must(e.in === newcomer, t + "换入的企业与签号不符");
    var team = book.teams.get(e.out), left = book.left.get(e.out);
    book.teams.delete(e.out);
    book.left.delete(e.out);
    if (newcomer === "") return;
    book.used.add(newcomer);
    book.teams.set(newcomer, team);
    book.left.set(newcomer, left);
    var barred = this.recused.get(newcomer) || new Set();
    book.owed = team.filter(function (person) { return barred.has(person.id); }).map(function (person) { return [newcomer, person]; });
    must(e.n + book.owed.length <= this.c.redraw_max, t + "余下的一次性码不够");
  };

  Draw.prototype.changeInspector = function (e, t, book) {
    must(e.scope === "task" || e.scope === "draw", t + "scope 不合规");
    must(book.teams.has(e.task), t + e.task + " 现在不是任务");
    var team = book.teams.get(e.task), out = this.byId.get(e.out), at = team.indexOf(out);
    must(out && at >= 0, t + e.out + " 不在这个检查组");
    if (e.scope === "draw") book.away.add(out);
    var newcomer;
    if (this.recused.has(e.task)) {
      newcomer = this.substitute(e, book, out);
      must(e.in === (newcomer ? newcomer.id : ""), t + "换入的人员与签号不符");
    } else {
      newcomer = e.in === "" ? null : this.byId.get(e.in);
      must(newcomer === null || (newcomer && team.indexOf(newcomer) < 0), t + "换入的人员不合规");
      book.blind++;
    }
    book.left.get(e.task).add(out);
    if (newcomer) team[at] = newcomer;
    book.owed.shift();
  };

  Draw.prototype.substitute = function (e, book, out) {
    var self = this, team = book.teams.get(e.task), gone = book.left.get(e.task);
    var cores = team.filter(function (person) { return person !== out && self.fit(e.task, person) === 2; }).length;
    var least = cores < this.c.rules.core ? 2 : 1;
    var load = new Map();
    book.teams.forEach(function (members) {
      members.forEach(function (person) { load.set(person, (load.get(person) || 0) + 1); });
    });
    var queue = byTicket(this.people.filter(function (person) {
      return self.fit(e.task, person) >= least && team.indexOf(person) < 0 && !gone.has(person) && !book.away.has(person);
    }).map(function (person) { return [self.ticket("RE", e.n, e.code, e.task, person.id), person.id]; }))
      .map(function (id) { return self.byId.get(id); });
    function below(cap) {
      return queue.find(function (person) { return (load.get(person) || 0) < Math.min(person.max, cap); });
    }
    return below(book.cap) || below(Infinity) || null;
  };

  // ------------------------------------------------------------------ doors

  // What a file says must not make a second line of the verdict.
  function line(text) { return text.replace(/\s+/g, " ").trim(); }

  function verify(files) {
    var steps = [];
    try {
      var commit = parse(files.commit, "commit.json");
      checkCommit(commit);
      var draw = new Draw(commit, sha256(files.commit));
      if (files.commitment !== undefined) {
        must(files.commitment.trim().toLowerCase() === draw.hash, "commit.json 的指纹 " + draw.hash + " 不是公布的指纹");
      }
      if (files.resultHash !== undefined) {
        must(files.resultHash.trim().toLowerCase() === sha256(files.result), "result.json 的指纹不是公布的结果的指纹");
      }
      var result = parse(files.result, "result.json");
      steps.push(draw.checkObjects(result));
      if (files.openings) {
        draw.open(parse(files.openings, "openings.json"));
        steps.push(draw.feasible ? draw.checkTeams(result) : draw.checkShortage(result));
      } else {
        steps.push(draw.glance(result));
      }
      var asks = files.requests === undefined ? undefined : files.requests.filter(function (each) { return each !== "none"; });
      must(files.changes || !asks || asks.length === 0, "公布过变更，没有给 changes.json");
      var bare = 0;
      if (files.changes) {
        var events = parse(files.changes, "changes.json");
        steps.push(draw.checkChanges(result, events));
        bare = events.filter(function (e) { return e.kind === "subject" && e["in"] && !draw.recused.has(e["in"]); }).length;
        if (asks) {
          must(asks.length === events.length, "changes.json：变更的次数与公布的不同");
          events.forEach(function (e, i) {
            var asked = { n: e.n, kind: e.kind, out: e.out, reason: e.reason, nonce: e.nonce };
            if (e.kind === "inspector") { asked.task = e.task; asked.scope = e.scope; }
            must(sha256(canonical(asked)) === asks[i], "第 " + (i + 1) + " 次变更与开码前公布的指纹不符");
          });
        }
      }
      steps.push(files.commitment !== undefined ? "与公布的指纹相符" : "未对照公布的指纹");
      var left = [];
      if (files.resultHash === undefined) left.push("公布的结果的指纹");
      if (asks === undefined) left.push("变更有没有少给或者改过（公布的申请的指纹）");
      if (!files.openings) left.push("检查组的回避（openings.json）");
      else if (bare) left.push("换入的 " + bare + " 家要不要换人（openings.json 里没有它的回避）");
      if (left.length) steps.push("没有比：" + left.join("、"));
      return { ok: true, steps: steps, draw: commit.draw, text: line("核验通过：" + commit.draw + "，" + steps.join("；") + "。") };
    } catch (error) {
      if (!(error instanceof Refusal)) return { ok: false, steps: steps, text: line("核验不通过：文件不合规程（" + error.message + "）") };
      return { ok: false, steps: steps, text: line("核验不通过：" + error.text) };
    }
  }

  root.Mingqian = { verify: verify, sha256: sha256 };

  if (typeof module !== "undefined" && module.exports) {
    module.exports = root.Mingqian;
    if (typeof require !== "undefined" && require.main === module) {
      var fs = require("fs"), files = {}, plain = [];
      var load = function (path) {
        try {
          return new Uint8Array(fs.readFileSync(path));
        } catch (error) {
          console.log("核验不通过：打不开文件 " + path);
          process.exit(1);
        }
      };
      var args = process.argv.slice(2);
      for (var i = 0; i < args.length; i++) {
        var option = args[i].slice(0, 2) === "--" ? args[i].slice(2) : null;
        if (option === null) { plain.push(load(args[i])); continue; }
        if (["commitment", "result-hash", "requests", "openings", "changes"].indexOf(option) < 0 || i + 1 === args.length) {
          console.log("核验不通过：看不懂参数 " + args[i]);
          process.exit(1);
        }
        i++;
        if (option === "commitment") files.commitment = args[i];
        else if (option === "result-hash") files.resultHash = args[i];
        else if (option === "requests") files.requests = args[i].toLowerCase().split(",").filter(Boolean);
        else files[option] = load(args[i]);
      }
      if (plain.length !== 2) {
        console.log("用法：node verify.js commit.json result.json [--openings F] [--changes F] [--commitment HEX] [--result-hash HEX] [--requests HEX,HEX]");
        process.exit(1);
      }
      files.commit = plain[0];
      files.result = plain[1];
      var outcome = verify(files);
      console.log(outcome.text);
      process.exit(outcome.ok ? 0 : 1);
    }
  }
})(typeof globalThis !== "undefined" ? globalThis : this);
