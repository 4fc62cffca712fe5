/* The phone's first page: what needs me, today, this week; and where each visit that was handed in has got to. */
// @ts-check
"use strict";

const FieldHome = (() => {
  const { h, tell, clock, page, foot, go, button, twice, still, card, note } = FieldParts;
  const STATES = { draft: "正在填", waiting: "等网络", sending: "正在上传", needs: "要处理" };
  const LATE = 48; // hours that a visit may wait on a phone before somebody should know

  const edit = (draft) => go((["undone", "supplement"].includes(draft.kind) ? FieldDrafts.pageOf(draft) : draft.kind === "review" ? (draft.sheet ? "read/" : "review/") : draft.v !== 2 ? "lines/" : draft.sheet ? "read/" : Object.keys(draft.told).length || !draft.mode || !draft.mode.startsWith("on") ? "lines/" : "arrive/") + draft.uuid);

  async function home() {
    FieldDrafts.release();
    const here = still(), room = await roomSaid(), tasks = FieldDrafts.tasks(), drafts = await FieldDrafts.mine("drafts"), receipts = await newest();
    const others = (await FieldStore.all("drafts")).filter((each) => String(each.account) !== FieldDrafts.account);
    const busy = new Set(drafts.filter((each) => !["recusal", "review"].includes(each.kind)).map((each) => each.case));
    // What is filed is not to do any more, also before the tasks are fetched anew.
    for (const each of receipts) if (["visit", "undone"].includes(each.kind || "visit") && !each.is_held) busy.add(each.case);
    const todo = (tasks ? tasks.cases : []).filter((each) => !busy.has(each.token));
    const today = FieldContent.dayOf(FieldClock.now()), week = FieldParts.day(7);
    const when = (each) => each.planned_on || "";
    const now = todo.filter((each) => when(each) && when(each) <= today), soon = todo.filter((each) => (when(each) > today && when(each) <= week) || (!when(each) && each.until <= week));
    const rest = todo.filter((each) => !now.includes(each) && !soon.includes(each));
    if (!here()) return;
    page("我的任务", null, -1,
      others.length ? note("warn", `这部手机上还有别的账户的 ${others.length} 件没有交上去，请用原账户登录后上传。`) : null,
      FieldLate.asking().map(settleCard), drafts.map(draftCard),
      shelf("今天", now), shelf("这一周", soon), shelf(now.length || soon.length ? "别的日子" : "没定日子", rest),
      shelf("复查", [], FieldReview.all().filter((each) => !drafts.some((one) => one.case === each.token && one.kind === "review") && !receipts.some((one) => one.case === each.token && one.kind === "review" && !one.is_held && one.at > tasks.taken_at)).map(reviewCard)),
      todo.length ? null : h("p", { className: "empty" }, tasks ? "没有待办的检查。" : "本机还没有任务，请在有网络时点“更新任务”。"),
      h("p", { className: "soft" }, tasks ? "任务取自 " + clock(tasks.taken_at) + "。" : "", room),
      button("更新任务", async () => { const there = still(); if (await FieldDrafts.refresh(true) && there()) home(); }, { className: "two" }),
      h("p", {}, h("a", { href: "#uploads" }, "上传到哪里了"), "　", h("a", { href: "#backup" }, "备份和读回"), "　", h("a", { href: "/desk/" }, "普通页面")));
  }

  async function newest() { return (await FieldDrafts.mine("receipts")).sort((a, b) => (a.at < b.at ? 1 : -1)); }

  async function roomSaid() {
    const room = await FieldStore.room();
    const said = room === null ? "" : `这部手机放得下约 ${Math.floor(room / 4194304)} 张照片。`;
    return said + (FieldDrafts.isPersisted() === false ? "系统没有保证长期保存，请尽快上传。" : "");
  }

  const shelf = (name, cases, cards) => { const all = cards || cases.map(taskCard); return all.length ? [h("h2", {}, name, h("small", {}, `　${all.length} 家`)), all] : []; };

  function reviewCard(found) {
    const due = found.problems.map((each) => each.due).filter(Boolean).sort()[0], tel = (found.phone || "").replace(/[^0-9+]/g, ""), late = due && due < FieldContent.dayOf(FieldClock.now());
    return h("section", { className: "card" + (late ? " amber" : ""), "data-review": found.token }, h("h2", {}, found.name), pairs([["地址", found.address], ["负责人", [found.legal, found.phone].filter(Boolean).join(" ")], ["检查组", found.team.map((each) => (each.me ? "您" : each.name)).join("、")], ["要复查", `${found.problems.length} 个问题${due ? "，最早 " + FieldContent.chinese(due) + (late ? "，已过" : "") : ""}`]]),
      tel ? h("a", { className: "btn two small", href: "tel:" + tel }, "打电话") : null,
      FieldNumbers.isHere(found.token) ? note("ok", "文号带好了") : button("领文号（没有网络也能当场出意见书）", () => takeNumbers(found), { className: "two small" }),
      button("去复查", () => FieldReview.begin(found)));
  }

  function settleCard(found) {
    const said = [found.late.length ? `签名以后又到了 ${found.late.length} 行` : "", found.faults.length ? `${found.faults.length} 张照片打不开` : "", found.outside.length ? `${found.outside.length} 个表外的问题` : ""].filter(Boolean).join("，");
    return h("section", { className: "card red" }, h("h2", {}, found.name), h("p", {}, said + "。签过的记录不变。"), button("去处理", () => go("late/" + found.token), { className: "red" }));
  }

  function draftCard(each) {
    const waited = (Date.now() - Date.parse(each.changed_at || each.opened_at)) / 3600000;
    return h("section", { className: "card" + (each.state === "needs" ? " red" : "") },
      h("h2", {}, each.name), stateOf(each),
      each.state === "waiting" && waited > LATE ? note("warn", `已经放了 ${Math.floor(waited / 24)} 天没有上传，请尽快连网。`) : null,
      each.state === "draft" ? button("继续填写", () => edit(each)) : null,
      each.state === "draft" && !FieldDrafts.isSigned(each) ? twice("不要这一份，重新开始", "再点一次，连同照片去掉", () => drop(each), { className: "two small" }) : null,
      each.state === "waiting" ? button("现在上传", () => FieldDrafts.send(true)) : null,
      each.state === "waiting" && FieldSend.isSignedOut() ? h("a", { className: "btn two", href: "/login/?next=/desk/field/" }, "重新登录（内容都在本机）") : null,
      each.state === "needs" ? button("改正后再交", () => FieldDrafts.correct(each), { className: "red" }) : null,
      each.state === "needs" && each.kind === "visit" && each.received ? button("把我填的交给检查组合到一处", () => asLines(each), { className: "two" }) : null,
      each.received ? twice("服务器已有，从本机移除", "再点一次，从本机移除", () => drop(each), { className: "two" }) : null);
  }

  // Another record of the same visit is there already: what I answered goes to it line by line, nothing is lost.
  async function asLines(draft) {
    const next = Object.assign({}, draft, { uuid: FieldStore.newId(), kind: "lines", state: "waiting", note: "", body: "", received: false });
    await FieldStore.put("drafts", next);
    await FieldStore.remove("drafts", draft.uuid);
    FieldDrafts.send(true);
    home();
  }

  function stateOf(each) {
    return h("p", { className: "state state-" + each.state, "data-state": each.state }, STATES[each.state],
      each.note ? h("span", { className: "soft" }, each.note) : null,
      each.state === "sending" ? h("span", { className: "meter" }, (() => { const bar = h("i", {}); bar.style.width = Math.round((each.part || 0) * 100) + "%"; return bar; })()) : null);
  }

  const pairs = (list) => h("dl", { className: "kv" }, list.filter((each) => each[1]).map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]));

  function lacking(found) {
    const today = FieldContent.dayOf(FieldClock.now());
    return [found.notice || !found.mode.startsWith("on") ? "" : "通知书", FieldNumbers.isHere(found.token) || !found.mode.startsWith("on") ? "" : "文号", found.items.length ? "" : "检查表", found.team.some((each) => FieldContent.unfit(each, today)) ? "人员今天的条件" : ""].filter(Boolean);
  }

  function taskCard(found) {
    const missing = lacking(found), open = found.last.open, tel = (found.phone || "").replace(/[^0-9+]/g, "");
    const map = found.latitude ? `geo:${found.latitude},${found.longitude}?q=${encodeURIComponent(found.name)}` : "geo:0,0?q=" + encodeURIComponent((found.address || "") + found.name);
    return h("section", { className: "card", "data-case": found.token }, h("h2", {}, found.name), h("span", { className: "soft" }, [found.mode_said, found.category, found.task].filter(Boolean).join(" · ")),
      pairs([["地址", found.address], ["负责人", [found.legal, found.phone].filter(Boolean).join(" ")], ["检查组", found.team.map((each) => (each.me ? "您" : each.name) + (each.leads ? "（组长）" : "")).join("、")],
        ["一起去", found.together.join("；")], ["期限", `${FieldContent.chinese(found.until)}前`], ["打算去", found.planned_on ? FieldContent.chinese(found.planned_on) : ""]]),
      h("div", { className: "row" }, h("a", { className: "btn two small", href: map }, "导航"), tel ? h("a", { className: "btn two small", href: "tel:" + tel }, "打电话") : null),
      open.length ? h("details", { open: true }, h("summary", {}, `上次留下的问题：${open.length} 个没有复查`), h("div", {}, open.map((each) => h("p", {}, h("b", {}, each.wording), h("span", { className: "soft" }, [each.facts, each.due ? FieldContent.chinese(each.due) + "到期" : "", found.last.on ? FieldContent.chinese(found.last.on) + "查的" : ""].filter(Boolean).join("，")))))) : null,
      found.waits ? note("warn", "还不能去：" + found.waits) : missing.length ? note("warn", "还没带齐：" + missing.join("、")) : note("ok", "都带齐了：通知书、检查表、文号、两人的证（今天有效）"),
      !found.notice && !found.waits && found.mode.startsWith("on") ? button("签发检查通知书", () => signNotice(found), { className: "two" }) : null,
      found.notice && !found.waits && found.mode.startsWith("on") && !FieldNumbers.isHere(found.token) ? button("领文号（没有网络也能当场出文书）", () => takeNumbers(found), { className: "two" }) : null,
      found.waits ? null : [button(found.started_at ? "继续检查" : found.mode.startsWith("on") ? "到了，开始检查" : "开始检查", () => start(found)), planning(found)]);
  }

  function planning(found) {
    const input = h("input", { type: "date", value: found.planned_on || "", min: found.since, max: found.until, "aria-label": "打算哪天去" });
    const keep = async () => {
      const there = still();
      try {
        const { status, told } = await FieldSend.ask("/desk/field/" + found.token + "/plan/", { method: "POST", body: new URLSearchParams({ day: input.value }) });
        if (status !== 200) throw new FieldSend.Waits(told.said || "没有记下");
        tell("记下了。"); await FieldDrafts.refresh(false); if (there()) home();
      } catch (error) { tell(error.message); }
    };
    return h("details", {}, h("summary", {}, "打算哪天去"), h("div", {}, input, button("记下", keep, { className: "two small" })));
  }

  function start(found) {
    const today = FieldContent.dayOf(FieldClock.now()), fit = found.team.filter((each) => !FieldContent.unfit(each, today));
    if (found.mode.startsWith("on") && fit.length < 2 && !found.started_at) go("unfit/" + found.token);
    else FieldDrafts.begin(found);
  }

  /** 今天还不能开始: why, and the ways on. */
  function unfit(token) {
    const found = FieldDrafts.caseOf(token);
    if (!found) { go(""); return; }
    const today = FieldContent.dayOf(FieldClock.now());
    const rows = found.team.map((each) => { const why = FieldContent.unfit(each, today); return h("li", {}, h("span", { className: "st " + (why ? "r" : "g") }, why ? "✕ 不能" : "✓ 能执法"), each.name, h("span", { className: "soft" }, why || "证 " + (FieldContent.cardOn(each, today) || [""])[0])); });
    const newCard = async () => {
      const open = (await FieldDrafts.mine("drafts")).find((each) => each.case === token && each.state === "draft" && !["supplement", "review"].includes(each.kind));
      if (open) { go("newcard/" + open.uuid); return; }
      const draft = FieldDrafts.blank(found, "visit");
      draft.stamps.arrived = FieldClock.stamp(draft);
      draft.new_cards = found.team.filter((each) => FieldContent.unfit(each, today).startsWith("执法证")).map((each) => each.ref);
      await FieldDrafts.keep(draft);
      go("newcard/" + draft.uuid);
    };
    page(found.name, "", 0, h("h2", {}, "今天还不能开始"), note("bad", "能执法的不到两人，不能检查，也不能出示过期的证。"), card(h("ul", { className: "rows" }, rows)),
      h("h2", {}, "怎么办"),
      card(h("b", {}, "请经办人换人"), h("span", { className: "soft" }, "由抽签换，不由我们挑；换好以后在这里点“更新任务”。")),
      card(h("b", {}, "改天再来"), h("span", { className: "soft" }, `${FieldContent.chinese(found.until)}前都可以。`)),
      found.team.some((each) => FieldContent.unfit(each, today).startsWith("执法证")) ? card(h("b", {}, "已经换了新证"), h("span", { className: "soft" }, "拍下新证先检查；上传时核对，局里登记以前这次不算。"), button("拍下新证，先检查", newCard, { className: "two" })) : null,
      foot(button("今天不查，回去", () => go(""), { className: "two" })));
  }

  // The notice has a number and names the team: it is signed by an act of its own, with a network, before setting out.
  async function signNotice(found) {
    const there = still();
    try {
      const { status, told } = await FieldSend.ask(found.sign_url, { method: "POST" });
      if (status !== 201) throw new FieldSend.Waits(told.said || "没有签发");
      // The numbers come with it: what lacks the bureau's remedies has none, and the visit goes on all the same.
      const lent = await FieldNumbers.take(found.token).then(() => "，文号领好了", (error) => "；" + error.message);
      await FieldDrafts.refresh(false);
      tell("检查通知书已签发" + lent + "。");
      if (there()) home();
    } catch (error) { tell(navigator.onLine ? error.message : "没有网络，通知书要联网签发。"); }
  }

  async function takeNumbers(found) {
    const there = still();
    try {
      await FieldNumbers.take(found.token);
      tell("文号领好了。");
      if (there()) home();
    } catch (error) { tell(navigator.onLine ? error.message : "没有网络，文号要联网领。"); }
  }

  async function drop(draft) {
    await FieldDrafts.drop(draft);
    home();
  }

  /** 上传到哪里了: each visit in words, from the server until there is nothing more to say. */
  async function uploads() {
    const here = still(), drafts = (await FieldDrafts.mine("drafts")).filter((each) => each.state !== "draft"), receipts = await newest();
    if (!here()) return;
    page("上传到哪里了", "", 4, drafts.map(draftCard), receipts.slice(0, 30).map(receiptCard),
      drafts.length || receipts.length ? null : h("p", { className: "empty" }, "还没有交上去的检查。"),
      drafts.length ? foot(button("现在上传", () => FieldDrafts.send(true))) : null);
  }

  function receiptCard(each) {
    const bad = each.is_held || (each.faults || []).length || each.late;
    const KINDS = { visit: "现场检查", lines: "检查表", undone: "没查成", supplement: "补充记录", recusal: "回避申请", review: "复查" };
    return h("section", { className: "card" + (bad ? " red" : " thin"), "data-receipt": each.receipt }, h("h2", {}, each.name),
      h("p", { className: "state state-" + (bad ? "needs" : "sent") }, bad ? "要处理" : each.is_waiting ? "收到，正在办理" : "✓ 都收到了", h("span", { className: "soft" }, `${KINDS[each.kind] || "现场检查"}　回执 ${each.receipt} · ${clock(each.at)}`)),
      each.reason ? h("p", {}, each.reason) : null,
      (each.faults || []).map((one) => h("p", {}, `照片“${one.caption || one.sha256.slice(0, 8)}”打不开：${one.fault}`)),
      each.late ? h("p", {}, `签名以后又到了 ${each.late} 行，与记录不一样。`) : null,
      h("span", { className: "soft" }, [each.case_status ? "现在：" + each.case_status : "", each.due ? "报告期限 " + each.due : "", "指纹 " + FieldContent.fingerprint(each.fingerprint || each.digest)].filter(Boolean).join("　")),
      !bad && each.is_taken && FieldDrafts.caseOf(each.case) && (each.kind === "visit" || each.kind === "undone") ? button("写补充记录", () => go("late/" + each.case), { className: "two small" }) : null,
      bad ? button("去处理", async () => { await FieldDrafts.refresh(false); go("late/" + each.case); }, { className: "red" }) : null);
  }

  return { home, uploads, unfit };
})();
