/* 上传: files first, in pieces that are taken up where they broke off; then the visit. What is on the phone goes only
   after a receipt whose hash is ours. One page at a time sends. */
// @ts-check
"use strict";
const FieldSend = (() => {
  const PIECE = 256 * 1024;
  let running = false, again = false, signedOut = false;

  class Waits extends Error {}   // not now: no network, no sign-in, a portal; nothing is lost
  class Refused extends Error {} // the server has read it and says no

  function token() {
    // Over TLS the second name; a phone that came before the upgrade has a stale one of the first kind beside it.
    const kept = document.cookie.split("; ");
    const found = kept.find((each) => each.startsWith("__Host-csrf=")) || kept.find((each) => each.startsWith("csrftoken="));
    return found ? found.slice(found.indexOf("=") + 1) : "";
  }

  async function ask(path, options) {
    const settings = Object.assign({ credentials: "same-origin", cache: "no-store" }, options);
    settings.headers = Object.assign({ "X-Mingqian": "field", "X-CSRFToken": token() }, settings.headers);
    const asked = Date.now();
    let answer;
    try { answer = await fetch(path, settings); } catch (error) { throw new Waits("网络不通，等有网络时自动上传"); }
    if (answer.headers.get("X-Mingqian") !== "field" && answer.status === 403) {
      // The token of the form has gone with the old sign-in: the page brings a new one.
      await fetch("/desk/field/", { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    }
    if (answer.headers.get("X-Mingqian") === "field") FieldClock.learn(answer.headers.get("X-Server-Time"), asked);
    let told = null;
    try { told = await answer.json(); } catch (error) {
      throw new Waits(answer.status >= 500 ? "服务器忙，稍后自动再传" : "现在的网络要先登录（没有连到本系统），等连通后自动上传");
    }
    if (answer.status === 401) { signedOut = true; throw new Waits("登录已过期，请重新登录；内容都在本机"); }
    if (answer.headers.get("X-Mingqian") !== "field") throw new Waits("没有连到本系统，等连通后自动上传");
    signedOut = false;
    return { status: answer.status, told };
  }

  // Each file has its own verdict: one that cannot be opened is said and kept, the others go on.
  async function sendFile(draft, each, tell) {
    const path = "/desk/field/" + draft.case + "/files/" + each.sha256;
    let { status, told } = await ask(path, { method: "GET" });
    if (status !== 200) throw new Refused(told.said || "文件不能上传");
    if (told.complete) return told.fault || "";
    const kept = await FieldStore.get("files", each.key);
    if (!kept) throw new Refused("本机的照片找不到了：" + (each.caption || each.sha256.slice(0, 8)));
    let have = told.have, again_ = 0;
    while (!told.complete) {
      const end = Math.min(have + PIECE, kept.data.byteLength);
      ({ status, told } = await ask(path, {
        method: "PUT", body: kept.data.slice(have, end),
        headers: { "Content-Type": "application/octet-stream", "Content-Range": `bytes ${have}-${end - 1}/${kept.data.byteLength}` },
      }));
      if (status === 507 || status >= 500) throw new Waits(told.said || "服务器忙，稍后自动再传");
      // What arrived is not what was sent: once more from the start, twice at most.
      if (told.error === "upload_digest" && again_ < 2) { again_ += 1; have = 0; told = { complete: false, have: 0 }; continue; }
      if (status >= 400) throw new Refused(told.said || "文件没有收下");
      have = told.have;
      tell(end / kept.data.byteLength);
    }
    return told.fault || "";
  }

  async function send(draft) {
    const files = draft.files, total = files.length + 1;
    const mark = async (state, note, part) => {
      Object.assign(draft, { state, note: note || "", part: part || 0 });
      // On a full phone not even a state can be written; sending goes on all the same, it makes room.
      try { await FieldStore.put("drafts", draft); } catch (error) { console.warn("state not kept", error); }
      document.dispatchEvent(new CustomEvent("field-changed", { detail: draft.uuid }));
    };
    try {
      await mark("sending", "", 0);
      const sent = new Set();
      for (let n = 0; n < files.length; n += 1) {
        if (sent.has(files[n].sha256)) continue;
        sent.add(files[n].sha256);
        draft.now = n;
        files[n].fault = await sendFile(draft, files[n], (part) => {
          draft.part = (n + part) / total;
          document.dispatchEvent(new CustomEvent("field-progress", { detail: draft }));
        });
      }
      // The bytes are made once and kept: the same visit sent twice is the same bytes.
      if (!draft.body) {
        draft.body = JSON.stringify(draft.v === 2 ? bodyOf(draft) : oldBody(draft));
        draft.body_digest = await FieldStore.digest(new TextEncoder().encode(draft.body));
        await FieldStore.put("drafts", draft).catch(() => null);
      }
      const { status, told } = await ask("/desk/field/" + draft.case + (draft.kind === "review" ? "/reviews/" : "/filings/"), {
        method: "POST", body: draft.body, headers: { "Content-Type": "application/json", "Idempotency-Key": draft.uuid, "X-Sent-At": new Date().toISOString() },
      });
      if (status === 424) { await mark("waiting", told.said); return; }
      if (told.error === "filing_account") throw new Waits(told.said);
      if (status === 507 || status >= 500) throw new Waits(told.said || "服务器忙，稍后自动再传");
      if (status >= 400) throw new Refused(told.said || "没有收下");
      const digest = draft.body_digest || draft.digest; // a draft of before keeps its own under the other name
      if (told.uuid !== draft.uuid || told.content_sha256 !== digest || !told.receipt) throw new Waits("回执与本机内容不符，稍后再传");
      await finish(draft, told);
    } catch (error) {
      if (error instanceof Waits) await mark("waiting", error.message);
      else await mark("needs", error.message || String(error));
    }
  }

  /** What a receipt says, as it is kept on the phone. */
  function said(told) {
    return {
      is_waiting: Boolean(told.is_waiting), is_held: Boolean(told.is_held), is_taken: Boolean(told.is_taken), is_settled: Boolean(told.is_settled), is_final: Boolean(told.is_final),
      reason: told.reason || "", due: told.report_due || told.due || "", faults: told.faults || [], late: told.late || 0, case_status: told.case_status || "",
    };
  }

  async function finish(draft, told) {
    const kept = Object.assign({
      uuid: draft.uuid, account: draft.account, name: draft.name, case: draft.case, kind: draft.kind || "visit", receipt: told.receipt, at: told.received_at,
      digest: told.content_sha256, fingerprint: draft.kind ? draft.digest : "",
    }, said(told));
    if (told.is_held && !["lines", "recusal"].includes(draft.kind)) {
      // The server has it and could not carry it out: the draft stays, so that a corrected one can be made of it.
      await FieldStore.settle(kept, null);
      Object.assign(draft, { state: "needs", note: "服务器已收到（" + told.receipt + "），但" + told.reason, received: true });
      await FieldStore.put("drafts", draft);
    } else {
      // In the database, whole: the phone keeps the receipt alone, and asks what becomes of it.
      await FieldStore.settle(kept, draft, await FieldDrafts.filesOf(draft));
      if (["visit", "undone", "review"].includes(draft.kind)) await FieldNumbers.forget(draft.case);
      // What it has settled waits no more on this phone either.
      if (draft.kind === "supplement") await FieldDrafts.settled(draft.case);
    }
    document.dispatchEvent(new CustomEvent("field-changed", { detail: draft.uuid }));
  }

  function filesOf(draft) {
    return draft.files.map((each) => ({
      sha256: each.sha256, kind: each.kind, signer: each.signer || "", line: each.line || "", caption: each.caption || "", scaled_from: each.scaled_from || "",
      taken_at: each.taken_at, latitude: each.latitude, longitude: each.longitude,
    }));
  }

  function bodyOf(draft) {
    const base = { v: 2, uuid: draft.uuid, account: draft.account, case: draft.case, kind: draft.kind, files: filesOf(draft), clock: draft.clock || FieldClock.told(draft.opened_at) };
    if (draft.kind === "lines") {
      base.files = base.files.filter((each) => each.kind !== "signature");  // nobody signs lines
      const mine = FieldDrafts.share(draft);
      const findings = FieldContent.findingsOf(draft, FieldContent.standing(draft)).filter((each) => !each.line || mine.lines[each.line]);
      return Object.assign(base, { lines: mine.lines, findings, started_at: draft.stamps.arrived || "" });
    }
    if (draft.kind === "recusal") return Object.assign(base, { recusal: draft.recusal });
    const papers = (draft.papers || []).filter((each) => each.sheet && FieldPapers.isSigned(draft, each)).map((each) => each.sheet);
    return Object.assign(base, { sheet: draft.sheet, refusal: draft.refusal_text || "", signatures: draft.signatures, left_at: draft.left_at }, ["visit", "undone", "review"].includes(draft.kind) ? { papers, numbers: FieldNumbers.said(draft) } : {});
  }

  // A visit that was handed in before this version and has not got through yet.
  function oldBody(draft) {
    return {
      uuid: draft.uuid, account: draft.account, case: draft.case, started_at: draft.started_at, ended_at: draft.ended_at,
      answers: draft.answers, findings: draft.findings, others: draft.others, record: draft.record, files: filesOf(draft),
    };
  }

  async function all(account) {
    const drafts = (await FieldStore.all("drafts")).filter((each) => each.account === account);
    for (const draft of drafts) {
      // "sending" is what a killed page leaves behind.
      if (draft.state === "waiting" || draft.state === "sending") await send(draft);
    }
  }

  return {
    ask, Waits, said,
    isSignedOut: () => signedOut,
    async go(account) {
      if (running) { again = true; return; }
      running = true;
      try {
        do {
          again = false;
          if (navigator.locks) await navigator.locks.request("mingqian-send", { ifAvailable: true }, (lock) => (lock ? all(account) : null));
          else await all(account);
        } while (again);
      } finally { running = false; }
    },
  };
})();
