/* The phone's first page and a case before its visit. */
// @ts-check
"use strict";

const FieldHome = (() => {
  const { h, tell, clock, page, foot, go } = FieldParts;
  const STATES = { draft: "草稿", waiting: "待上传", sending: "上传中", sent: "服务器已收到", needs: "需处理" };

  async function home() {
    FieldDrafts.release();
    const tasks = FieldDrafts.tasks();
    const drafts = await FieldDrafts.mine("drafts"), receipts = (await FieldDrafts.mine("receipts")).sort((a, b) => (a.at < b.at ? 1 : -1));
    const busy = new Set(drafts.map((each) => each.case));
    const cards = drafts.map((each) => h("div", { className: "card" },
      h("h2", {}, each.name), stateOf(each),
      each.state === "draft" ? h("button", { onclick: () => go("lines/" + each.uuid) }, "继续填写") : null,
      each.state === "waiting" ? h("button", { onclick: () => FieldDrafts.send(true) }, "现在上传") : null,
      each.state === "needs" ? h("button", { onclick: () => FieldDrafts.correct(each) }, "改正后再报") : null,
      each.received ? h("button", { onclick: () => drop(each) }, "服务器已有，从本机移除") : null));
    // What is filed is not to do any more, also before the tasks are fetched anew.
    for (const each of receipts) if (each.is_taken) busy.add(each.case);
    const todo = (tasks ? tasks.cases : []).filter((each) => !busy.has(each.token));
    page("现场检查", null,
      drafts.length ? h("h2", {}, "本机未交的检查") : null, cards,
      h("h2", {}, "待办的检查（" + todo.length + "）"),
      todo.length ? todo.map((each) => h("a", { className: "card", href: "#case/" + each.token },
        h("h2", {}, each.name), h("span", { className: "meta" }, `${each.address || ""} · ${each.mode_said} · ${each.until} 前`),
        each.waits ? h("span", { className: "meta" }, "还不能开始：" + each.waits) : null))
        : h("p", { className: "empty" }, tasks ? "没有待办的检查。" : "本机还没有任务，请在有网络时点“更新任务”。"),
      h("p", { className: "meta" }, tasks ? "任务取自 " + clock(tasks.taken_at) : ""),
      h("button", { onclick: async () => { if (await FieldDrafts.refresh(true)) home(); } }, "更新任务"),
      receipts.length ? h("h2", {}, "回执") : null,
      receipts.slice(0, 20).map((each) => h("div", { className: "card" }, h("b", {}, each.name),
        h("span", { className: "meta state state-" + (each.is_held ? "needs" : "sent") }, `服务器已收到 ${each.receipt} · ${clock(each.at)}${each.is_held ? " · 需处理：" + each.reason : ""}`),
        h("span", { className: "meta" }, (each.due ? "报告期限 " + each.due + " · " : "") + "摘要 " + each.digest.slice(0, 16)))),
      await about(drafts));
  }

  async function about(drafts) {
    const room = await FieldStore.room(), oldest = drafts.map((each) => each.opened_at).sort()[0];
    const days = oldest ? (Date.now() - new Date(oldest).getTime()) / 86400000 : 0;
    return h("div", { className: "meta" },
      days > 1 ? h("p", { className: "alert" }, `有检查已在本机放了 ${Math.floor(days)} 天没有上传，请尽快连网上传。`) : null,
      room !== null ? `本机可用空间约 ${Math.round(room / 1048576)} 兆。` : "", FieldDrafts.isPersisted() === false ? "系统没有保证长期保存，请尽快上传。" : "",
      drafts.length ? h("button", { className: "button-quiet", onclick: () => exportAll(drafts) }, "导出未上传的内容（备用）") : null,
      h("p", {}, h("a", { href: "/desk/" }, "回到普通页面")));
  }

  function stateOf(each) {
    return h("p", { className: "state state-" + each.state, "data-state": each.state }, STATES[each.state],
      each.note ? h("span", { className: "meta" }, each.note) : null,
      each.state === "sending" ? h("span", { className: "meter" }, (() => { const bar = h("i", {}); bar.style.width = Math.round((each.part || 0) * 100) + "%"; return bar; })()) : null);
  }

  function showCase(token) {
    const found = FieldDrafts.caseOf(token);
    if (!found) { go(""); return; }
    page(found.name, "",
      h("div", { className: "card" },
        [["任务", found.task], ["检查组", found.team.map((each) => each.name + (each.leads ? "（组长）" : "")).join("、")], ["地址", found.address],
          ["负责人", `${found.legal || "—"} ${found.phone || ""}`], ["信用代码", found.code || "无"], ["分类", found.category], ["通知书", found.notice || "—"],
          ["检查项", found.items.reduce((sum, each) => sum + each.lines.length, 0) + " 项"]].map(([name, text]) => h("p", {}, h("b", {}, name + "："), text || "—"))),
      found.notice && navigator.onLine ? h("p", {}, h("a", { href: found.notice_url }, "打开检查通知书")) : null,
      !found.notice && !found.waits ? h("p", { className: "notice" }, "检查通知书还没有签发。", h("button", { className: "button-quiet", onclick: () => signNotice(found) }, "签发检查通知书")) : null,
      found.waits ? h("p", { className: "alert" }, found.waits) : foot(h("button", { onclick: () => FieldDrafts.begin(found) }, found.started_at ? "继续检查" : "出示证件和通知书，开始检查")));
  }

  // The notice has a number and names the team: it is signed by an act of its own, with a network, before setting out.
  async function signNotice(found) {
    try {
      const { status, told } = await FieldSend.ask(found.sign_url, { method: "POST" });
      if (status !== 201) throw new FieldSend.Waits(told.said || "没有签发");
      await FieldDrafts.refresh(false);
      tell("检查通知书已签发。");
      showCase(found.token);
    } catch (error) { tell(navigator.onLine ? error.message : "没有网络，通知书要联网签发。"); }
  }

  async function drop(draft) {
    if (!window.confirm("服务器上留有这一份。从本机移除？")) return;
    await FieldDrafts.drop(draft);
    home();
  }

  async function exportAll(drafts) {
    const out = [];
    for (const draft of drafts) {
      const files = [];
      for (const each of draft.files) {
        const kept = await FieldStore.get("files", each.key);
        if (kept) files.push(Object.assign({}, each, { data: btoa(Array.from(new Uint8Array(kept.data), (one) => String.fromCharCode(one)).join("")) }));
      }
      out.push(Object.assign({}, draft, { files }));
    }
    const url = URL.createObjectURL(new Blob([JSON.stringify(out)], { type: "application/json" }));
    const link = h("a", { href: url, download: "未上传的检查.json" });
    document.body.append(link);
    link.click();
    link.remove();
    tell("导出的文件没有加密，含企业和个人信息，请妥善保管，用后删除。");
  }

  return { home, showCase };
})();
