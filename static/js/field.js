/* 现场检查: the phone's page. Every change is kept on the phone at once; uploading is field-send.js's matter.
   Plain DOM, no library, nothing newer than Chromium 83. */
"use strict";
(() => {
  const STATES = { draft: "草稿", waiting: "待上传", sending: "上传中", sent: "服务器已收到", needs: "需处理" };
  const VALUES = [["pass", "符合"], ["fail", "不符合"], ["na", "不适用"], ["skip", "未检查"]];
  const DISPOSALS = [["order", "限期整改"], ["measure", "现场措施"], ["fixed", "当场改正"]];
  const SIGNERS = [["officer", "检查人员"], ["second", "另一名检查人员"], ["met", "现场负责人"], ["witness", "见证人"]];
  const app = document.getElementById("app"), title = document.getElementById("title"), net = document.getElementById("net");
  const back = document.getElementById("back"), toast = document.getElementById("toast");
  const account = document.body.dataset.account;
  let tasks = null, held = null, saving = null, place = null, urls = [];
  const live = {};  // one object for each draft on this page: two screens never hold two versions

  // -- small tools -------------------------------------------------------------------------------------

  function h(tag, props, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    }
    for (const child of children.flat(9)) if (child !== null && child !== undefined && child !== false) made.append(child);
    return made;
  }

  function tell(text) {
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(tell.timer);
    tell.timer = setTimeout(() => { toast.hidden = true; }, 6000);
  }

  function day(offset) {
    const then = new Date(Date.now() + offset * 86400000);
    return `${then.getFullYear()}-${String(then.getMonth() + 1).padStart(2, "0")}-${String(then.getDate()).padStart(2, "0")}`;
  }

  function clock(text) {
    const then = new Date(text);
    return `${then.getMonth() + 1}月${then.getDate()}日 ${String(then.getHours()).padStart(2, "0")}:${String(then.getMinutes()).padStart(2, "0")}`;
  }

  function full(error) { return error && (error.name === "QuotaExceededError" || /quota/i.test(String(error.message || error))); }

  async function keep(draft) {
    clearTimeout(saving);
    saving = null;
    if (soon.draft === draft) soon.draft = null;
    draft.changed_at = new Date().toISOString();
    try { if (!(await FieldStore.keepDraft(draft))) { delete live[draft.uuid]; tell("这件检查已经提交，刚才的改动没有存下。"); } }
    catch (error) { tell(full(error) ? "手机存储空间不足，刚才填的没有存下。请先上传或清理空间。" : "没有存下：" + error.message); }
  }

  // A tap is kept at once; letters four times a second however fast they come; a page that is hidden or closed at once.
  function soon(draft) {
    soon.draft = draft;
    if (!saving) saving = setTimeout(() => keep(draft), 250);
  }
  for (const [target, name] of [[document, "visibilitychange"], [window, "pagehide"]]) {
    target.addEventListener(name, () => { if (soon.draft && (name === "pagehide" || document.hidden)) keep(soon.draft); });
  }

  // One tab writes a draft; a second one is told so.
  async function hold(uuid) {
    if (held && held.uuid === uuid) return true;
    release();
    if (!navigator.locks) return true;
    return new Promise((done) => {
      navigator.locks.request("draft-" + uuid, { ifAvailable: true }, (lock) => {
        if (!lock) { done(false); return null; }
        return new Promise((free) => { held = { uuid, free }; done(true); });
      });
    });
  }
  function release() {
    if (!held) return;
    delete live[held.uuid];
    held.free();
    held = null;
  }

  function page(name, backTo, ...children) {
    urls.forEach((each) => URL.revokeObjectURL(each));
    urls = [];
    title.textContent = name;
    back.hidden = !backTo && backTo !== "";
    back.href = "#" + (backTo || "");
    app.textContent = "";
    app.append(...children.flat(9).filter(Boolean));
    window.scrollTo(0, 0);
  }

  const foot = (...children) => h("div", { className: "foot" }, h("div", {}, children));
  const go = (hash) => { location.hash = hash; };

  // -- what lies on the phone --------------------------------------------------------------------------

  async function refresh(loud) {
    try {
      const { status, told } = await FieldSend.ask("/desk/field/tasks.json", { method: "POST" });
      if (status !== 200 || String(told.account) !== account) throw new FieldSend.Waits("没有取到任务");
      const before = tasks && JSON.stringify(tasks.cases);
      tasks = Object.assign(told, { key: account, taken_at: new Date().toISOString() });
      await FieldStore.put("tasks", tasks);
      if (loud) tell("任务已更新，可以带到没有网络的地方。");
      // A page that is made anew under a finger is worse than one that is a minute old.
      return loud || before !== JSON.stringify(tasks.cases);
    } catch (error) {
      if (loud) tell(full(error) ? "手机存储空间不足，任务没有存下。" : error.message);
      return false;
    }
  }

  async function mine(store) { return (await FieldStore.all(store)).filter((each) => String(each.account) === account); }

  async function settle() {
    // What the server was still working on when it gave the receipt.
    let changed = false;
    for (const each of await mine("receipts")) {
      if (each.status !== "received") continue;
      try {
        const { status, told } = await FieldSend.ask("/desk/field/filings/" + each.uuid + "/", { method: "GET" });
        if (status === 200 && told.status !== "received") {
          await FieldStore.put("receipts", Object.assign(each, { status: told.status, reason: told.reason, due: told.report_due }));
          changed = true;
        }
      } catch (error) { return changed; }
    }
    return changed;
  }

  // -- screens -----------------------------------------------------------------------------------------

  async function home() {
    release();
    const drafts = await mine("drafts"), receipts = (await mine("receipts")).sort((a, b) => (a.at < b.at ? 1 : -1));
    const busy = new Set(drafts.map((each) => each.case));
    const cards = drafts.map((each) => h("div", { className: "card" },
      h("h2", {}, each.name), stateOf(each),
      each.state === "draft" ? h("button", { onclick: () => go("lines/" + each.uuid) }, "继续填写") : null,
      each.state === "waiting" ? h("button", { onclick: () => send(true) }, "现在上传") : null,
      each.state === "needs" ? h("button", { onclick: () => correct(each) }, "改正后再报") : null,
      each.received ? h("button", { onclick: () => drop(each) }, "服务器已有，从本机移除") : null));
    // What is filed is not to do any more, also before the tasks are fetched anew.
    for (const each of receipts) if (each.status === "taken") busy.add(each.case);
    const todo = (tasks ? tasks.cases : []).filter((each) => !busy.has(each.token));
    page("现场检查", null,
      drafts.length ? h("h2", {}, "本机未交的检查") : null, cards,
      h("h2", {}, "待办的检查（" + todo.length + "）"),
      todo.length ? todo.map((each) => h("a", { className: "card", href: "#case/" + each.token },
        h("h2", {}, each.name), h("span", { className: "meta" }, `${each.address || ""} · ${each.mode_said} · ${each.until} 前`),
        each.waits ? h("span", { className: "meta" }, "还不能开始：" + each.waits) : null))
        : h("p", { className: "empty" }, tasks ? "没有待办的检查。" : "本机还没有任务，请在有网络时点“更新任务”。"),
      h("p", { className: "meta" }, tasks ? "任务取自 " + clock(tasks.taken_at) : ""),
      h("button", { onclick: async () => { if (await refresh(true)) home(); } }, "更新任务"),
      receipts.length ? h("h2", {}, "回执") : null,
      receipts.slice(0, 20).map((each) => h("div", { className: "card" }, h("b", {}, each.name),
        h("span", { className: "meta state state-" + (each.status === "held" ? "needs" : "sent") }, `服务器已收到 ${each.receipt} · ${clock(each.at)}${each.status === "held" ? " · 需处理：" + each.reason : ""}`),
        h("span", { className: "meta" }, (each.due ? "报告期限 " + each.due + " · " : "") + "摘要 " + each.digest.slice(0, 16)))),
      await about(drafts));
  }

  async function about(drafts) {
    const room = await FieldStore.room(), oldest = drafts.map((each) => each.opened_at).sort()[0];
    const days = oldest ? (Date.now() - new Date(oldest)) / 86400000 : 0;
    return h("div", { className: "meta" },
      days > 1 ? h("p", { className: "alert" }, `有检查已在本机放了 ${Math.floor(days)} 天没有上传，请尽快连网上传。`) : null,
      room !== null ? `本机可用空间约 ${Math.round(room / 1048576)} 兆。` : "", persisted === false ? "系统没有保证长期保存，请尽快上传。" : "",
      drafts.length ? h("button", { className: "button-quiet", onclick: () => exportAll(drafts) }, "导出未上传的内容（备用）") : null,
      h("p", {}, h("a", { href: "/desk/" }, "回到普通页面")));
  }

  function stateOf(each) {
    return h("p", { className: "state state-" + each.state, "data-state": each.state }, STATES[each.state],
      each.note ? h("span", { className: "meta" }, each.note) : null,
      each.state === "sending" ? h("span", { className: "meter" }, (() => { const bar = h("i", {}); bar.style.width = Math.round((each.part || 0) * 100) + "%"; return bar; })()) : null);
  }

  function caseOf(token) { return tasks && tasks.cases.find((each) => each.token === token); }

  function showCase(token) {
    const found = caseOf(token);
    if (!found) { go(""); return; }
    page(found.name, "",
      h("div", { className: "card" },
        [["任务", found.task], ["检查组", found.team.map((each) => each.name + (each.leads ? "（组长）" : "")).join("、")], ["地址", found.address],
          ["负责人", `${found.legal || "—"} ${found.phone || ""}`], ["信用代码", found.code || "无"], ["分类", found.category], ["通知书", found.notice || "—"],
          ["检查项", found.items.reduce((sum, each) => sum + each.lines.length, 0) + " 项"]].map(([name, text]) => h("p", {}, h("b", {}, name + "："), text || "—"))),
      found.notice && navigator.onLine ? h("p", {}, h("a", { href: found.notice_url }, "打开检查通知书")) : null,
      !found.notice && !found.waits ? h("p", { className: "notice" }, "检查通知书还没有签发。", h("button", { className: "button-quiet", onclick: () => signNotice(found) }, "签发检查通知书")) : null,
      found.waits ? h("p", { className: "alert" }, found.waits) : foot(h("button", { onclick: () => begin(found) }, found.status === "started" ? "继续检查" : "出示证件和通知书，开始检查")));
  }

  // The notice has a number and names the team: it is signed by an act of its own, with a network, before setting out.
  async function signNotice(found) {
    try {
      const { status, told } = await FieldSend.ask(found.sign_url, { method: "POST" });
      if (status !== 201) throw new FieldSend.Waits(told.said || "没有签发");
      await refresh(false);
      tell("检查通知书已签发。");
      showCase(found.token);
    } catch (error) { tell(navigator.onLine ? error.message : "没有网络，通知书要联网签发。"); }
  }

  async function begin(found) {
    const now = new Date().toISOString();
    const open = (await mine("drafts")).find((each) => each.case === found.token && each.state === "draft");
    const draft = open || {
      uuid: FieldStore.newId(), account, case: found.token, name: found.name, state: "draft", note: "", opened_at: now,
      started_at: found.started_at || now, ended_at: "", answers: Object.assign({}, found.answers), findings: {}, others: [], files: [],
      items: found.items, mode: found.mode, leads: found.leads, days: tasks.days, team: found.team,
      record: { record: `出示执法证件，送达检查通知书（${found.notice || "文号见通知书"}），告知陈述申辩和申请回避的权利。按检查表逐项检查，情况见检查表。`, signed: "signed", site: (found.address || "").slice(0, 200) },
    };
    if (!open) await keep(draft);
    locate();
    FieldStore.persist().then((is) => { persisted = is; });
    go("lines/" + draft.uuid);
  }

  function locate() {
    if (!navigator.geolocation) return;
    navigator.geolocation.getCurrentPosition((at) => { place = at.coords; }, () => null, { timeout: 8000, maximumAge: 600000 });
  }

  async function editing(uuid, show) {
    if (!(await hold(uuid))) {
      const draft = await FieldStore.get("drafts", uuid) || { name: "" };
      page(draft.name, "", h("p", { className: "alert" }, "这件检查正在另一个页面填写。请回到那个页面，或关掉它后再打开。"));
      return;
    }
    // Read after the lock: another tab may have gone on with it.
    const stored = await FieldStore.get("drafts", uuid);
    if (!stored || String(stored.account) !== account || stored.state !== "draft") { delete live[uuid]; release(); go(""); return; }
    if (!live[uuid]) live[uuid] = stored;
    show(live[uuid]);
  }

  function picks(options, value, choose, failing) {
    return h("div", { className: "row pick", role: "group" }, options.map(([code, said]) => h("button", {
      type: "button", className: code === failing ? "fail" : "", "aria-pressed": String(code === value), "data-value": code,
      onclick: (event) => {
        for (const each of event.currentTarget.parentNode.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
        choose(code);
      },
    }, said)));
  }

  function field(draft, label, holder, name, options) {
    const kind = Object.assign({ rows: 0, type: "text", hint: "" }, options), id = holder === draft.record ? name : "i" + Math.random().toString(36).slice(2);
    const input = kind.rows ? h("textarea", { id, rows: kind.rows }) : h("input", { id, type: kind.type });
    input.value = holder[name] || "";
    if (kind.max) input.maxLength = kind.max;
    input.addEventListener("input", () => { holder[name] = input.value; soon(draft); });
    return [h("label", { htmlFor: id }, label), kind.hint ? h("span", { className: "meta" }, kind.hint) : null, input].filter(Boolean);
  }

  function lines(draft) {
    const counter = h("span", {}), all = draft.items.flatMap((item) => item.lines);
    const count = () => { counter.textContent = `已填 ${all.filter((each) => draft.answers[each.key]).length}/${all.length}`; };
    const cards = draft.items.map((item) => [
      h("h2", {}, item.code + " " + item.name),
      item.lines.map((line) => {
        const detail = h("div", {}), given = draft.answers[line.key] || {};
        const choose = (value) => {
          draft.answers[line.key] = Object.assign({ note: "" }, draft.answers[line.key], { value });
          more(draft, line, value, detail);
          count();
          keep(draft);
        };
        if (given.value) more(draft, line, given.value, detail);
        return h("div", { className: "card" + (line.is_major ? " major" : ""), id: "line-" + line.key, "data-line": line.key },
          h("p", {}, h("b", {}, line.requirement), line.is_mandatory ? " 【必查】" : "", line.is_major ? " 【重大事故隐患】" : ""),
          line.how || line.basis ? h("span", { className: "meta" }, [line.how, line.basis].filter(Boolean).join("　")) : null,
          picks(VALUES, given.value, choose, "fail"), detail);
      }),
    ]);
    count();
    page(draft.name, "", cards,
      h("h2", {}, "清单以外的问题"), h("p", { className: "meta" }, "清单外的内容不检查；明显发现的只能作为“其他”，并写明依据。"),
      h("div", { id: "others" }, draft.others.map((each, n) => otherCard(draft, each, n))),
      h("button", { type: "button", className: "button-quiet", onclick: () => {
        draft.others.push({ wording: "", basis: "", disposal: "order", due_on: day(draft.days || 15) });
        keep(draft).then(() => lines(draft));
      } }, "增加一项“其他”"),
      foot(h("div", { className: "row" }, counter), h("button", { onclick: () => keep(draft).then(() => next(draft, all)) }, draft.leads || !isOnsite(draft) ? "下一步：记录和签名" : "下一步：核对提交")));
  }

  function next(draft, all) {
    const open = all.find((each) => !draft.answers[each.key]);
    if (open) {
      tell("还有没选的检查项。");
      const card = document.getElementById("line-" + open.key);
      if (card) card.scrollIntoView({ block: "center" });
      return;
    }
    go((draft.leads ? "record/" : "review/") + draft.uuid);
  }

  // What a violated or skipped line asks for, right under it.
  function more(draft, line, value, detail) {
    const answer = draft.answers[line.key];
    detail.textContent = "";
    if (value !== "fail") delete draft.findings[line.key];
    if (value === "pass" || value === "na") return;
    if (value === "skip") { detail.append(...field(draft, "未检查的原因", answer, "note", { max: 500 })); return; }
    const found = draft.findings[line.key] = draft.findings[line.key] || {
      wording: line.violation || "不符合：" + line.requirement, disposal: line.is_major ? "measure" : "order", due_on: day(draft.days || 15),
    };
    detail.append(...field(draft, "现场看到的情况", answer, "note", { rows: 2, max: 500 }), shots(draft, line.key, "photo"),
      h("span", { className: "meta" }, `表述：${found.wording}${line.measure ? "；措施：" + line.measure : ""}`),
      way(draft, found, line.is_major));
  }

  function way(draft, found, isMajor) {
    const options = isMajor ? DISPOSALS.filter(([code]) => code !== "fixed") : DISPOSALS;
    const rest = h("div", {}), show = () => {
      rest.textContent = "";
      if (found.disposal !== "fixed") rest.append(...field(draft, "整改期限", found, "due_on", { type: "date" }).filter(Boolean));
      if (isMajor && found.disposal !== "measure") rest.append(...field(draft, "重大隐患不采取现场措施的理由", found, "major_reason", { max: 300 }).filter(Boolean));
    };
    show();
    return h("div", {}, h("label", {}, "处理方式"), picks(options, found.disposal, (code) => { found.disposal = code; show(); keep(draft); }), rest);
  }

  function otherCard(draft, each, n) {
    return h("div", { className: "card" }, h("h2", {}, "其他 " + (n + 1)), field(draft, "问题", each, "wording", { rows: 2 }), field(draft, "依据（必填）", each, "basis"),
      field(draft, "措施", each, "measure"), way(draft, each, false),
      h("button", { type: "button", className: "button-quiet", onclick: () => { draft.others.splice(n, 1); keep(draft).then(() => lines(draft)); } }, "不记这一项"));
  }

  // -- photos and signatures ---------------------------------------------------------------------------

  function shots(draft, line, kind, label) {
    const list = h("ul", { className: "shots" });
    const input = h("input", { type: "file", accept: "image/jpeg,image/png,image/webp", multiple: true, "aria-label": label || "拍照" });
    if (kind !== "paper") input.setAttribute("capture", "environment");
    const shown = async () => {
      list.textContent = "";
      for (const each of draft.files.filter((one) => one.line === line && one.kind === kind)) {
        const kept = await FieldStore.get("files", each.key);
        const url = kept ? URL.createObjectURL(new Blob([kept.data], { type: kept.type })) : "";
        urls.push(url);
        list.append(h("li", {}, h("img", { src: url, alt: each.caption || "照片" }), clock(each.taken_at)));
      }
    };
    input.addEventListener("change", async () => {
      for (const file of Array.from(input.files)) await addFile(draft, file, { kind, line });
      input.value = "";
      shown();
    });
    shown();
    return h("div", {}, h("span", { className: "shoot" }, label || "拍照", input), list);
  }

  async function addFile(draft, file, facts) {
    try {
      const data = await file.arrayBuffer(), head = new Uint8Array(data.slice(0, 12));
      const isPicture = (head[0] === 255 && head[1] === 216) || (head[0] === 137 && head[1] === 80) || (head[0] === 82 && head[8] === 87);
      if (!isPicture) { tell("只收 JPEG、PNG、WebP 照片。"); return; }
      if (data.byteLength > 20 * 1048576) { tell("照片超过 20 兆，请用普通画质拍。"); return; }
      const room = await FieldStore.room();
      if (room !== null && room < data.byteLength * 2) { tell("手机存储空间不足，这张照片没有存下。请先上传或清理空间；已填的内容都在。"); return; }
      const sha256 = await FieldStore.digest(data), key = draft.uuid + ":" + sha256;
      if (draft.files.some((each) => each.key === key)) return;
      await FieldStore.put("files", { key, account, data, type: file.type || "image/jpeg" });
      draft.files.push(Object.assign({
        key, sha256, caption: "", taken_at: new Date(file.lastModified || Date.now()).toISOString(),
        latitude: place ? place.latitude : null, longitude: place ? place.longitude : null,
      }, facts));
      await keep(draft);
    } catch (error) { tell(full(error) ? "手机存储空间不足，这张照片没有存下。已填的内容都在。" : "照片没有存下：" + error.message); }
  }

  function isOnsite(draft) { return draft.mode.startsWith("on"); }

  function record(draft) {
    const said = draft.record, onsite = isOnsite(draft), materials = [h("label", {}, "调取的材料（照片）"), shots(draft, "", "document", "拍材料")], reasons = h("div", {});
    const ask = () => {
      reasons.textContent = "";
      if (said.signed !== "signed") reasons.append(...[...field(draft, said.signed === "refused" ? "拒签的原因" : "无法签字的原因", said, "unsigned_reason", { max: 200 }), ...field(draft, "见证人", said, "witness", { max: 60, hint: "必要时邀请有关人员作为见证人" })].filter(Boolean));
      reasons.append(...SIGNERS.filter(([code]) => (code !== "met" || said.signed === "signed") && (code !== "witness" || said.witness || said.signed !== "signed"))
        .map(([code, name]) => {
          const has = draft.files.some((each) => each.kind === "signature" && each.signer === code);
          return h("button", { type: "button", className: has ? "button-quiet" : "", "data-sign": code, onclick: () => keep(draft).then(() => go(`sign/${draft.uuid}/${code}`)) }, (has ? "✓ 已签，重签：" : "签名：") + name);
        }));
    };
    ask();
    page(draft.name, "lines/" + draft.uuid,
      field(draft, "检查情况", said, "record", { rows: 5 }),
      onsite ? [field(draft, "检查场所", said, "site", { max: 200 }), field(draft, "现场负责人姓名", said, "met", { max: 60, hint: "现场负责人即可，不必要求法定代表人到场" }),
        field(draft, "职务", said, "met_title", { max: 60 }), field(draft, "电话", said, "met_phone", { type: "tel" }),
        h("label", {}, "对方签字"), picks([["signed", "签字确认"], ["refused", "拒绝签字"], ["absent", "无法签字"]], said.signed, (code) => { said.signed = code; ask(); keep(draft); }),
        reasons, h("label", {}, "企业印章"), shots(draft, "", "seal", "拍企业印章"), h("label", {}, "现场全景或其他照片"), shots(draft, "", "photo", "拍照"),
        field(draft, "执法记录仪编号", said, "recorder_number", { max: 40 }), field(draft, "音像文件名", said, "video_name", { max: 200 }), field(draft, "检查专家", said, "experts", { max: 100 }), draft.mode === "onsite" ? [] : materials]
        : materials,
      foot(h("button", { onclick: () => keep(draft).then(() => go("review/" + draft.uuid)) }, "下一步：核对提交")));
  }

  function sign(draft, code) {
    const name = (SIGNERS.find((each) => each[0] === code) || ["", "签名"])[1];
    const canvas = h("canvas", { className: "pad", "aria-label": name + "签名处" });
    page(name + "签名", "record/" + draft.uuid, h("p", { className: "meta" }, "请在框内用手指签名。签名与本次记录一并存证。"), canvas,
      h("button", { type: "button", className: "button-quiet", onclick: () => pad.clear() }, "重签"),
      foot(h("button", { onclick: done }, "签好了")));
    const scale = Math.max(window.devicePixelRatio || 1, 1);
    canvas.width = canvas.offsetWidth * scale;
    canvas.height = canvas.offsetHeight * scale;
    canvas.getContext("2d").scale(scale, scale);
    const pad = new SignaturePad(canvas, { penColor: "#000", backgroundColor: "#fff" });
    function done() {
      if (pad.isEmpty()) { tell("还没有签名。"); return; }
      canvas.toBlob(async (blob) => {
        // A signature made anew takes the place of the one before: nothing has been filed yet.
        draft.files = draft.files.filter((each) => !(each.kind === "signature" && each.signer === code));
        await addFile(draft, new File([blob], code + ".png", { type: "image/png", lastModified: Date.now() }), { kind: "signature", signer: code, line: "", caption: draft.record[code] || "" });
        go("record/" + draft.uuid);
      }, "image/png");
    }
  }

  function lacking(draft) {
    const said = draft.record, found = [], all = draft.items.flatMap((item) => item.lines);
    for (const line of all) {
      const answer = draft.answers[line.key];
      if (!answer) found.push("没有选：" + line.requirement.slice(0, 24));
      else if ((answer.value === "fail" || answer.value === "skip") && !(answer.note || "").trim()) found.push("没写情况或原因：" + line.requirement.slice(0, 24));
      const way_ = draft.findings[line.key];
      if (answer && answer.value === "fail" && line.is_major && way_ && way_.disposal !== "measure" && !(way_.major_reason || "").trim()) found.push("重大隐患没有措施，也没有理由：" + line.requirement.slice(0, 20));
      if (answer && answer.value === "fail" && way_ && way_.disposal !== "fixed" && !way_.due_on) found.push("没有整改期限：" + line.requirement.slice(0, 24));
    }
    draft.others.forEach((each, n) => { if (!(each.wording || "").trim() || !(each.basis || "").trim()) found.push(`其他 ${n + 1} 没有写全问题和依据`); });
    if (draft.leads && !(said.record || "").trim()) found.push("没有写检查情况");
    if (draft.leads && isOnsite(draft) && said.signed !== "signed" && !(said.unsigned_reason || "").trim()) found.push("没有写未签字的原因");
    return found;
  }

  function softer(draft) {
    if (!draft.leads || !isOnsite(draft)) return [];
    const has = (code) => draft.files.some((each) => each.kind === "signature" && each.signer === code);
    const found = [];
    if (!has("officer") || !has("second")) found.push("检查人员签名不全（可在纸质记录上签，拍照存入）");
    if (draft.record.signed === "signed" && !has("met")) found.push("现场负责人没有在手机上签（可在纸质记录上签，拍照存入）");
    if (Object.keys(draft.findings).length && !draft.files.some((each) => each.kind === "photo")) found.push("有问题但没有照片");
    if (!draft.record.recorder_number) found.push("没有执法记录仪编号");
    return found;
  }

  function review(draft) {
    const must = lacking(draft), soft = softer(draft), all = draft.items.flatMap((item) => item.lines);
    const many = (value) => all.filter((each) => (draft.answers[each.key] || {}).value === value).length;
    page("核对提交", (draft.leads ? "record/" : "lines/") + draft.uuid,
      h("div", { className: "card" }, h("h2", {}, draft.name), h("p", {}, `符合 ${many("pass")}，不符合 ${many("fail")}，不适用 ${many("na")}，未检查 ${many("skip")}；其他问题 ${draft.others.length} 项；照片和签名 ${draft.files.length} 件。`),
        h("p", { className: "meta" }, "开始 " + clock(draft.started_at))),
      must.length ? h("div", { className: "alert", role: "alert" }, h("b", {}, "还不能提交："), h("ul", {}, must.map((each) => h("li", {}, each)))) : null,
      soft.length ? h("div", { className: "notice" }, h("b", {}, "请留意："), h("ul", {}, soft.map((each) => h("li", {}, each)))) : null,
      h("p", { className: "meta" }, "提交后检查表和记录不能再改。没有网络也可以提交：内容留在本机，连网后自动上传，收到回执才从本机移除。"),
      foot(h("button", { disabled: must.length > 0, onclick: () => submit(draft) }, "结束检查并提交")));
  }

  async function submit(draft) {
    draft.ended_at = new Date().toISOString();
    draft.state = "waiting";
    draft.note = "";
    soon.draft = null;
    clearTimeout(saving); saving = null;
    try {
      if (!(await FieldStore.keepDraft(draft))) tell("这件检查已经提交。");
    } catch (error) {
      Object.assign(draft, { state: "draft", ended_at: "" });
      tell(full(error) ? "手机存储空间不足，没有提交。请清理空间后再提交；已填的内容都在。" : "没有提交：" + error.message);
      return;
    }
    release();
    go("");
    send(false);
  }

  // A refused or held visit is corrected as another submission: what was sent stays what it was.
  async function correct(draft) {
    const next_ = Object.assign({}, draft, { uuid: FieldStore.newId(), state: "draft", note: "", body: "", digest: "", received: false });
    // The files stay where they lie; the corrected visit speaks of them.
    await FieldStore.put("drafts", next_);
    await FieldStore.remove("drafts", draft.uuid);
    go("lines/" + next_.uuid);
  }

  async function drop(draft) {
    if (!window.confirm("服务器上留有这一份。从本机移除？")) return;
    for (const each of draft.files) await FieldStore.remove("files", each.key);
    await FieldStore.remove("drafts", draft.uuid);
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

  async function send(loud) {
    await FieldSend.go(account);
    const changed = await settle();
    const left = (await mine("drafts")).filter((each) => each.state === "waiting");
    if (loud && left.length) tell(left[0].note || "还没有上传。");
    if (changed && (!location.hash || location.hash === "#")) home();
  }

  // -- moving about ------------------------------------------------------------------------------------

  let persisted = null;
  function route() {
    const [name, one, two] = location.hash.slice(1).split("/");
    if (name === "case") showCase(one);
    else if (name === "lines") editing(one, lines);
    else if (name === "record") editing(one, record);
    else if (name === "sign") editing(one, (draft) => sign(draft, two));
    else if (name === "review") editing(one, review);
    else home();
  }

  function online() {
    net.textContent = navigator.onLine ? "有网络" : "无网络";
    if (navigator.onLine) send(false);
  }

  document.addEventListener("field-changed", () => { if (!location.hash || location.hash === "#") home(); });
  document.addEventListener("field-progress", (event) => {
    const bar = document.querySelector(".meter i");
    if (bar) bar.style.width = Math.round(event.detail.part * 100) + "%";
  });
  window.addEventListener("hashchange", route);
  window.addEventListener("online", online);
  window.addEventListener("offline", online);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) online(); });
  setInterval(() => { if (!document.hidden) send(false); }, 30000);

  (async () => {
    if (!window.isSecureContext || !window.indexedDB || !window.crypto || !crypto.subtle) {
      page("现场检查", null, h("p", { className: "alert" }, "离线填写需要 https 网址和较新的浏览器。请用普通页面办理，或请系统管理人员配置 https。"), h("a", { className: "button", href: "/desk/" }, "普通页面"));
      return;
    }
    if (navigator.serviceWorker) navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/desk/" }).catch(() => null);
    try { tasks = await FieldStore.get("tasks", account) || null; } catch (error) { tell("本机存储打不开：" + error.message); }
    route();
    online();
    if (await refresh(false) && (!location.hash || location.hash === "#")) home();
  })();
})();
