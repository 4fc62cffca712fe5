/* 看一遍，签名: the record as it will read, its fingerprint, and each name under that very text. */
// @ts-check
"use strict";

const FieldSign = (() => {
  const { h, tell, page, foot, go, button, still, note, field, choice, addressOf, clock } = FieldParts;
  const { keep, soon } = FieldDrafts;
  const fp = FieldContent.fingerprint;

  /** Who signs: every officer of the team; on site the enterprise, unless it refuses, then a witness. */
  function signers(draft) {
    const team = FieldContent.teamOf(draft).map((each) => ({ role: each.role, name: each.name, title: draft.team.find((one) => one.ref === each.ref).leads ? "组长" : "检查人员" }));
    if (draft.kind === "undone") return team;
    if (draft.kind === "review") return draft.enterprise === "signed" ? team.concat({ role: "met", name: draft.record.met || "现场负责人", title: "企业" }) : team;
    if (draft.kind === "supplement") return draft.supplement.enterprise === "signed" ? team.concat({ role: "met", name: draft.supplement.met || "现场负责人", title: "企业" }) : team;
    if (!draft.mode.startsWith("on")) return team;
    if (!draft.refusal) return team.concat({ role: "met", name: draft.record.met || "现场负责人", title: "现场负责人" });
    return draft.refusal.witness ? team.concat({ role: "witness", name: draft.refusal.witness, title: "见证人" }) : team;
  }

  const digestFor = (draft, role) => (role === "witness" ? draft.refusal_digest || "" : draft.digest);
  const signed = (draft, who) => Boolean(draft.sheet) && draft.signatures.some((each) => each.role === who.role && each.name === who.name && each.digest === digestFor(draft, who.role));
  const isStale = (draft) => Boolean(draft.sheet) && FieldContent.canonical(FieldContent.build(draft)) !== draft.sheet;

  // The text is written down now, and everybody signs it; the inspection is over with it.
  async function seal(draft) {
    const code = { visit: "record", review: "review" }[draft.kind];
    if (code && !draft.number) { const number = FieldNumbers.free(draft, code)[0]; if (number) draft.number = number.number; }
    draft.stamps.ended = FieldClock.stamp(draft);
    draft.sheet = FieldContent.canonical(FieldContent.build(draft));
    draft.last_signed = draft.last_at;
    draft.digest = await FieldStore.digest(new TextEncoder().encode(draft.sheet));
    await sealRefusal(draft);
    await keep(draft);
  }

  async function sealRefusal(draft) {
    draft.refusal_text = FieldContent.refusalText(draft);
    draft.refusal_digest = draft.refusal_text ? await FieldStore.digest(new TextEncoder().encode(draft.refusal_text)) : "";
  }

  function lacking(draft) {
    const rules = FieldDrafts.tasks().rules, none = { must: [], should: [] };
    if (draft.kind === "supplement" || draft.kind === "review") return none;
    if (draft.kind === "undone") return draft.files.some((each) => each.kind === "photo") && draft.undone.reason && (draft.undone.seen || "").trim() ? none : { must: ["没查成的记录还没有填完"], should: [] };
    const stands = FieldContent.standing(draft), answers = {};
    for (const [key, each] of Object.entries(stands)) if (each.stands) answers[key] = Object.assign({}, each.stands, { open: each.isOpen });
    const facts = FieldRules.factsOf(rules, Object.assign({}, draft, {
      answers, findings: Object.fromEntries(FieldContent.findingsOf(draft, stands).filter((each) => each.line).map((each) => [each.line, each])),
      record: Object.assign({}, draft.record, { record: FieldContent.recordOf(draft, stands), signed: draft.refusal ? draft.refusal.way : "signed", unsigned_reason: draft.refusal ? draft.refusal.reason : "", witness: draft.refusal ? draft.refusal.witness : "" }),
      files: draft.files.concat(FieldContent.photosOf(draft).filter((each) => each.of !== draft.me)),
    }), FieldContent.dayOf(draft.sheet && draft.stamps.ended ? draft.stamps.ended : FieldClock.now()), draft.values);
    const must = FieldRules.lacking(rules, facts);
    const met = String(draft.record.met || "");
    if (draft.mode.startsWith("on") && met.trim() === "") must.push("还没有写现场负责人的姓名。");
    must.push(...FieldPapers.lacking(draft));
    return { must, should: FieldRules.wanting(rules, facts).filter((each) => !each.includes("签名")) };
  }

  /** The record as it will read. */
  async function paper(draft) {
    const time = (at) => (at ? FieldContent.hour(at) : "—"), s = draft.stamps, stands = draft.kind === "visit" ? FieldContent.standing(draft) : {};
    const rows = draft.kind === "visit" ? FieldContent.findingsOf(draft, stands) : [], way = Object.fromEntries(FieldDrafts.tasks().disposals);
    const shot = async (each) => {
      const file = draft.files.find((one) => one.sha256 === each.sha256), kept = file && await FieldStore.get("files", file.key);
      return h("li", {}, kept ? h("img", { src: addressOf(kept.thumb || kept.data, kept.thumb ? "image/jpeg" : kept.type), alt: each.caption || "照片" }) : h("span", { className: "lost" }, "在同伴手机里"), h("b", {}, each.caption || ""), h("small", {}, "指纹 " + each.sha256.slice(0, 8)));
    };
    const photos = FieldContent.photosOf(draft), of = async (line) => Promise.all(photos.filter((each) => each.line === line && each.kind === "photo").map(shot));
    const head = [`被检查单位：${draft.name}`, `地址：${draft.address || "—"}`, draft.record.met ? `现场负责人：${draft.record.met}${draft.record.met_title ? `（${draft.record.met_title}）` : ""}` : "", `检查时间：${FieldContent.chinese(FieldContent.dayOf(s.arrived || draft.opened_at))} ${time(s.arrived)} 至 ${s.ended ? time(s.ended) : "开始签名时"}`,
      "检查人员：" + FieldContent.teamOf(draft).map((each) => `${each.name}（${each.card || "—"}）`).join("、")].filter(Boolean);
    if (draft.kind === "undone") {
      const rule = FieldDrafts.tasks().undone.find((each) => each.reason === draft.undone.reason) || { title: "" };
      return h("article", { className: "paper" }, h("h2", {}, "没查成的记录"), head.map((each) => h("p", {}, each)), h("h3", {}, "为什么没查成"), h("p", {}, rule.title), h("h3", {}, "看到什么"), h("p", {}, draft.undone.seen), draft.undone.asked ? h("p", {}, "问了：" + draft.undone.asked) : null,
        draft.undone.calls.length ? h("p", {}, "打过电话：" + draft.undone.calls.map(time).join("、") + "，没有人接") : null, draft.undone.told ? h("p", {}, "已当面告知：" + rule.told) : null, h("ul", { className: "shots" }, await of("")));
    }
    if (draft.kind === "review") {
      const titles = { right: "已整改", wrong: "没有整改", half: "部分整改" }, of_ = Object.fromEntries(draft.problems.map((each) => [each.number, each.wording]));
      return h("article", { className: "paper" }, h("h2", {}, "整改复查"), head.map((each) => h("p", {}, each)), h("ol", {}, FieldReview.verdicts(draft).map((each) => h("li", {}, `第 ${each.number} 项　${of_[each.number]}：${titles[each.verdict]}${each.note ? "，" + each.note : ""}`))),
        FieldReview.words(draft).split("\n").map((each) => h("p", {}, each)), h("ul", { className: "shots" }, await Promise.all(photos.map(shot))), draft.enterprise === "signed" ? null : h("p", {}, "企业没有签：" + draft.unsigned_reason));
    }
    if (draft.kind === "supplement") {
      const said = draft.supplement;
      return h("article", { className: "paper" }, h("h2", {}, "补充记录"), head.slice(0, 2).map((each) => h("p", {}, each)), h("p", {}, "原因：" + said.reason), said.text ? h("p", {}, said.text) : null,
        said.lines.length ? h("ol", {}, said.lines.map((each) => h("li", {}, `${(FieldContent.linesOf(draft).find((line) => line.key === each.line) || { requirement: each.line }).requirement}：${draft.values[each.value]}${each.note ? "，" + each.note : ""}（${FieldContent.nameOf(draft, each.by)}）`))) : null,
        h("ul", { className: "shots" }, await Promise.all(photos.filter((each) => each.sha256).map(shot))), (said.dropped || []).map((each) => h("p", {}, `指纹 ${fp(each)} 的照片损坏，未存入。`)), said.enterprise === "signed" ? null : h("p", {}, "企业没有签：" + said.unsigned_reason));
    }
    const shownAt = new Set(rows.map((each) => each.line || "other:" + each.id.slice(0, 30)));
    const aside = FieldContent.linesOf(draft).flatMap((line, n) => stands[line.key].aside.map((each) => `第 ${n + 1} 行 ${FieldContent.nameOf(draft, each.by)}：${draft.values[each.value]}${each.note ? "，" + each.note : ""}`));
    return h("article", { className: "paper" }, h("h2", {}, draft.mode.startsWith("on") ? "现场检查记录" : draft.mode_said + "记录"), head.map((each) => h("p", {}, each)),
      h("h3", {}, "一、检查的情况"), FieldContent.recordOf(draft, stands).split("\n").map((each) => h("p", {}, each)),
      h("ol", {}, FieldContent.linesOf(draft).map((line) => { const each = stands[line.key].stands; return each && each.value !== "pass" && each.value !== "fail" ? h("li", {}, `${line.requirement}：${draft.values[each.value]}${each.note ? "，" + each.note : ""}`) : null; })),
      h("h3", {}, "二、发现的问题"), rows.length ? h("ol", {}, await Promise.all(rows.map(async (each) => h("li", {}, each.is_major ? h("b", {}, "【重大事故隐患】") : null, `${each.wording}${each.facts ? "：" + each.facts : ""}。${way[each.disposal]}${each.disposal === "fixed" || each.due_on === "" ? "" : "，" + FieldContent.chinese(each.due_on) + "前"}。`, h("ul", { className: "shots" }, await of(each.line || "other:" + each.id.slice(0, 30))))))) : h("p", {}, "没有发现问题。"),
      h("h3", {}, "三、企业的意见"), h("p", {}, draft.record.statement ? `“${draft.record.statement}”` : "没有。"),
      h("p", {}, [["检查场所", draft.record.site], ["执法记录仪", draft.record.recorder_number], ["音像文件", draft.record.video_name], ["检查专家", draft.record.experts], ["电话", draft.record.met_phone]].filter((each) => each[1]).map((each) => each.join("：")).join("；")),
      aside.length ? h("p", {}, "没有采用的填写：" + aside.join("；")) : null,
      h("ul", { className: "shots" }, await Promise.all(photos.filter((each) => !shownAt.has(each.line) || each.kind !== "photo").map(shot))));
  }

  const backOf = (draft) => FieldDrafts.pageOf(draft) + draft.uuid;

  async function read(draft) {
    if (isStale(draft) && draft.signatures.length) { go("changed/" + draft.uuid); return; }
    const here = still(), { must, should } = lacking(draft), who = signers(draft), shown = await paper(draft);
    if (!here()) return;
    const start = async () => { if (!draft.sheet || isStale(draft)) await seal(draft); next(draft); };
    page("看一遍再签", backOf(draft), 2, note("say", "和对方一起，从头看到尾。签了以后就不能改；要改，签名不算数，重新签。"),
      must.length ? h("div", { className: "bad", role: "alert" }, h("b", {}, "还不能签："), h("ul", {}, must.map((each) => h("li", {}, each)))) : null,
      should.length ? note("warn", "请留意，还没有：" + should.join("；")) : null,
      draft.kind === "visit" ? h("a", { className: "go", href: "#record/" + draft.uuid }, draft.record.statement ? "改记录的其他栏" : "企业自己说、执法记录仪、印章…") : null, shown,
      draft.sheet && !isStale(draft) ? h("section", { className: "card thin" }, h("b", {}, "这一份的指纹"), h("p", { className: "fp" }, fp(draft.digest)), h("span", { className: "soft" }, "改一个字、换一张照片，指纹就变。签名签的就是它。")) : null,
      draft.refusal ? h("a", { className: "go", href: "#refuse/" + draft.uuid }, "对方不签：改原因、见证人，或者对方愿意签了") : null,
      h("h2", {}, `接下来 ${who.length} 个人签这一份`), h("section", { className: "card thin" }, h("ul", { className: "rows" }, who.map((each) => h("li", {}, h("span", { className: "st " + (signed(draft, each) ? "g" : "y") }, signed(draft, each) ? "✓ 签了" : "还没有"), each.name, h("span", { className: "soft" }, each.title))))),
      foot(button("看完了，开始签名", start, { disabled: must.length > 0 && !(draft.sheet && !isStale(draft)) }), button("要改，回去", () => go(backOf(draft)), { className: "two" })));
  }

  function next(draft) {
    const left = signers(draft).find((each) => !signed(draft, each));
    go(left ? `sign/${draft.uuid}/${left.role}` : "hand/" + draft.uuid);
  }

  /** What somebody puts his name under, above the pad. */
  function gist(draft) {
    if (draft.kind === "undone") return ["没查成：" + (FieldDrafts.tasks().undone.find((each) => each.reason === draft.undone.reason) || { title: "" }).title];
    if (draft.kind === "review") return FieldReview.words(draft).split("\n");
    if (draft.kind === "supplement") return ["补充记录：" + (draft.supplement.text || draft.supplement.reason)];
    const stands = FieldContent.standing(draft), n = FieldContent.counts(draft, stands), found = FieldContent.findingsOf(draft, stands);
    const due = {};
    for (const each of found) if (each.disposal !== "fixed" && each.due_on) due[each.due_on] = (due[each.due_on] || 0) + 1;
    return [`查了 ${n.all} 行，${n.fail ? n.fail + " 行不符合" : "没有不符合"}`, ...found.filter((each) => each.is_major).map((each) => "重大隐患：" + each.wording), ...Object.entries(due).map(([day, many]) => `${many} 个问题 ${FieldContent.chinese(day)}前改`), draft.record.statement ? `您的意见：“${draft.record.statement}”` : ""].filter(Boolean);
  }

  function sign(draft, role) {
    const who = signers(draft).find((each) => each.role === role);
    if (!who) { go("read/" + draft.uuid); return; }
    if (!draft.sheet || isStale(draft)) { go("changed/" + draft.uuid); return; }
    const done = signers(draft).filter((each) => signed(draft, each) && each.role !== role);
    pad(draft, {
      who, digest: digestFor(draft, role), back: "read/" + draft.uuid, step: 3, then: () => next(draft),
      about: h("section", { className: "card thin" }, h("b", {}, role === "witness" ? "您见证的是：企业不签字" : `您签的是：${draft.name} ${FieldContent.chinese(FieldContent.dayOf(draft.stamps.arrived || draft.opened_at))}的记录`),
        role === "witness" ? h("p", {}, `${draft.refusal.reason}${draft.refusal.words ? "，说：“" + draft.refusal.words + "”" : ""}`) : h("ul", {}, gist(draft).map((each) => h("li", {}, each))),
        h("a", { className: "go", href: "#read/" + draft.uuid }, "看全文和照片"), h("span", { className: "soft fp" }, "指纹 " + fp(digestFor(draft, role)))),
      ways: [role === "witness" ? button("换见证人、找不到、对方愿意签了", () => go("refuse/" + draft.uuid), { className: "two" }) : null, role === "met" && draft.kind === "visit" ? button("我不签", () => go("refuse/" + draft.uuid), { className: "two" }) : null],
      done: done.map((each) => h("p", { className: "ok" }, `${each.name}签了，指纹 ${fp(digestFor(draft, each.role)).slice(0, 9)}，与这一份相同`)),
    });
  }

  /** A name under a text: `of`: who, the digest of the text, what is said of it above the pad, where it leads. */
  function pad(draft, of) {
    const who = of.who, role = who.role, canvas = h("canvas", { className: "pad", "aria-label": who.name + "签名处" });
    page(who.name + "　签名", of.back, of.step, of.about, h("h2", {}, who.name, h("small", {}, "　" + who.title)), canvas,
      h("div", { className: "row" }, button("重写", () => drawn.clear(), { className: "two" }), of.ways || null), of.done || null, foot(button("签好了", finish)));
    const scale = Math.max(window.devicePixelRatio || 1, 1);
    canvas.width = canvas.offsetWidth * scale;
    canvas.height = canvas.offsetHeight * scale;
    canvas.getContext("2d").scale(scale, scale);
    const drawn = new SignaturePad(canvas, { penColor: "#000", backgroundColor: "#fff" });
    function finish() {
      if (drawn.isEmpty() || reach(drawn) < 40) { tell(drawn.isEmpty() ? "还没有签名。" : "签名太小或只有一个点，请重新签。"); return; }
      unlike(canvas);
      canvas.toBlob(async (blob) => {
        const data = await blob.arrayBuffer(), sha256 = await FieldStore.digest(data), key = draft.uuid + ":" + sha256, at = FieldClock.stamp(draft);
        try { await FieldStore.put("files", { key, account: draft.account, data, type: "image/png" }); } catch (error) { tell("手机存储空间不足，签名没有存下。"); return; }
        draft.files.push({ id: FieldStore.newId(), key, sha256, kind: "signature", signer: role, line: "", caption: who.name, taken_at: at, latitude: null, longitude: null });
        draft.signatures.push({ role, name: who.name, at, digest: of.digest, sha256 });
        await keep(draft);
        of.then();
      }, "image/png");
    }
  }

  // Two strokes may come out alike to the last bit: a row of all but white, that nobody sees, tells the pictures apart.
  function unlike(canvas) {
    const pen = canvas.getContext("2d"), bits = FieldStore.random(16);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    for (let n = 0; n < bits.length; n += 1) { pen.fillStyle = `rgb(255,255,${254 - parseInt(bits[n], 16) % 4})`; pen.fillRect(n, canvas.height - 1, 1, 1); }
  }

  // How far a signature reaches, in points of the screen: more than a dot.
  function reach(drawn) {
    const points = drawn.toData().flatMap((stroke) => stroke.points || stroke), xs = points.map((each) => each.x), ys = points.map((each) => each.y);
    return Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  }

  /** What was changed since it was signed, in words, and the two ways on. */
  async function changed(draft) {
    const found = FieldContent.changed(draft), text = FieldContent.canonical(FieldContent.build(draft));
    if (text === draft.sheet) { go("read/" + draft.uuid); return; }
    const digest = await FieldStore.digest(new TextEncoder().encode(text)), old = draft.signatures.filter((each) => each.digest === draft.digest);
    if (!draft.sheet) { go("read/" + draft.uuid); return; }
    page("记录改过，要重签", "lines/" + draft.uuid, 3, note("bad", `${old.length} 个签名不算数了。他们签的是改以前的那一份；签过的图留着备查，不进记录。`),
      h("h2", {}, "改了什么"), h("section", { className: "card thin" }, h("dl", { className: "diff" }, found.map(([what, was, is]) => [h("dt", {}, what), h("dd", {}, h("span", { className: "old" }, was), " → ", h("b", {}, is))]), h("dt", {}, "指纹"), h("dd", { className: "fp" }, h("span", { className: "old" }, fp(draft.digest)), " → ", fp(digest)))),
      h("p", { className: "soft" }, "改回去以后内容和原来一个字不差，指纹相同，签名才恢复。对方已经走了的，不要改签过的记录：改回去交上，再写补充记录。"),
      old.map((each) => h("p", {}, h("span", { className: "st r" }, "不算数"), `　${each.name} ${FieldContent.hour(each.at)}`)),
      foot(button("再看一遍，重新签", async () => { await seal(draft); go("read/" + draft.uuid); }), button("改回去", () => go(backOf(draft)), { className: "two" })));
  }

  /** 对方不签: why, in his words, and who saw it. */
  function refuse(draft) {
    const told = draft.refusing = draft.refusing || Object.assign({}, draft.refusal || { way: "refused", reason: "不愿意签", words: "", witness: "", witness_of: "" }), put = () => soon(draft);
    const WHY = [["不愿意签", "refused"], ["不同意内容", "refused"], ["人走了", "absent"], ["手伤、不会写", "absent"]];
    const done = async (witness) => {
      if (!witness) Object.assign(told, { witness: "", reason: told.reason.replace(/，找不到见证人$/, "") + "，找不到见证人" });
      else if (!told.witness.trim() || draft.team.some((each) => each.name === told.witness.trim())) { tell("请写见证人的姓名；不能是检查人员。"); return; }
      draft.refusal = Object.assign({}, told, { witness: told.witness.trim() });
      draft.refusing = null;
      await sealRefusal(draft);
      await keep(draft);
      next(draft);
    };
    page("对方不签", "read/" + draft.uuid, 3, note("say", "不签不要紧，记录照样有效。写清为什么，请一个人见证。不要劝签、不要吓唬。"),
      h("h2", {}, "怎么回事"), choice("why", WHY.map(([each]) => [each, each]), told.reason, (why) => { told.reason = why; told.way = WHY.find((each) => each[0] === why)[1]; put(); }),
      field("他说了什么", told, "words", put, { rows: 3, max: 150, hint: "照原话" }), h("h2", {}, "见证人", h("small", {}, "　不能是检查人员")), field("姓名", told, "witness", put, { max: 60, id: "witness" }), field("单位或身份、电话", told, "witness_of", put, { max: 100 }),
      note("say", "交上去以后报告里会单独写明，审核的人会看到。"),
      foot(button("记下，请见证人签名", () => done(true)), button("找不到见证人", () => done(false), { className: "two" }), draft.refusal ? button("对方愿意签了", async () => { draft.refusal = null; draft.refusing = null; await sealRefusal(draft); await keep(draft); next(draft); }, { className: "two" }) : null));
  }

  function papersSaid(draft) {
    const n = FieldPapers.papers(draft).filter((each) => FieldPapers.isSigned(draft, each)).length, due = FieldPapers.toOrder(draft).length;
    return [draft.number ? `${draft.kind === "review" ? "意见书" : "记录"} ${draft.number}` : "", n ? `当场签好 ${n} 份` : "", due ? `${due} 个问题还没有开责令限期整改指令书：可以现在开，也可以回去开` : ""].filter(Boolean).join("；") || "没有要当场出的。";
  }

  /** 交给企业，离开: the copy with its fingerprint, the moment of leaving, and off it goes. */
  async function hand(draft) {
    const left = signers(draft).filter((each) => !signed(draft, each));
    if (!draft.sheet || isStale(draft)) { go("changed/" + draft.uuid); return; }
    if (left.length) { next(draft); return; }
    const here = still(), found = FieldDrafts.caseOf(draft.case), qr = h("div", { className: "qr-box" }), shown = await paper(draft);
    const marks = await Promise.all(draft.signatures.filter((each) => each.digest === digestFor(draft, each.role)).map(async (each) => {
      const file = draft.files.find((one) => one.sha256 === each.sha256), kept = file && await FieldStore.get("files", file.key);
      return h("li", {}, kept ? h("img", { src: addressOf(kept.data, kept.type), alt: each.name + "签名" }) : null, h("b", {}, each.name), h("small", {}, clock(each.at)));
    }));
    if (!here()) return;
    page(draft.kind === "visit" ? "交给企业，离开现场" : "交上去", "read/" + draft.uuid, 3,
      draft.kind === "visit" ? [h("h2", {}, "给企业一份"), h("p", { className: "soft" }, "扫码带走：码里有核对文书的网址和这一份的指纹。我们还没上传时，查到的是“文书在路上”或者通知书；上传后可以核对记录的指纹。"), qr, button("当场打印，或存成文件", () => window.print(), { className: "two" })] : null,
      shown, h("section", { className: "card thin" }, h("b", {}, "签名签的是这一份"), h("p", { className: "fp" }, fp(draft.digest)), h("ul", { className: "shots marks" }, marks)),
      (draft.kind === "visit" || draft.kind === "review") && draft.mode.startsWith("on") ? h("section", { className: "card" }, h("h2", {}, "现场文书"), h("p", {}, papersSaid(draft)), button("出文书，请企业签收", () => go("papers/" + draft.uuid), { className: "two" })) : null,
      h("p", {}, `检查 ${FieldContent.hour(draft.stamps.ended)} 结束（开始签名那一刻，写在记录里）。`),
      foot(button(draft.kind === "supplement" ? "交上去" : "离开现场，交上去", async () => { const left_ = FieldPapers.lacking(draft); if (left_.length) { tell("还差：" + left_[0]); return; } draft.left_at = draft.left_at || FieldClock.stamp(draft); await FieldDrafts.submit(draft); }), h("p", { className: "soft" }, "没有网络也可以：内容留在本机，连网后自动上传，收到回执才从本机移除。")));
    if (draft.kind === "visit") {
      const own = FieldNumbers.of(draft.case).find((each) => each.number === draft.number);
      const text = (own && own.url ? own.url : found && found.notice && found.notice.url.startsWith("http") ? found.notice.url : FieldDrafts.tasks().bureau + " " + (draft.notice_number || "")) + "#" + draft.digest;
      try { qr.append(await FieldCodes.draw(text, "给企业的码")); } catch (error) { qr.append(note("warn", error.message)); }
    }
  }

  return { read, sign, pad, changed, refuse, hand, lacking, isStale };
})();
