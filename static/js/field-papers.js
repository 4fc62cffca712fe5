/* 现场文书: decisions signed on the spot with lent numbers: 现处 before the record, 责改 after it, 送达回证 at the end. */
// @ts-check
"use strict";

const FieldPapers = (() => {
  const { h, tell, page, foot, go, button, twice, note, field, choice, tick } = FieldParts;
  const { keep, soon } = FieldDrafts;
  const fp = FieldContent.fingerprint, digestOf = (text) => FieldStore.digest(new TextEncoder().encode(text));

  const papers = (draft) => draft.papers || (draft.papers = []);
  const form = (draft, code) => { const found = FieldDrafts.caseOf(draft.case); return ((draft.forms || (found && found.forms) || {})[code]) || { title: code, texts: {} }; };
  const formOf = (draft, each) => each.form || form(draft, each.code);

  // -- who signs, and whether all have ---------------------------------------------------------------

  function signers(draft, each) {
    const team = FieldContent.teamOf(draft).map((one) => ({ role: one.role, name: one.name, title: "检查人员" }));
    if (each.code !== "delivery") return team;
    if (each.receiver_signs) return team.concat({ role: "met", name: each.receiver || "现场负责人", title: "收件人" });
    return each.witness ? team.concat({ role: "witness", name: each.witness, title: "见证人" }) : team;
  }
  const has = (draft, each, who) => draft.signatures.some((one) => one.role === who.role && one.name === who.name && one.digest === each.digest);
  const isSigned = (draft, each) => Boolean(each.sheet) && signers(draft, each).every((who) => has(draft, each, who));
  const signed = (draft, code) => papers(draft).filter((each) => each.code === code && isSigned(draft, each));
  const open = (draft, code) => papers(draft).find((each) => each.code === code && !isSigned(draft, each));

  // -- what the findings still ask for ---------------------------------------------------------------

  const found = (draft) => (draft.kind !== "visit" ? [] : FieldContent.findingsOf(draft, FieldContent.standing(draft)).map((each, n) => Object.assign(each, { n: n + 1 })));
  const isOn = (decided, each) => decided.some((paper) => paper.findings.some((one) => one.id === each.id));
  const toMeasure = (draft) => found(draft).filter((each) => each.disposal === "measure" && !isOn(signed(draft, "measure"), each));
  const toOrder = (draft) => found(draft).filter((each) => each.disposal !== "fixed" && !isOn(signed(draft, "order"), each));
  const consent = (draft, id) => (draft.consents || {})[id] || null;

  /** A decision that was signed speaks of the problems as they were then. */
  function bent(draft) {
    const now = found(draft), same = (a, b) => ["wording", "facts", "basis", "is_major", "measure"].every((part) => a[part] === b[part]);
    return papers(draft).filter((each) => isSigned(draft, each) && each.findings.some((one) => !now.some((other) => other.id === one.id && same(one, other) && (each.code !== "order" || other.due_on === one.due_on))));
  }

  /** What stands in the way of signing the record, and of leaving, in words. */
  function lacking(draft) {
    if (draft.kind !== "visit" || !draft.mode.startsWith("on")) return [];
    const must = [];
    for (const each of found(draft)) {
      if (!each.is_major) continue;
      if (each.disposal === "measure" && !isOn(signed(draft, "measure"), each)) must.push(`第 ${each.n} 个问题是重大隐患：现场处理措施决定书还没有签`);
      const said = consent(draft, each.id);
      if (each.disposal === "order" && !(said && String(said.to || "").trim())) must.push(`第 ${each.n} 个问题是重大隐患，没有停用：要负责人同意，记下是谁、什么理由`);
    }
    for (const each of bent(draft)) must.push(`${each.number} 签过以后问题改过了：改回去，或者作废这个号重出`);
    for (const each of papers(draft)) if (!isSigned(draft, each) && each.sheet && draft.signatures.some((one) => one.digest === each.digest)) must.push(`${each.number} 还没有签完`);
    return must;
  }

  // -- a paper ---------------------------------------------------------------------------------------

  async function begin(draft, code, more) {
    const number = FieldNumbers.free(draft, code)[0];
    if (!number) { tell("手机里没有这种文书的号码了。"); return null; }
    const made = Object.assign({ id: FieldStore.newId(), code, number: number.number, key: number.key, url: number.url, typed: number.typed, form: form(draft, code), salt: FieldStore.random(16), sheet: "", digest: "", at: "", findings: [] }, more);
    papers(draft).push(made);
    await keep(draft);
    return made;
  }

  async function seal(draft, each) {
    each.at = FieldClock.stamp(draft);
    each.sheet = FieldContent.canonical(FieldContent.paper(draft, each));
    each.digest = await digestOf(each.sheet);
    await keep(draft);
  }

  /** The paper as it reads, from the very text that is signed. */
  function shown(draft, each) {
    const said = each.sheet ? JSON.parse(each.sheet) : FieldContent.paper(draft, each), t = said.texts, f = said.findings || [];
    const rows = f.length ? f.map((one) => h("p", {}, `${one.n}．${one.wording}${one.facts ? `（${one.facts}）` : ""}${one.is_major ? "【重大事故隐患】" : ""}${one.basis ? "　依据：" + one.basis : ""}`)) : null;
    return h("article", { className: "paper" }, h("h2", {}, said.title), h("p", { className: "no" }, said.number), h("p", {}, said.enterprise + "："), t.opening ? h("p", {}, t.opening) : null, rows, t.decision ? h("p", {}, t.decision) : null,
      said.decisions ? h("ol", {}, said.decisions.map((one) => h("li", {}, h("b", {}, one)))) : null,
      each.code === "order" ? h("ul", {}, f.map((one) => h("li", {}, `第 ${one.n} 项：${one.measure || "改正"}，${FieldContent.chinese(one.due_on)}前`))) : null,
      each.code === "delivery" ? [h("ul", {}, said.listed.map((one) => h("li", {}, one))), h("p", {}, `${said.way}；收件人 ${said.receiver || "—"}；${said.place || ""}；${FieldContent.chinese(said.on)}${said.remark ? "；" + said.remark : ""}`)] : null,
      t.meanwhile ? h("p", {}, t.meanwhile) : null, t.remedy ? h("p", {}, t.remedy) : null, t.note ? h("p", { className: "soft" }, t.note) : null, h("p", { className: "end" }, FieldDrafts.tasks().bureau, h("br"), said.moment));
  }

  const backOf = (draft) => (draft.sheet && FieldDrafts.isSigned(draft) ? "papers/" : "lines/") + draft.uuid;

  function view(draft, id) {
    const each = papers(draft).find((one) => one.id === id);
    if (!each) { go(backOf(draft)); return; }
    const who = signers(draft, each), left = who.find((one) => !has(draft, each, one)), done = isSigned(draft, each);
    const start = async () => { if (!each.sheet) await seal(draft, each); go(nameOf(draft, each)); };
    page(formOf(draft, each).title, backOf(draft), each.code === "measure" && !draft.sheet ? 1 : 3, shown(draft, each),
      each.called ? h("p", { className: "ok" }, each.called.words ? `电话报告${each.called.to}：${each.called.words}；当天补办书面审批，到时候会提醒他` : "没有打通负责人的电话，已记下；当天补办书面审批") : null,
      h("section", { className: "card thin" }, each.sheet ? [h("b", {}, "指纹"), h("p", { className: "fp" }, fp(each.digest))] : null, h("ul", { className: "rows" }, who.map((one) => h("li", {}, h("span", { className: "st " + (has(draft, each, one) ? "g" : "y") }, has(draft, each, one) ? "✓ 签了" : "还没有"), one.name, h("span", { className: "soft" }, one.title))))),
      each.typed ? h("p", { className: "typed" }, "核对码 ", h("b", { className: "code" }, each.typed), "　没上传时显示“文书在路上”") : null,
      done ? h("div", { id: "paper-code", className: "qr-box" }) : null,
      h("details", {}, h("summary", {}, "写坏了、不出了"), spoiling(draft, each)),
      foot(done ? button("好了", () => go(backOf(draft))) : button(left ? `看过了，${left.name}签` : "签", start), done ? button("当场打印，或存成文件", () => window.print(), { className: "two" }) : null));
    if (done && each.url) FieldCodes.draw(each.url + "#" + each.digest, each.number + "的二维码").then((code) => { const box = document.getElementById("paper-code"); if (box) box.append(code); }).catch(() => null);
  }

  function spoiling(draft, each) {
    const why = { reason: "" }, isUsed = Boolean(each.sheet);
    const drop = async () => {
      if (isUsed && !why.reason.trim()) { tell("请写明作废的原因。"); return; }
      // A number under which nobody has put a text yet is free again; one that stood on a text never is.
      if (isUsed) (draft.spoiled || (draft.spoiled = [])).push([each.key, why.reason.trim(), each.number]);
      draft.papers = papers(draft).filter((one) => one !== each);
      await keep(draft);
      tell(isUsed ? each.number + " 已作废，不会再用。" : "不出这一份，号码留着。");
      go(backOf(draft));
    };
    return h("div", {}, isUsed ? field("作废的原因", why, "reason", () => null, { max: 100 }) : null, twice(isUsed ? "作废这个号" : "不出这一份", "再点一次", drop, { className: "two red" }));
  }

  const nameOf = (draft, each) => { const left = signers(draft, each).find((one) => !has(draft, each, one)); return left ? `name/${draft.uuid}/${each.id}.${left.role}` : `paper/${draft.uuid}/${each.id}`; };

  function name(draft, told) {
    const [id, role] = String(told).split("."), each = papers(draft).find((one) => one.id === id), who = each && signers(draft, each).find((one) => one.role === role);
    if (!each || !each.sheet) { go(backOf(draft)); return; }
    if (!who || has(draft, each, who)) { go(nameOf(draft, each)); return; }
    FieldSign.pad(draft, { who, digest: each.digest, back: `paper/${draft.uuid}/${id}`, step: each.code === "measure" && !draft.sheet ? 1 : 3, about: h("section", { className: "card thin" }, h("b", {}, `您签的是：${formOf(draft, each).title} ${each.number}`), h("ul", {}, gist(each).map((one) => h("li", {}, one))), h("a", { className: "go", href: `#paper/${draft.uuid}/${id}` }, "看全文"), h("span", { className: "soft fp" }, "指纹 " + fp(each.digest))), then: () => go(nameOf(draft, each)) });
  }

  function gist(each) {
    const said = JSON.parse(each.sheet);
    if (each.code === "measure") return said.decisions;
    if (each.code === "order") return said.findings.map((one) => `第 ${one.n} 项 ${FieldContent.chinese(one.due_on)}前改`);
    return [`${said.listed.length} 份：${said.listed.join("、")}`];
  }

  // -- 重大隐患: five steps, none of which can be left out --------------------------------------------

  function measure(draft) {
    const going = open(draft, "measure");
    if (going) { go(`paper/${draft.uuid}/${going.id}`); return; }
    const rows = toMeasure(draft), told = draft.measuring || (draft.measuring = { decisions: [], own: "", to: "", words: "", reached: "" }), put = () => soon(draft), again = () => measure(draft);
    const said = () => told.decisions.concat(told.own.trim() ? [told.own.trim()] : []), free = FieldNumbers.free(draft, "measure");
    const lack = () => [rows.length ? "" : "要停的问题", rows.some((each) => !String(each.facts || "").trim()) ? "看到什么" : "", said().length ? "" : "现在就做什么", told.reached ? "" : "报告负责人", told.reached === "yes" && !(told.to.trim() && told.words.trim()) ? "负责人是谁、怎么说" : "", free.length ? "" : "号码"].filter(Boolean).join("、");
    const missing = h("p", { className: "soft" }), say = () => { missing.textContent = lack() ? "还差：" + lack() : ""; };
    const typed = { number: "" };
    const go_ = async () => {
      if (lack()) { tell("还差：" + lack()); return; }
      const called = told.reached === "yes" ? { to: told.to.trim(), words: told.words.trim(), at: FieldClock.stamp(draft) } : { to: "", words: "", at: FieldClock.stamp(draft) };
      const made = await begin(draft, "measure", { findings: rows, decisions: said(), called });
      if (!made) return;
      draft.measuring = null;
      go(`paper/${draft.uuid}/${made.id}`);
    };
    say();
    page("现场处理措施", "lines/" + draft.uuid, 1,
      h("section", { className: "card red" }, h("p", {}, "重大隐患不能“当场改正”了事，也不能只写“限期整改”。", h("b", {}, "决定书没签，这件检查交不了。"))),
      h("ol", { className: "acts" },
        h("li", { className: rows.length && rows.every((each) => String(each.facts || "").trim()) ? "done" : "now" }, h("b", {}, "看到什么"), rows.map((each) => h("p", {}, `${each.n}. ${each.wording}`, h("span", { className: "soft" }, each.facts || "还没有写，回检查表写")))),
        h("li", { className: said().length ? "done" : "now" }, h("b", {}, "现在就做什么"), h("span", { className: "soft" }, "从作出决定时起，不写宽限日子"), (FieldDrafts.tasks().measures || []).map((each) => tick(each, told.decisions.includes(each), (is) => { told.decisions = is ? told.decisions.concat(each) : told.decisions.filter((one) => one !== each); say(); put(); })), field("写明哪台设备、哪个车间，或者别的", told, "own", () => { say(); put(); }, { rows: 2, max: 300 })),
        h("li", { className: told.reached ? "done" : "now" }, h("b", {}, "报告负责人"), choice("reached", [["yes", "打通了，记下他怎么说"], ["no", "打不通，记下，接着走"]], told.reached, (code) => { told.reached = code; again(); keep(draft); }), told.reached === "yes" ? [field("报告给谁", told, "to", () => { say(); put(); }, { max: 40 }), field("他怎么说", told, "words", () => { say(); put(); }, { max: 150 })] : null, h("span", { className: "soft" }, "当天补办书面审批，到时候会提醒他")),
        h("li", { className: free.length ? "done" : "now" }, h("b", {}, "号码"), free.length ? h("span", { className: "soft" }, `用手机里的 ${free[0].number}；没有网络也能签、能交给企业`) : [note("warn", "手机里没有号码。有网络时点“领文号”；没有网络，打电话向办公室借一个，照原样填。"), numberless(draft, "measure", typed, again)]),
        h("li", {}, h("b", {}, "改到什么程度才能恢复"), h("span", { className: "soft" }, "在检查表这一行写整改要求和日子：记录签过以后开责令限期整改指令书"))),
      foot(missing, button("看决定书，签名", go_, { className: "red" }), button("回检查表", () => go("lines/" + draft.uuid), { className: "two" })));
  }

  function numberless(draft, code, typed, again) {
    const take = async () => { try { await FieldNumbers.take(draft.case); again(); } catch (error) { tell(error.message); } };
    const put = async () => {
      if (!/^（.+）.+〔\d{4}〕\d+号$/.test(typed.number.trim())) { tell("文号要照原样填全，例如（某）应急现决〔2026〕12号。"); return; }
      await FieldNumbers.type(draft.case, code, typed.number.trim());
      again();
    };
    return h("div", {}, button("领文号（要联网）", take, { className: "two small" }), field("电话里借的文号", typed, "number", () => null, { max: 60 }), button("填好了", put, { className: "two small" }));
  }

  /** 不用停: the head's word, with his reason. */
  function consenting(draft, each) {
    const said = (draft.consents || (draft.consents = {}))[each.id] || (draft.consents[each.id] = { to: "", words: "", at: "" });
    const put = () => { if (!said.at) said.at = FieldClock.stamp(draft); said.words = each.major_reason || ""; soon(draft); };
    return field("哪位负责人在电话里同意不停用", said, "to", put, { max: 40, hint: "当天请他在系统里确认" });
  }

  // -- after the record: the order, and into the enterprise's hands ------------------------------------

  function list(draft) {
    if (!draft.sheet || !FieldDrafts.isSigned(draft)) { go("read/" + draft.uuid); return; }
    const due = toOrder(draft), going = open(draft, "order"), lent = FieldNumbers.of(draft.case), gone = new Set([draft.number, ...papers(draft).map((each) => each.number), ...(draft.spoiled || []).map((each) => each[2])]);
    const row = (title, number, state, to) => h("section", { className: "card" }, h("h2", {}, title), h("ul", { className: "rows" }, h("li", {}, h("span", { className: "st " + (state === "✓ 签好" ? "g" : "y") }, state), number)), to ? button("看", () => go(to), { className: "two small" }) : null);
    const order = async () => {
      const lacks = due.filter((each) => each.due_on === "");
      if (lacks.length) { tell(`第 ${lacks[0].n} 个问题还没有整改的日子。`); return; }
      const made = await begin(draft, "order", { findings: due });
      if (made) go(`paper/${draft.uuid}/${made.id}`);
    };
    page("现场文书", "hand/" + draft.uuid, 3, note("say", "号码是出门前领到这部手机里的，没有网络也能用。没有用完的，交上去时自动交还；作废的写明原因，不再用。"),
      row(draft.kind === "review" ? "整改复查意见书" : "现场检查记录", draft.number || "没有领号，交上去以后编号", "✓ 签好", "read/" + draft.uuid),
      papers(draft).map((each) => row(formOf(draft, each).title, each.number, isSigned(draft, each) ? "✓ 签好" : "拟好了，没有签完", `paper/${draft.uuid}/${each.id}`)),
      due.length && !going ? h("section", { className: "card amber" }, h("h2", {}, form(draft, "order").title), h("p", {}, due.map((each) => `第 ${each.n} 项 ${each.due_on ? FieldContent.chinese(each.due_on) + "前" : "没有日子"}`).join("；")), FieldNumbers.free(draft, "order").length ? button("拟一份，看一遍，签", order) : note("warn", "手机里没有这种号码；交上去以后在办公室出。")) : null,
      lent.length ? [h("h2", {}, "手机里的号码"), h("section", { className: "card thin" }, h("ul", { className: "rows" }, lent.map((each) => h("li", {}, h("span", { className: "st" }, gone.has(each.number) ? (draft.spoiled || []).some((one) => one[2] === each.number) ? "作废" : "已用" : "没有用"), each.number))))] : null,
      foot(button("交给企业", () => go("deliver/" + draft.uuid))));
  }

  function deliver(draft) {
    const listed = [draft.number, ...papers(draft).filter((each) => each.code !== "delivery" && isSigned(draft, each)).map((each) => each.number)].filter(Boolean);
    const going = open(draft, "delivery"), done = signed(draft, "delivery");
    if (going) { go(`paper/${draft.uuid}/${going.id}`); return; }
    const said = draft.delivering || (draft.delivering = { how: "signed", receiver: draft.record.met || "", witness: "", reason: "" }), put = () => soon(draft), again = () => deliver(draft);
    const left = listed.filter((number) => !done.some((each) => each.listed.includes(number))), free = FieldNumbers.free(draft, "delivery");
    const sign = async () => {
      if (said.how === "later") { go("hand/" + draft.uuid); return; }
      if (!String(said.receiver || "").trim()) { tell("请写收件人。"); return; }
      if (said.how === "left" && (!String(said.witness).trim() || !String(said.reason).trim())) { tell("留置送达要写明原因和见证人。"); return; }
      const made = await begin(draft, "delivery", { listed: left, receiver: said.receiver.trim(), receiver_signs: said.how === "signed", way: said.how === "signed" ? "直接送达" : "留置送达", witness: said.how === "left" ? said.witness.trim() : "", remark: said.how === "left" ? said.reason.trim() : "", place: draft.record.site || "" });
      if (made) { draft.delivering = null; go(`paper/${draft.uuid}/${made.id}`); }
    };
    page("交给企业", "papers/" + draft.uuid, 3, left.length ? [h("h2", {}, `这次交 ${left.length} 份`), h("section", { className: "card thin" }, h("ul", { className: "rows" }, left.map((number) => h("li", {}, h("span", { className: "st g" }, "✓"), number))))] : h("p", { className: "empty" }, done.length ? "都签收过了。" : "没有带号码的文书；记录交上去以后再送达。"),
      done.map((each) => h("p", { className: "ok" }, `${each.receiver}签收 ${each.listed.length} 份，${each.number}`)),
      left.length && free.length ? [h("h2", {}, "怎么交"), choice("how", [["signed", "当面交，请他签收", "扫码、打印、手写都可以：每份文书里有二维码和打印"], ["left", "他不收：留置送达", "写明原因，请见证人签"], ["later", "过后再送", "送达的日子另记；期限从送达那天算"]], said.how, (code) => { said.how = code; again(); keep(draft); }), said.how !== "later" ? field("收件人", said, "receiver", put, { max: 60 }) : null, said.how === "left" ? [field("不收的原因", said, "reason", put, { max: 150 }), field("见证人", said, "witness", put, { max: 60 })] : null] : null,
      left.length && free.length && said.how !== "later" ? h("p", { className: "soft" }, `送达的日子 ${FieldContent.chinese(FieldContent.dayOf(FieldClock.now()))}；复议、诉讼、整改期限从这一天算。`) : null,
      foot(left.length && free.length ? button(said.how === "later" ? "过后再送，去交上去" : "出送达回证，签名", sign) : button("离开现场", () => go("hand/" + draft.uuid))));
  }

  return { measure, view, name, list, deliver, lacking, signed, isSigned, consenting, toMeasure, toOrder, papers };
})();
