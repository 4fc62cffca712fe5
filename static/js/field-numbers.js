/* 借来的文号: the numbers that were lent to this phone before it set out. One lies on one phone alone; what a paper was signed
   under is used, what nobody used goes home with the visit. */
// @ts-check
"use strict";

const FieldNumbers = (() => {
  const key = "numbers:" + document.body.dataset.account;
  let kept = null;

  async function load() {
    if (!kept) kept = await FieldStore.get("tasks", key) || { key, device: FieldStore.newId(), cases: {} };
    return kept;
  }

  /** The numbers of a case that lie here, used or not. */
  const of = (token) => (kept && kept.cases[token]) || [];
  const isHere = (token) => of(token).length > 0;

  const used = (draft) => new Set([draft.number, ...(draft.papers || []).map((each) => each.number), ...(draft.spoiled || []).map((each) => each[2])].filter(Boolean));

  /** What may still be used of a kind, this year. */
  function free(draft, code) {
    const gone = used(draft), year = Number(FieldContent.dayOf(FieldClock.now()).slice(0, 4));
    return of(draft.case).filter((each) => each.code === code && each.year === year && !gone.has(each.number));
  }

  async function ask(token, more) {
    const at = await load();
    const { status, told } = await FieldSend.ask(`/desk/field/${token}/numbers/`, { method: "POST", body: JSON.stringify(Object.assign({ device: at.device }, more)), headers: { "Content-Type": "application/json" } });
    if (status !== 200) throw new FieldSend.Waits(told.said || "文号没有办成");
    return told.lent;
  }

  /** Take numbers along; asked again it gives the same. */
  async function take(token) {
    const lent = await ask(token, { take: true });
    const at = await load();
    // What a visit on this phone has used stays known here, until it is handed in.
    const known = new Set(lent.map((each) => each.key));
    at.cases[token] = lent.concat(of(token).filter((each) => !known.has(each.key)));
    await FieldStore.put("tasks", at);
  }

  /** What a visit says of its numbers when it is handed in. */
  function said(draft) {
    const gone = used(draft);
    return { device: kept ? kept.device : "", spare: of(draft.case).filter((each) => !gone.has(each.number)).map((each) => each.key).filter(Boolean), spoiled: (draft.spoiled || []).map(([each, reason, number]) => [each || number, reason]) };
  }

  async function forget(token) {
    const at = await load();
    if (!at.cases[token]) return;
    delete at.cases[token];
    await FieldStore.put("tasks", at);
  }

  /** Of cases that are no task any more, and of which nothing lies here: their numbers go home. */
  async function giveBack(tokens, busy) {
    const at = await load();
    for (const token of Object.keys(at.cases)) {
      if (tokens.has(token) || busy.has(token)) continue;
      try { await ask(token, { spare: of(token).map((each) => each.key).filter(Boolean) }); await forget(token); } catch (error) { return; }
    }
  }

  /** A number that the office told by telephone, typed in: it counts when the server knows it as lent to this case. */
  async function type(token, code, number) {
    const at = await load();
    at.cases[token] = of(token).concat({ code, number, key: "", year: Number((number.match(/〔(\d{4})〕/) || [0, 0])[1]), url: "", typed: "", device: "" });
    await FieldStore.put("tasks", at);
  }

  return { load, of, isHere, free, take, said, forget, giveBack, type };
})();
