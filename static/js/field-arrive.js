/* 到场: four acts, each stamped when it is done; then inspect, could not inspect, or a recusal. */
// @ts-check
"use strict";

const FieldArrive = (() => {
  const { h, tell, clock, page, foot, go, button, twice, card, note, field, choice, tick } = FieldParts;
  const hour = FieldContent.hour;

  const todo = (draft) => [["shown", "出示执法证件"], ...(draft.needs_code ? [["code", "扫企业码"]] : []), ["notice", "出示检查通知书"], ["rights", "告知权利"]].filter(([name]) => !draft.stamps[name]);

  function distance(draft) {
    const found = FieldDrafts.caseOf(draft.case), place = FieldDrafts.place();
    if (!found || !found.latitude || !place) return "";
    const rad = Math.PI / 180, dy = (place.latitude - Number(found.latitude)) * rad, dx = (place.longitude - Number(found.longitude)) * rad * Math.cos(place.latitude * rad);
    const metres = Math.round(Math.sqrt(dx * dx + dy * dy) * 6371000);
    return `，离登记地址约 ${metres >= 1000 ? (metres / 1000).toFixed(1) + " 公里" : metres + " 米"}`;
  }

  function clockSaid() {
    const off = FieldClock.offset();
    if (!FieldClock.isKnown()) return "还没有向服务器对过时间；记录里按手机的时间写。";
    if (Math.abs(off) < 2000) return "手机时间与标准时间相符。";
    const seconds = Math.round(Math.abs(off) / 1000);
    return `手机比标准时间${off > 0 ? "慢" : "快"} ${seconds > 7200 ? Math.round(seconds / 3600) + " 小时" : seconds > 120 ? Math.round(seconds / 60) + " 分钟" : seconds + " 秒"}，记录里按标准时间写。`;
  }

  function arrive(draft) {
    const found = FieldDrafts.caseOf(draft.case), day = FieldContent.dayOf(draft.stamps.arrived), again = () => arrive(draft);
    const did = async (name, more) => {
      if (!draft.stamps[name]) draft.stamps[name] = FieldClock.stamp(draft);
      Object.assign(draft, more || {});
      if (todo(draft).length) again();
      await FieldDrafts.keep(draft);
      if (!todo(draft).length) { tell("到场的几步都做完了。"); inspect(); }
    };
    // From 没查成 back to the list, by whatever way: it is a visit again.
    const inspect = async () => { draft.kind = "visit"; await FieldDrafts.keep(draft); go("lines/" + draft.uuid); };
    const act = (name, title, ...inside) => h("li", { className: draft.stamps[name] ? "done" : todo(draft)[0] && todo(draft)[0][0] === name ? "now" : "", "data-act": name },
      draft.stamps[name] ? h("span", { className: "when" }, hour(draft.stamps[name])) : null, h("b", {}, title), inside);
    const bad = draft.team.map((each) => [each, FieldContent.unfit(each, day, draft.new_cards)]).filter((each) => each[1]);
    const shown = found && found.notice, left = todo(draft);
    page(draft.name, "", 0,
      h("section", { className: "card thin" }, h("b", {}, `${hour(draft.stamps.arrived)} 到达`), distance(draft), h("span", { className: "soft" }, clockSaid()),
        bad.length ? note("warn", bad.map(([each, why]) => each.name + why).join("；")) : note("ok", draft.team.map((each) => each.name).join("、") + "今天都能执法。上传时按到场这天再核对一次。")),
      h("ol", { className: "acts" },
        act("shown", "出示执法证件", draft.stamps.shown ? null : button("对方看过两人的证", () => did("shown")), h("a", { className: "go", href: "#cards/" + draft.uuid }, "给对方核对两人的证")),
        draft.needs_code ? act("code", "扫企业码", codes(draft, did)) : null,
        act("notice", "出示检查通知书", draft.notice_number ? h("span", { className: "soft" }, draft.notice_number) : note("warn", "通知书还没有签发；有网络时先签发，或者出示纸质通知书。"),
          field("现场负责人", draft.record, "met", () => FieldDrafts.soon(draft), { max: 60, id: "met", hint: "在场的负责人即可，不必要求厂长到场" }),
          draft.stamps.notice ? null : button("出示过了，对方收下", () => did("notice", { served: { way: "received", name: draft.record.met || "", reason: "" } })),
          shown ? h("a", { className: "go", href: "#notice/" + draft.uuid }, "给对方看通知书和二维码") : null),
        act("rights", "告知权利", h("p", { className: "soft" }, shown && shown.rights ? shown.rights : "今天查通知书上写的事项，别的不查。您可以陈述、申辩；认为检查人员应当回避的，可以提出来。"),
          draft.stamps.rights ? null : button("听清楚了，不申请回避", () => did("rights")), button("对方申请回避", () => go("recuse/" + draft.uuid), { className: "two" }))),
      draft.recusal ? note("say", `已记录：申请${FieldContent.nameOf(draft, draft.recusal.person)}回避。负责人决定以前不停止检查。`) : null,
      h("h2", {}, "接下来是哪一种"),
      button(left.length ? "正常检查（还差：" + left.map((each) => each[1]).join("、") + "）" : "正常检查", () => (left.length ? tell("还差：" + left.map((each) => each[1]).join("、")) : inspect()), { className: left.length ? "not" : "" }),
      (hasAnswers(draft) ? twice : (text, _, act_, more) => button(text, act_, more))("没查成：关了、搬了、没人、不让查", "检查表已经填了几行，不会交上去。再点一次，改记没查成", () => undo(draft), { className: "two" }));
  }

  function codes(draft, did) {
    const later = () => did("code");
    return [h("span", { className: "soft" }, draft.codes.entry ? "执法码 " + draft.codes.entry : "没有码的，3 个工作日内补登记，系统会提醒。"),
      FieldCodes.scanner("扫码（拍下企业码）", (text) => { draft.codes.enterprise = text.slice(0, 60); did("code"); }),
      h("details", {}, h("summary", {}, "手工填码"), h("div", {}, field("执法码", draft.codes, "entry", () => FieldDrafts.soon(draft), { max: 60, hint: "省平台发的" }), field("企业码", draft.codes, "enterprise", () => FieldDrafts.soon(draft), { max: 60, hint: "没有就空着" }))),
      draft.stamps.code ? null : button(draft.codes.entry || draft.codes.enterprise ? "码填好了" : "没有扫成，先检查", later, { className: "two" })];
  }

  const hasAnswers = (draft) => FieldContent.linesOf(draft).some((line) => FieldContent.own(draft, line.key));

  async function undo(draft) {
    draft.kind = "undone";
    await FieldDrafts.keep(draft);
    go("undone/" + draft.uuid);
  }

  /** 给对方核对: names and cards; the plastic card counts. */
  function cards(draft) {
    const day = FieldContent.dayOf(draft.stamps.arrived);
    page("给对方核对", "arrive/" + draft.uuid, 0, note("say", "把手机给对方看。证件以实物为准，这一页只帮着核对姓名、号码、有效期。"),
      draft.team.map((each) => { const found = FieldContent.cardOn(each, day); return card(h("h2", {}, each.name + (each.leads ? "（组长）" : "")), h("p", {}, found ? `执法证 ${found[0]}，有效到 ${FieldContent.chinese(found[2])}` : FieldContent.unfit(each, day, draft.new_cards) || "新证已拍下")); }),
      note("say", "人、证、通知书上的名字不一样的，您可以拒绝检查。"),
      foot(button("对方看过了，记下时间", async () => { if (!draft.stamps.shown) draft.stamps.shown = FieldClock.stamp(draft); await FieldDrafts.keep(draft); go("arrive/" + draft.uuid); })));
  }

  /** The notice, to be shown without a network: its words, its code, and what to type instead. */
  function notice(draft) {
    const found = FieldDrafts.caseOf(draft.case), told = found && found.notice;
    if (!told) { go("arrive/" + draft.uuid); return; }
    const served = async (way) => {
      draft.served.way = way;
      if (!draft.stamps.notice) draft.stamps.notice = FieldClock.stamp(draft);
      await FieldDrafts.keep(draft);
      go("arrive/" + draft.uuid);
    };
    page("检查通知书", "arrive/" + draft.uuid, 0, note("say", "把手机给对方看。没有网络也能出示；对方的手机有网，扫码就能核对真假。"),
      told.qr ? h("div", { className: "qr-box" }, h("img", { className: "qr", src: told.qr, alt: "核对通知书的二维码" })) : null,
      told.typed ? h("p", { className: "typed" }, "不会扫码的，在公示网站“核对文书”里填 ", h("b", { className: "code" }, told.typed)) : null,
      h("article", { className: "paper" }, h("h2", {}, told.title), h("p", { className: "no" }, told.number), h("p", {}, told.subject + "："),
        h("p", {}, `本机关定于${told.window}到你单位检查下列事项，本年度第 ${told.times} 次${told.cap ? `（年度上限 ${told.cap} 次）` : ""}：`), h("ol", {}, told.items.map((each) => h("li", {}, each))),
        told.bases.length ? h("p", {}, "依据：" + told.bases.join("；")) : null,
        h("p", {}, "检查人员：" + told.officers.map((each) => `${each.name}（${each.certificate || "—"}）`).join("、")), h("p", {}, told.rights), h("p", {}, told.discipline), h("p", {}, told.bureau, h("br"), told.date)),
      field("收下的人", draft.served, "name", () => FieldDrafts.soon(draft), { max: 40 }), field("不收的原因", draft.served, "reason", () => FieldDrafts.soon(draft), { max: 100, hint: "不收也算送到，写明情况" }),
      foot(button("收下了", () => served("received")), button("不签收", () => served("refused"), { className: "two" })));
  }

  /** 新证: the photo of a certificate that the register does not have yet. */
  function newCard(draft) {
    page(draft.name, "unfit/" + draft.case, 0, note("say", "拍下新的执法证。上传时核对，局里登记以前这次检查不算。"),
      FieldShots.shots(draft, { kind: "document", line: "", caption: "新执法证", label: "拍新证" }),
      foot(button("拍好了，开始检查", () => (draft.files.length ? go("arrive/" + draft.uuid) : tell("请先拍下新证。")))));
  }

  /** 对方申请回避: in their words, on the spot; sent as soon as there is a network, by itself. */
  function recuse(draft) {
    const told = draft.asking = draft.asking || { person: "", asker: "", words: "", ground: "", view: "" }, again = () => recuse(draft);
    const tasks = FieldDrafts.tasks(), keep = () => FieldDrafts.soon(draft);
    const file = async () => {
      if (!told.person || !told.words.trim()) { tell("请选请谁回避，并照原话记下理由。"); return false; }
      const sent = Object.assign({}, draft, { uuid: FieldStore.newId(), kind: "recusal", state: "waiting", files: [], recusal: Object.assign({}, told, { at: FieldClock.stamp(draft) }), body: "" });
      await FieldStore.put("drafts", sent);
      Object.assign(draft, { recusal: Object.assign({}, told), asking: null });
      if (!draft.stamps.rights) draft.stamps.rights = FieldClock.stamp(draft);
      await FieldDrafts.keep(draft);
      FieldDrafts.send(false);
      return true;
    };
    page("对方申请回避", "arrive/" + draft.uuid, 0,
      h("h2", {}, "请谁回避"), choice("person", draft.team.map((each) => [each.ref, each.name]), told.person, (ref) => { told.person = ref; again(); FieldDrafts.keep(draft); }),
      field("谁提出来的", told, "asker", keep, { max: 60, hint: "姓名、身份、电话" }),
      h("h2", {}, "什么理由"), choice("ground", (tasks.grounds || []).map((each) => [each, each]), told.ground, (each) => { told.ground = each; FieldDrafts.keep(draft); }),
      field("他是怎么说的", told, "words", keep, { rows: 3, max: 600, hint: "照原话记，念给他听" }),
      h("h2", {}, "本人怎么说"), choice("view", [["本人认为不属实，或者不知道", "不属实，或不知道", "照常检查。负责人决定以前不停止检查（行政处罚法第四十三条）"], ["本人承认属实", "属实", "他今天不再参加；剩一人不能查，今天到此为止"]], told.view, (each) => { told.view = each; again(); FieldDrafts.keep(draft); }),
      h("section", { className: "card thin" }, h("b", {}, "给对方的回条"), h("p", {}, `${clock(FieldClock.now())}，${told.asker || "对方"}当面提出${told.person ? FieldContent.nameOf(draft, told.person) : "　　"}回避，已记录。${tasks.bureau}负责人决定后告诉您。`)),
      foot(told.view === "本人承认属实" ? button("记下，今天到此为止", async () => { if (await file()) go(""); }) : button("记下，继续检查", async () => { if (await file()) go((todo(draft).length ? "arrive/" : "lines/") + draft.uuid); })));
  }

  /** 没查成: a reason, a photo, what was seen, who was asked; no checklist. */
  function undone(draft) {
    const rules = FieldDrafts.tasks().undone, told = draft.undone, rule = rules.find((each) => each.reason === told.reason), keep = () => FieldDrafts.soon(draft), again = () => undone(draft);
    const called = told.calls || [], span = called.length > 1 ? (Date.parse(called[called.length - 1]) - Date.parse(called[0])) / 60000 : 0;
    const lacking = () => [rule ? "" : "为什么", draft.files.some((each) => each.kind === "photo") ? "" : "照片", (told.seen || "").trim() ? "" : "看到什么",
      rule && rule.calls && (called.length < rule.calls || span < rule.apart) ? `电话打 ${rule.calls} 次、隔 ${rule.apart} 分钟` : "", rule && rule.told && !told.told ? "告知后果" : ""].filter(Boolean).join("、");
    const missing = h("p", { className: "soft" }), say = () => { missing.textContent = lacking() ? "还差：" + lacking() : ""; };
    say();
    page("没查成", "arrive/" + draft.uuid, 0, note("say", "这次会写成“没查成”，不会写成“未发现问题”。不用填检查表。"),
      h("h2", {}, "为什么没查成"), choice("reason", rules.map((each) => [each.reason, each.title, each.hint]), told.reason, (code) => { told.reason = code; again(); FieldDrafts.keep(draft); }),
      rule && rule.told ? tick("已当面告知：" + rule.told, Boolean(told.told), (is) => { told.told = is; again(); FieldDrafts.keep(draft); }) : null,
      h("h2", {}, "留下证据", h("small", {}, "　照片至少 1 张")), FieldShots.shots(draft, { kind: "photo", line: "", caption: "没查成的现场", label: "拍照" }, again),
      field("看到什么", told, "seen", () => { keep(); say(); }, { rows: 3, max: 1000, id: "seen" }),
      field("问了谁", told, "asked", keep, { rows: 2, max: 300, hint: "姓名、身份、电话，问到就填" }),
      rule && rule.calls ? [h("h2", {}, "打过的电话"), called.map((each) => h("p", {}, "没人接　" + hour(each))), button("打电话（自动记下时间）", () => { told.calls = called.concat(FieldClock.stamp(draft)); again(); FieldDrafts.keep(draft); }, { className: "two" })] : null,
      rule ? h("section", { className: "card thin" }, h("b", {}, "以后怎么办"), h("p", {}, rule.after)) : null,
      button("不是没查成，回去正常检查", async () => { draft.kind = "visit"; await FieldDrafts.keep(draft); go("arrive/" + draft.uuid); }, { className: "two" }),
      foot(missing, button("看一遍，两人签名", () => FieldDrafts.keep(draft).then(() => (lacking() ? tell("还差：" + lacking()) : go("read/" + draft.uuid))))));
  }

  return { arrive, cards, notice, newCard, recuse, undone };
})();
