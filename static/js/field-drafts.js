/* What lies on the phone: the tasks taken along and the visits being written. Every change is kept at once;
   uploading is field-send.js's matter. */
// @ts-check
"use strict";

const FieldDrafts = (() => {
  const { tell, full, go, page, still, h } = FieldParts;
  const account = document.body.dataset.account;
  let tasks = null, held = null, saving = null, dirty = null, place = null, persisted = null;
  const live = {};  // one object for each draft on this page: two screens never hold two versions

  async function takeUp() { tasks = await FieldStore.get("tasks", account) || null; await FieldNumbers.load(); }

  // Each writing has a number: an older copy of a visit, on this page or another, never goes over a newer one.
  async function keep(draft) {
    clearTimeout(saving);
    saving = null;
    if (dirty === draft) dirty = null;
    draft.changed_at = new Date().toISOString();
    draft.rev = (draft.rev || 0) + 1;
    try { if (!(await FieldStore.keepDraft(draft))) { delete live[draft.uuid]; tell("这件检查已经交上去，或者在另一个页面改过；刚才的改动没有存下。"); } }
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
    // A page that was closed a moment ago may not have let go yet.
    for (let n = 0; n < 5; n += 1) {
      if ((held && held.uuid === uuid) || await tryHold(uuid)) return true;  // two pages of this tab may ask at once
      await new Promise((done) => setTimeout(done, 300));
    }
    return false;
  }
  function tryHold(uuid) {
    return new Promise((done) => {
      navigator.locks.request("draft-" + uuid, { ifAvailable: true }, (lock) => {
        if (!lock) { done(false); return null; }
        return new Promise((free) => { held = { uuid, free }; done(true); });
      });
    });
  }
  function release() {
    if (!held) return;
    held.free();
    held = null;
  }

  async function refresh(loud) {
    try {
      const { status, told } = await FieldSend.ask("/desk/field/tasks.json", { method: "POST" });
      if (status !== 200 || String(told.account) !== account) throw new FieldSend.Waits("没有取到任务");
      const before = tasks && JSON.stringify(tasks.cases);
      tasks = Object.assign(told, { key: account, taken_at: FieldClock.now().toISOString() });
      await FieldStore.put("tasks", tasks);
      await learn(tasks.cases);
      await FieldNumbers.giveBack(new Set([...tasks.cases, ...(tasks.reviews || [])].map((each) => each.token)), new Set((await mine("drafts")).map((each) => each.case)));
      await FieldReview.fetchOld();
      if (loud) tell("任务已更新，可以带到没有网络的地方。");
      // A page that is made anew under a finger is worse than one that is a minute old.
      return loud || before !== JSON.stringify(tasks.cases);
    } catch (error) {
      if (loud) tell(full(error) ? "手机存储空间不足，任务没有存下。" : error.message);
      return false;
    }
  }

  async function mine(store) { return (await FieldStore.all(store)).filter((each) => String(each.account) === account); }

  /** What the server or another phone says of a case, taken into the draft of it: nothing said is lost. */
  function hear(draft, told, rulings) {
    draft.told = FieldMerge.union(draft.told, told || {});
    const newest = (ruling) => ruling.over.map((each) => each[1]).sort().pop() || "";
    for (const [line, ruling] of Object.entries(rulings || {})) {
      const known = draft.rulings[line];
      // The later choice stands; of one moment, the leader's own is on his own phone.
      if (!known || newest(known) < newest(ruling) || (newest(known) === newest(ruling) && !draft.is_leader)) draft.rulings[line] = ruling;
    }
  }

  /** Another phone's photos by their fingerprints, its wording of problems, what it found outside the list. */
  function hearMore(draft, said) {
    if (said.by !== draft.me && draft.team.some((each) => each.ref === said.by)) draft.photosOf[said.by] = said.photos || [];
    for (const [line, each] of Object.entries(said.findings || {})) if (!draft.findings[line]) draft.findings[line] = each;
    // What the other has taken back meanwhile is taken back here: its own are known by whose they are.
    const theirs = new Set((said.others || []).map((each) => each.id));
    draft.others = draft.others.filter((each) => each.from !== said.by || theirs.has(each.id));
    for (const each of said.others || []) {
      const at = draft.others.findIndex((own) => own.id === each.id);
      if (at < 0) draft.others.push(Object.assign({}, each, { from: said.by }));
      else if (draft.others[at].from === said.by) draft.others[at] = Object.assign({}, each, { from: said.by });
    }
  }

  const isSigned = (draft) => Boolean(draft.sheet) && draft.signatures.some((each) => each.digest === draft.digest);

  // A visit that goes on: the team may have changed since, and the colleague may have answered. What is signed stays as
  // it was signed: what comes now is the server's to hold against it.
  async function learn(cases) {
    for (const stored of await mine("drafts")) {
      const found = cases.find((each) => each.token === stored.case);
      if (!found || stored.state !== "draft" || stored.v !== 2 || ["supplement", "review"].includes(stored.kind)) continue;
      const take = async (draft) => {
        if (isSigned(draft)) return;
        hear(draft, found.told, found.rulings);
        draft.team = found.team;
        if (!draft.stamps.notice && found.notice) draft.notice_number = found.notice.number;
        await keep(draft);
      };
      if (held && held.uuid === stored.uuid) await take(live[stored.uuid] || stored);
      else if (!navigator.locks) await take(stored);
      else await navigator.locks.request("draft-" + stored.uuid, { ifAvailable: true }, (lock) => (lock ? take(stored) : null));
    }
  }

  async function settle() {
    // What becomes of what was handed in, until the server has nothing more to say of it.
    let changed = false;
    for (const each of await mine("receipts")) {
      if (each.is_final && !(each.faults || []).length && !each.late) continue;
      if (each.asked && Date.now() - each.asked < 20000) continue;
      try {
        const { status, told } = await FieldSend.ask("/desk/field/filings/" + each.uuid + "/", { method: "GET" });
        if (status !== 200) continue;
        const next = Object.assign({}, each, FieldSend.said(told), { asked: Date.now() });
        if (JSON.stringify(FieldSend.said(told)) !== JSON.stringify(FieldSend.said(each))) changed = true;
        await FieldStore.put("receipts", next);
      } catch (error) { return changed; }
    }
    return changed;
  }

  /** Something of a case was settled: the tasks and receipts are asked anew, at once. */
  async function settled(token) {
    for (const each of await mine("receipts")) if (each.case === token) await FieldStore.put("receipts", Object.assign(each, { asked: 0 }));
    await refresh(false);
  }

  const caseOf = (token) => tasks && ([...tasks.cases, ...(tasks.settle || []), ...(tasks.reviews || [])].find((each) => each.token === token));

  function blank(found, kind) {
    const now = FieldClock.now().toISOString(), me = found.team.find((each) => each.me) || { ref: "", leads: false };
    return {
      v: 2, uuid: FieldStore.newId(), account, case: found.token, kind, name: found.name, address: found.address || "", state: "draft", note: "", opened_at: now, last_at: "",
      me: me.ref, is_leader: me.leads, leads: found.leads, lead: found.lead, team: found.team, officers: tasks.officers, values: Object.fromEntries(tasks.values),
      mode: found.mode, mode_said: found.mode_said, items: found.items, last: found.last, days: tasks.days, notice_number: found.notice ? found.notice.number : "", needs_code: found.needs_code,
      salt: FieldStore.random(16), stamps: {}, served: { way: "", name: "", reason: "" }, codes: { entry: found.entry_code || "", enterprise: "" },
      told: found.told || {}, rulings: found.rulings || {}, findings: {}, others: [], files: [], photosOf: {}, record: { site: (found.address || "").slice(0, 200) },
      refusal: null, recusal: null, sheet: "", digest: "", refusal_text: "", signatures: [], left_at: "", forms: found.forms || {}, papers: [], number: "", spoiled: [], consents: {}, undone: { calls: [] }, supplement: null,
    };
  }

  let beginning = false;
  async function begin(found) {
    if (beginning) return;  // a second tap, while the first one is being looked into
    beginning = true;
    try { await begun(found); } finally { beginning = false; }
  }

  async function begun(found) {
    const open = (await mine("drafts")).find((each) => each.case === found.token && each.state === "draft" && !["supplement", "review"].includes(each.kind));
    if (open) { go((open.kind === "undone" ? "undone/" : "arrive/") + open.uuid); return; }
    const draft = blank(found, "visit");
    draft.stamps.arrived = found.started_at || FieldClock.stamp(draft);
    draft.last_at = draft.last_at || draft.stamps.arrived;
    await keep(draft);
    locate();
    FieldStore.persist().then((is) => { persisted = is; });
    go((found.mode.startsWith("on") && !found.started_at ? "arrive/" : "lines/") + draft.uuid);
  }

  function locate() {
    if (!navigator.geolocation) return;
    navigator.geolocation.getCurrentPosition((at) => { place = at.coords; }, () => null, { timeout: 8000, maximumAge: 600000 });
  }

  // A draft of before this version: its answers are the officer's own; nothing was signed by its digest, so all sign anew.
  function upgraded(draft, found) {
    if (draft.v === 2 || !found) return draft;
    const made = Object.assign(blank(found, "visit"), { uuid: draft.uuid, opened_at: draft.opened_at, findings: draft.findings || {} });
    made.others = (draft.others || []).map((each) => Object.assign({ id: FieldStore.newId() }, each));
    made.files = draft.files.filter((each) => each.kind !== "signature").map((each) => Object.assign({ id: FieldStore.newId() }, each));
    made.stamps = { arrived: draft.started_at || draft.opened_at };
    Object.assign(made.record, { met: draft.record.met, met_title: draft.record.met_title, met_phone: draft.record.met_phone, recorder_number: draft.record.recorder_number, more: draft.record.record });
    for (const [line, each] of Object.entries(draft.answers || {})) made.told[line] = (made.told[line] || []).concat({ by: made.me, value: each.value, note: each.note || "", at: FieldClock.stamp(made), way: "" });
    return made;
  }

  async function editing(uuid, show) {
    const here = still();
    if (!tasks || !tasks.rules || !tasks.officers) {
      page("现场检查", "", -1, h("p", { className: "warn" }, "程序已经更新，请连网打开一次本页再继续填写；已填的内容都在本机。"));
      return;
    }
    if (!(await hold(uuid))) {
      const draft = await FieldStore.get("drafts", uuid) || { name: "" };
      if (!here()) return;
      page(draft.name, "", -1, h("p", { className: "warn" }, "这件检查正在另一个页面填写。请回到那个页面，或关掉它后再打开。"));
      return;
    }
    // Read after the lock: another tab may have gone on with it.
    const stored = await FieldStore.get("drafts", uuid);
    if (!here()) return;
    if (!stored || String(stored.account) !== account || stored.state !== "draft") { delete live[uuid]; release(); go(""); return; }
    if (!live[uuid] || (live[uuid].rev || 0) < (stored.rev || 0)) live[uuid] = upgraded(stored, caseOf(stored.case));
    if (live[uuid].v !== 2) { page(stored.name, "", -1, h("p", { className: "warn" }, "请连网更新一次任务再继续填写；已填的内容都在本机。任务已经不在的，先到“备份和读回”存成文件，交给经办人。")); return; }
    show(live[uuid]);
  }

  /** The page on which a draft of its kind is written. */
  function pageOf(draft) { return { undone: "undone/", supplement: "supplement/", review: "review/" }[draft.kind] || "lines/"; }

  /** My answer to a line: kept with its moment. Back to what was signed, it is what was signed. */
  function answer(draft, key, value, note, way) {
    const shared = draft.shared || {};
    const signed = draft.sheet && !(shared[key] > draft.last_signed) ? [...(JSON.parse(draft.sheet).lines || []), ...(JSON.parse(draft.sheet).aside || [])].find((each) => each.line === key && each.by === draft.me && each.value === value && each.note === (note || "")) : null;
    const entry = signed ? { by: draft.me, value, note: note || "", at: signed.at, way: signed.way || "" } : { by: draft.me, value, note: note || "", at: FieldClock.stamp(draft), way: way || "" };
    // What nobody else has seen yet was only on its way to being said.
    draft.told[key] = (draft.told[key] || []).filter((each) => each.by !== draft.me || (shared[key] && each.at <= shared[key] && !signed)).concat(entry);
  }

  // -- two phones ------------------------------------------------------------------------------------

  /** What this phone has to say: my last word on each line, my choices, the fingerprints of my photos. */
  function share(draft) {
    const lines = {}, photos = FieldContent.photosOf(draft).filter((each) => each.of === draft.me).map((each) => ({ sha256: each.sha256, kind: each.kind, line: each.line, caption: each.caption, taken_at: each.taken_at }));
    for (const line of FieldContent.linesOf(draft)) {
      const own = FieldContent.own(draft, line.key);
      if (own) lines[line.key] = { value: own.value, note: own.note, at: own.at, way: own.way || "" };
    }
    return { case: draft.case, by: draft.me, lines, rulings: draft.is_leader ? draft.rulings : {}, photos, findings: draft.findings, others: draft.others.filter((each) => !each.from) };
  }

  function noteShared(draft) {
    draft.shared = Object.fromEntries(Object.entries(share(draft).lines).map(([line, each]) => [line, each.at]));
  }

  /** With a network: mine out, everybody's in. */
  async function exchange(draft) {
    const mine_ = share(draft);
    noteShared(draft);  // before it goes: what the server may have is said, whether its answer comes or not
    await keep(draft);
    const { status, told } = await FieldSend.ask("/desk/field/" + draft.case + "/share/", { method: "POST", body: JSON.stringify({ lines: mine_.lines, rulings: mine_.rulings, photos: mine_.photos, findings: mine_.findings, others: mine_.others }), headers: { "Content-Type": "application/json" } });
    if (status !== 200) throw new FieldSend.Waits(told.said || "没有对上");
    if (!isSigned(draft)) {
      hear(draft, told.told, told.rulings);
      for (const said of told.shares || []) hearMore(draft, said);
      await keep(draft);
    }
    return told;
  }

  /** From the other phone, by a code: what it says of the same case. */
  async function receive(draft, said) {
    if (said.case !== draft.case) throw new Error("这是另一件检查的码");
    if (said.by === draft.me) throw new Error("这是您自己的码");
    if (!draft.team.some((each) => each.ref === said.by)) throw new Error("这个人不在这件检查的检查组里");
    const told = {};
    for (const [line, each] of Object.entries(said.lines)) told[line] = [Object.assign({ by: said.by }, each)];
    hear(draft, told, said.rulings);
    hearMore(draft, said);
    await keep(draft);
  }

  // -- handing in, mending, dropping ---------------------------------------------------------------

  async function submit(draft, kind) {
    const before = draft.kind;
    Object.assign(draft, { kind: kind || draft.kind, clock: FieldClock.told(draft.opened_at), rev: (draft.rev || 0) + 1 });
    draft.state = "waiting";
    draft.note = "";
    dirty = null;
    clearTimeout(saving); saving = null;
    try {
      if (!(await FieldStore.keepDraft(draft))) tell("这件检查已经交上去了。");
    } catch (error) {
      Object.assign(draft, { state: "draft", kind: before });
      tell(full(error) ? "手机存储空间不足，没有交上去。请清理空间后再交；已填的内容都在。" : "没有交上去：" + error.message);
      return;
    }
    release();
    go("");
    send(false);
  }

  // A refused or held visit is corrected as another submission: what was sent stays what it was.
  async function correct(draft) {
    if (draft.kind === "recusal") { await FieldStore.put("drafts", Object.assign({}, draft, { state: "waiting", note: "" })); send(true); return; }
    const kind = draft.kind === "lines" ? "visit" : draft.kind, next_ = Object.assign({}, draft, { uuid: FieldStore.newId(), kind, state: "draft", note: "", body: "", body_digest: "", received: false, left_at: "" });
    // The files stay where they lie; the corrected visit speaks of them.
    await FieldStore.put("drafts", next_);
    await FieldStore.remove("drafts", draft.uuid);
    go(pageOf(draft) + next_.uuid);
  }

  /** The files of a draft that no other draft speaks of. */
  async function filesOf(draft) {
    const others = new Set((await FieldStore.all("drafts")).filter((each) => each.uuid !== draft.uuid).flatMap((each) => each.files.map((one) => one.key)));
    return [...new Set(draft.files.map((each) => each.key))].filter((key) => !others.has(key));
  }

  async function drop(draft) {
    for (const key of await filesOf(draft)) await FieldStore.remove("files", key);
    delete live[draft.uuid];
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
    account, takeUp, keep, soon, release, refresh, mine, caseOf, begin, blank, editing, pageOf, answer, share, noteShared, exchange, receive, submit, correct, drop, filesOf, isSigned, settled, send,
    tasks: () => tasks,
    place: () => place,
    isPersisted: () => persisted,
  };
})();
