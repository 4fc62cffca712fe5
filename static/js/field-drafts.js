/* What lies on the phone: the tasks taken along and the visits being written. Every change is kept at once;
   uploading is field-send.js's matter. */
// @ts-check
"use strict";

const FieldDrafts = (() => {
  const { tell, full, go, page, h } = FieldParts;
  const account = document.body.dataset.account;
  let tasks = null, held = null, saving = null, dirty = null, place = null, persisted = null;
  const live = {};  // one object for each draft on this page: two screens never hold two versions

  async function takeUp() { tasks = await FieldStore.get("tasks", account) || null; }

  async function keep(draft) {
    clearTimeout(saving);
    saving = null;
    if (dirty === draft) dirty = null;
    draft.changed_at = new Date().toISOString();
    try { if (!(await FieldStore.keepDraft(draft))) { delete live[draft.uuid]; tell("这件检查已经提交，刚才的改动没有存下。"); } }
    catch (error) { tell(full(error) ? "手机存储空间不足，刚才填的没有存下。请先上传或清理空间。" : "没有存下：" + error.message); }
  }

  // A tap is kept at once; letters four times a second however fast they come; a page that is hidden or closed at once.
  function soon(draft) {
    dirty = draft;
    if (!saving) saving = setTimeout(() => keep(draft), 250);
  }
  for (const name of ["visibilitychange", "pagehide"]) {
    (name === "pagehide" ? window : document).addEventListener(name, () => { if (dirty && (name === "pagehide" || document.hidden)) keep(dirty); });
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
      if (!each.is_waiting) continue;
      try {
        const { status, told } = await FieldSend.ask("/desk/field/filings/" + each.uuid + "/", { method: "GET" });
        if (status === 200 && !told.is_waiting) {
          await FieldStore.put("receipts", Object.assign(each, { is_waiting: false, is_held: told.is_held, is_taken: told.is_taken, reason: told.reason, due: told.report_due }));
          changed = true;
        }
      } catch (error) { return changed; }
    }
    return changed;
  }

  function caseOf(token) { return tasks && tasks.cases.find((each) => each.token === token); }

  async function begin(found) {
    const now = new Date().toISOString();
    const open = (await mine("drafts")).find((each) => each.case === found.token && each.state === "draft");
    const draft = open || {
      uuid: FieldStore.newId(), account, case: found.token, name: found.name, state: "draft", note: "", opened_at: now,
      started_at: found.started_at || now, ended_at: "", answers: Object.assign({}, found.answers), findings: {}, others: [], files: [],
      items: found.items, mode: found.mode, leads: found.leads, days: tasks.days, team: found.team,
      record: { record: `出示执法证件，送达检查通知书${found.notice || "（文号见通知书）"}，告知陈述申辩和申请回避的权利。按检查表逐项检查，情况见检查表。`, signed: "signed", site: (found.address || "").slice(0, 200) },
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
    if (!tasks || !tasks.rules) {
      page("现场检查", "", h("p", { className: "alert" }, "程序已经更新，请连网打开一次本页再继续填写；已填的内容都在本机。"));
      return;
    }
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

  async function submit(draft) {
    draft.ended_at = new Date().toISOString();
    draft.state = "waiting";
    draft.note = "";
    dirty = null;
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
    for (const each of draft.files) await FieldStore.remove("files", each.key);
    await FieldStore.remove("drafts", draft.uuid);
  }

  async function send(loud) {
    await FieldSend.go(account);
    const changed = await settle();
    const left = (await mine("drafts")).filter((each) => each.state === "waiting");
    if (loud && left.length) tell(left[0].note || "还没有上传。");
    if (changed) document.dispatchEvent(new Event("field-changed"));
  }

  return {
    account, takeUp, keep, soon, release, refresh, mine, caseOf, begin, editing, addFile, submit, correct, drop, send,
    tasks: () => tasks,
    isPersisted: () => persisted,
  };
})();
