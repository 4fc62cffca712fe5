/* What is signed: the text of a visit, written the one way (inspections/visit/sheets.py reads it), and the record in words,
   built from what was done and stamped. Knows no page; node runs it too. */
// @ts-check
"use strict";

const FieldContent = (() => {
  const V = 2;

  // Keys in order, no space: the same bytes as the server's.
  function canonical(thing) {
    if (thing === null || typeof thing !== "object") return JSON.stringify(thing);
    if (Array.isArray(thing)) return "[" + thing.map(canonical).join(",") + "]";
    return "{" + Object.keys(thing).sort().map((name) => JSON.stringify(name) + ":" + canonical(thing[name])).join(",") + "}";
  }

  const two = (n) => String(n).padStart(2, "0");
  function hour(at) { const then = new Date(at); return two(then.getHours()) + ":" + two(then.getMinutes()); }
  function dayOf(at) { const then = new Date(at); return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`; }
  function chinese(day) { const [y, m, d] = String(day).split("-").map(Number); return y ? `${y}年${m}月${d}日` : ""; }

  function linesOf(draft) { return draft.items.flatMap((item) => item.lines); }

  /** {line: what merges out of all that was said}. */
  function standing(draft) {
    const out = {};
    for (const line of linesOf(draft)) out[line.key] = FieldMerge.merge(draft.told[line.key] || [], draft.rulings[line.key]);
    return out;
  }

  /** The last word of one person on a line, or nothing. */
  function own(draft, key, ref) {
    return FieldMerge.lastOf(draft.told[key] || []).find((each) => each.by === (ref || draft.me)) || null;
  }

  function nameOf(draft, ref) { const found = draft.team.find((each) => each.ref === ref); return found ? found.name : ref; }

  function cardOn(person, day) { return (person.cards || []).find(([, from, to]) => from <= day && day <= to) || null; }

  /** Why a person of the team may not inspect on a day; empty where he may. The server asks the same of the day of the visit. */
  function unfit(person, day, newCards) {
    if (person.must_keep_away) return "须回避";
    if (!cardOn(person, day) && !(newCards || []).includes(person.ref)) {
      const last = (person.cards || []).map((each) => each[2]).sort().pop();
      return last ? `执法证到期（${chinese(last)}止）` : "没有执法证";
    }
    if ((person.away || []).some(([from, to]) => from <= day && day <= to)) return "请假外出";
    return "";
  }

  // -- the record in words: an act that was not done is not written as done -------------------------

  function opening(draft) {
    const s = draft.stamps, said = [];
    const cards = draft.team.map((each) => { const card = cardOn(each, dayOf(s.arrived || draft.opened_at)); return card ? `${each.name}（${card[0]}）` : each.name; }).join("、");
    if (!draft.mode.startsWith("on")) return `采用${draft.mode_said}，检查人员${cards}。`;
    if (s.shown) said.push(`检查人员 ${hour(s.shown)} 出示执法证件（${cards}）`);
    if (s.notice) {
      const way = draft.served.way === "refused" ? `，对方不签收${draft.served.reason ? "（" + draft.served.reason + "）" : ""}` : draft.served.name ? `，${draft.served.name}收` : "";
      said.push(`${hour(s.notice)} 出示检查通知书${draft.notice_number || ""}${way}`);
    }
    if (s.rights) said.push(`${hour(s.rights)} 告知陈述申辩和申请回避的权利，对方${draft.recusal ? "申请" + nameOf(draft, draft.recusal.person) + "回避，已记录并报负责人决定" : "不申请回避"}`);
    const code = [];
    if (draft.codes.entry) code.push(`执法码 ${draft.codes.entry}`);
    if (draft.codes.enterprise) code.push(`企业码 ${draft.codes.enterprise}`);
    if (!draft.codes.entry && s.code) code.push("执法码没有取到，待补登记");
    return (said.length ? said.join("，") + "。" : "") + (code.length ? code.join("，") + "。" : "");
  }

  function counts(draft, stands) {
    const many = (value) => linesOf(draft).filter((line) => (stands[line.key].stands || {}).value === value).length;
    return { all: linesOf(draft).length, pass: many("pass"), fail: many("fail"), na: many("na"), skip: many("skip") };
  }

  function summary(draft, stands) {
    const all = linesOf(draft), n = counts(draft, stands), said = [`检查表 ${n.all} 行：符合 ${n.pass}，不符合 ${n.fail}，不适用 ${n.na}，未检查 ${n.skip}。`];
    const groups = {};
    all.forEach((line, index) => {
      const each = stands[line.key].stands;
      if (each && each.way === "rest") (groups[each.by + "|" + hour(each.at)] = groups[each.by + "|" + hour(each.at)] || []).push(index + 1);
    });
    for (const [who, numbers] of Object.entries(groups)) said.push(`第 ${numbers.join("、")} 行由${nameOf(draft, who.split("|")[0])} ${who.split("|")[1]} 一起填为符合。`);
    return said.join("");
  }

  /** The decisions that were signed before the record: it cites them. [[title, number, digest]] */
  function measured(draft) {
    const names = teamOf(draft).map((each) => [each.role, each.name]);
    const isSigned = (each) => each.sheet && names.every(([role, name]) => draft.signatures.some((one) => one.role === role && one.name === name && one.digest === each.digest));
    return (draft.papers || []).filter((each) => each.code === "measure" && isSigned(each)).map((each) => [each.form.title, each.number, each.digest]);
  }

  /** The whole record as it will stand: what was done, what was looked at, what the officer adds. */
  function recordOf(draft, stands) {
    const added = String(draft.record.more || ""), cited = measured(draft).map((each) => each[1]).join("、");
    return [opening(draft), summary(draft, stands), cited ? `当场作出现场处理措施决定书${cited}。` : "", added.trim()].filter(Boolean).join("\n");
  }

  // -- the sheet ------------------------------------------------------------------------------------

  function teamOf(draft) {
    return draft.team.map((each, n) => ({ ref: each.ref, name: each.name, role: draft.officers[n] || "officer", card: (cardOn(each, dayOf(draft.stamps.arrived || draft.opened_at)) || [""])[0] }));
  }

  // The bureau's usual term, for a problem of whose day nobody has said anything; one emptied by hand is empty.
  function usual(draft) { return dayOf(new Date(draft.stamps.arrived || draft.opened_at).getTime() + (draft.days || 15) * 86400000); }

  // As the server calls it (inspections/case/opening.py, wording_of).
  function worded(line) { return (line.violation || "不符合：" + line.requirement).replace(/[。；;，, ]+$/, ""); }

  function usualFinding(draft, line) {
    return { wording: worded(line), disposal: line.is_major ? "measure" : "order", due_on: usual(draft) };
  }

  // The head's word that nothing need be stopped, where somebody has asked him.
  function consent(draft, id) {
    const said = (draft.consents || {})[id];
    return said && String(said.to || "").trim() ? { consent: { to: said.to, words: said.words || "", at: said.at || "" } } : {};
  }

  function findingsOf(draft, stands) {
    const noted = linesOf(draft).filter((line) => (stands[line.key].stands || {}).value === "fail").map((line) => {
      const each = draft.findings[line.key] || {};
      return {
        line: line.key, id: line.key, wording: each.wording || worded(line), facts: stands[line.key].stands.note,
        basis: line.basis || "", measure: each.measure !== undefined ? each.measure : line.measure || "", disposal: each.disposal || (line.is_major ? "measure" : "order"),
        due_on: each.due_on !== undefined ? each.due_on : usual(draft), is_major: Boolean(line.is_major), major_reason: each.major_reason || "", ...consent(draft, line.key),
      };
    });
    return noted.concat(draft.others.map((each) => ({
      line: "", id: each.id, wording: each.wording || "", facts: each.facts || "", basis: each.basis || "", measure: each.measure || "",
      disposal: each.disposal || "order", due_on: each.due_on || "", is_major: Boolean(each.is_major), major_reason: each.major_reason || "", ...consent(draft, each.id),
    })));
  }

  function photosOf(draft) {
    const own_ = draft.files.filter((each) => each.kind !== "signature").map((each) => ({
      sha256: each.sha256, kind: each.kind, line: each.line || "", caption: each.caption || "", taken_at: each.taken_at || "", of: draft.me,
    }));
    const known = new Set(own_.map((each) => each.sha256 + each.line));
    const theirs = Object.entries(draft.photosOf || {}).flatMap(([ref, photos]) => photos.map((each) => Object.assign({ kind: "photo", taken_at: "" }, each, { of: ref })));
    return own_.concat(theirs.filter((each) => !known.has(each.sha256 + each.line)));
  }

  function stampsOf(draft) {
    const out = {};
    for (const [name, at] of Object.entries(draft.stamps)) if (at) out[name] = at;
    return out;
  }

  function build(draft) {
    const base = { v: V, kind: draft.kind, case: draft.case, salt: draft.salt, team: teamOf(draft), stamps: stampsOf(draft), photos: photosOf(draft), enterprise: draft.name, address: draft.address || "" };
    if (draft.kind === "undone") {
      const u = draft.undone;
      return Object.assign(base, { reason: u.reason || "", seen: u.seen || "", asked: u.asked || "", calls: u.calls || [], told: Boolean(u.told), recorder_number: draft.record.recorder_number || "" });
    }
    if (draft.kind === "review") {
      return Object.assign(base, { verdicts: FieldReview.verdicts(draft), record: FieldReview.words(draft), met: draft.record.met || "", enterprise: draft.enterprise, unsigned_reason: draft.enterprise === "signed" ? "" : draft.unsigned_reason || "", number: draft.number || "" });
    }
    if (draft.kind === "supplement") {
      const s = draft.supplement;
      const photos = base.photos.map((each) => { const of = (s.instead || {})[each.sha256]; return of ? Object.assign({}, each, { instead_of: of }) : each; });
      const dropped = (s.dropped || []).map((each) => ({ sha256: "", instead_of: each, caption: "不要这张", line: "", kind: "photo", taken_at: "", of: draft.me }));
      return Object.assign(base, { photos: photos.concat(dropped), lines: s.lines, text: s.text || "", reason: s.reason || "", enterprise: s.enterprise || "unsigned", met: s.met || "", unsigned_reason: s.unsigned_reason || "" });
    }
    const stands = standing(draft);
    const told = (line, each) => ({ line, value: each.value, note: each.note, by: each.by, at: each.at, way: each.way || "" });
    const r = draft.record;
    return Object.assign(base, {
      lines: linesOf(draft).filter((line) => stands[line.key].stands).map((line) => told(line.key, stands[line.key].stands)),
      // Who said the same is named too: nobody's word is left on his phone.
      aside: linesOf(draft).flatMap((line) => FieldMerge.lastOf(draft.told[line.key] || []).filter((each) => each !== stands[line.key].stands).map((each) => told(line.key, each))),
      findings: findingsOf(draft, stands), codes: { entry: draft.codes.entry || "", enterprise: draft.codes.enterprise || "" },
      notice: { number: draft.notice_number || "", way: draft.served.way || "", name: draft.served.name || "", reason: draft.served.reason || "" },
      recusal: draft.recusal ? draft.recusal.person : "",
    }, numbered(draft), {
      record: {
        record: recordOf(draft, stands), site: r.site || "", met: r.met || "", met_title: r.met_title || "", met_phone: r.met_phone || "",
        statement: r.statement || "", recorder_number: r.recorder_number || "", video_name: r.video_name || "", experts: r.experts || "",
      },
    });
  }

  // Only what is there: a text that was signed before there were numbers stays what it was.
  function numbered(draft) {
    const out = {}, cited = measured(draft);
    if (draft.number) out.number = draft.number;
    if (cited.length) out.papers = cited;
    return out;
  }

  /** The text of a paper that is signed on the spot: the form's sentences, filled in. */
  function paper(draft, each) {
    const day = chinese(dayOf(draft.stamps.arrived || draft.opened_at)), form = each.form, at = each.at || "", on = dayOf(at || draft.stamps.ended || draft.stamps.arrived || draft.opened_at);
    const words = { day, basis: each.basis || form.texts.basis || "", count: "第" + each.findings.map((one) => one.n).join("、"), number: each.number, address: draft.address || "", mode: draft.mode_said || "", officers: teamOf(draft).map((one) => one.name).join("、"), certificates: teamOf(draft).map((one) => one.card || "—").join("、"), task: "", facts: "", order: "" };
    const texts = Object.fromEntries(Object.entries(form.texts).map(([name, text]) => [name, text.replace(/\{(\w+)\}/g, (_, word) => (words[word] === undefined ? "" : words[word]))]));
    const base = { v: V, kind: "paper", case: draft.case, salt: each.salt, team: teamOf(draft), stamps: { signed: at }, photos: [], enterprise: draft.name, address: draft.address || "", code: each.code, number: each.number, title: form.title, texts, moment: at ? `${chinese(on)} ${hour(at)}` : "签名的那一刻" };
    if (each.code === "delivery") return Object.assign(base, { listed: each.listed, receiver: each.receiver || "", receiver_signs: Boolean(each.receiver_signs), way: each.way, witness: each.witness || "", remark: each.remark || "", place: each.place || "", on });
    const findings = each.findings.map((one) => ({ n: one.n, line: one.line, wording: one.wording, facts: one.facts, basis: one.basis, measure: one.measure, is_major: one.is_major, major_reason: one.major_reason, disposal: one.disposal, due_on: each.code === "order" ? one.due_on : "" }));
    return Object.assign(base, { findings }, each.code === "measure" ? { decisions: each.decisions, called: each.called } : {});
  }

  /** The text of a refusal, which the witness signs: it names the text that was refused. */
  function refusalText(draft) {
    const r = draft.refusal;
    return r ? canonical({ v: V, kind: "refusal", case: draft.case, salt: draft.salt, of: draft.digest, way: r.way || "refused", reason: r.reason || "", words: r.words || "", witness: r.witness || "", witness_of: r.witness_of || "" }) : "";
  }

  /** What differs between what was signed and what is there now, in words: [[what, was, is]]. */
  function changed(draft) {
    if (!draft.sheet) return [];
    const was = JSON.parse(draft.sheet), is = build(draft), out = [];
    const said = (each) => (each ? `${draft.values[each.value] || each.value}${each.note ? "：" + each.note : ""}（${nameOf(draft, each.by)} ${hour(each.at)}）` : "没有");
    const parts = (thing, old) => Object.keys(thing || {}).filter((key) => canonical((thing || {})[key] || "") !== canonical((old || {})[key] || "")).map((key) => thing[key] || "空").join("、") || "空";
    const shown = (thing, old) => (Array.isArray(thing) ? thing.length + " 项" : thing && typeof thing === "object" ? parts(thing, old) : String(thing === undefined || thing === "" ? "空" : thing));
    linesOf(draft).forEach((line, n) => {
      const a = (was.lines || []).find((each) => each.line === line.key), b = (is.lines || []).find((each) => each.line === line.key);
      if (canonical(a || null) !== canonical(b || null)) out.push([`第 ${n + 1} 行　${line.requirement.slice(0, 24)}`, said(a), said(b)]);
    });
    const names = { findings: "问题", photos: "照片和说明", record: "记录", stamps: "到场各步的时间", codes: "执法码、企业码", team: "检查组", notice: "通知书送达", aside: "没有采用的填写", seen: "看到什么", asked: "问了谁", reason: "原因", calls: "打过的电话", told: "告知后果", recusal: "回避申请", number: "文号", papers: "引用的决定书", text: "补充的内容", enterprise: "企业签字", unsigned_reason: "企业没有签的原因", kind: "种类", recorder_number: "执法记录仪编号", address: "地址", verdicts: "复查意见", met: "现场负责人", enterprise_name: "企业" };
    for (const [name, title] of Object.entries(names)) {
      if (canonical(was[name] === undefined ? null : was[name]) === canonical(is[name] === undefined ? null : is[name])) continue;
      if (name === "record" && typeof is.record === "object") {
        const fields = { statement: "企业自己说", met: "现场负责人", met_title: "职务", met_phone: "电话", site: "检查场所", record: "记录正文", recorder_number: "执法记录仪编号", video_name: "音像文件名", experts: "检查专家" };
        const then = was.record || {}, now = is.record || {};
        for (const [field, said_] of Object.entries(fields)) if (then[field] !== now[field]) out.push([said_, then[field] || "空", now[field] || "空"]);
      } else out.push([title, shown(was[name], is[name]), shown(is[name], was[name]) + (Array.isArray(is[name]) ? "，内容有改动" : "")]);
    }
    return out;
  }

  const fingerprint = (digest) => [0, 4, 8, 12].map((n) => digest.slice(n, n + 4)).join(" ");

  return { canonical, standing, own, nameOf, cardOn, unfit, linesOf, build, paper, findingsOf, usualFinding, photosOf, teamOf, opening, summary, counts, recordOf, refusalText, changed, fingerprint, hour, dayOf, chinese };
})();
