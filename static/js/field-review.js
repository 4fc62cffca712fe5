/* 复查: each open problem beside what was seen last time; what is not due yet is left out of the verdict, and stays. */
// @ts-check
"use strict";

const FieldReview = (() => {
  const { h, tell, page, foot, go, button, still, note, field, choice, tick, addressOf } = FieldParts;
  const { keep, soon } = FieldDrafts;
  const VERDICTS = [["right", "改好了"], ["wrong", "没有改"], ["half", "改了一半"]];
  const today = () => FieldContent.dayOf(FieldClock.now());

  const all = () => (FieldDrafts.tasks() || {}).reviews || [];
  const text = (holder, name) => FieldParts.plain(String(holder[name] || "")).trim();
  const oldKey = (sha256) => "old:" + sha256;

  /** The photos of last time, fetched while there is a network; those of nothing any more go. */
  async function fetchOld() {
    const wanted = new Map(all().flatMap((found) => found.problems.flatMap((each) => each.photos.map(([sha256]) => [oldKey(sha256), [found.token, sha256]]))));
    const drafts = await FieldDrafts.mine("drafts");
    for (const draft of drafts.filter((each) => each.kind === "review")) for (const each of draft.problems || []) for (const [sha256] of each.photos) if (!wanted.has(oldKey(sha256))) wanted.set(oldKey(sha256), null);
    for (const each of await FieldStore.all("files")) if (each.key.startsWith("old:") && each.account === FieldDrafts.account && !wanted.has(each.key)) await FieldStore.remove("files", each.key);
    for (const [key, at] of wanted) {
      if (!at || await FieldStore.get("files", key)) continue;
      try {
        const answer = await fetch(`/desk/field/${at[0]}/old/${at[1]}.jpg`, { credentials: "same-origin" });
        if (answer.status === 200 && answer.headers.get("X-Mingqian") === "field") await FieldStore.put("files", { key, account: FieldDrafts.account, data: await answer.arrayBuffer(), type: "image/jpeg" });
      } catch (error) { return; }
    }
  }

  async function begin(found) {
    const open = (await FieldDrafts.mine("drafts")).find((each) => each.case === found.token && each.kind === "review" && each.state === "draft");
    if (open) { go("review/" + open.uuid); return; }
    const draft = FieldDrafts.blank(found, "review");
    draft.last = null;
    draft.stamps.arrived = FieldClock.stamp(draft);
    Object.assign(draft, { problems: found.problems, everybody: found.team, verdicts: {}, enterprise: "signed", unsigned_reason: "" });
    await keep(draft);
    FieldStore.persist();
    go("review/" + draft.uuid);
  }

  const isDue = (each) => !each.due || each.due <= today() || Boolean(each.said);
  const said = (draft, each) => draft.verdicts[each.number] || { verdict: "", note: "", until: "", next: "" };

  function lacking(draft) {
    const out = [];
    if (draft.team.length < 2) out.push("复查要两个人");
    for (const each of draft.problems) {
      const one = said(draft, each);
      if (!one.verdict && isDue(each)) out.push(`第 ${each.number} 项的意见`);
      if (one.verdict && one.verdict !== "right" && text(one, "note") === "") out.push(`第 ${each.number} 项的情况`);
      if (one.verdict === "half" && !one.next) out.push(`第 ${each.number} 项以后怎么办`);
      if (one.next === "more" && !one.until) out.push(`第 ${each.number} 项延到哪天`);
    }
    if (!draft.problems.some((each) => said(draft, each).verdict)) out.push("至少一项的意见");
    if (text(draft.record, "met") === "") out.push("现场负责人");
    return out;
  }

  /** What the record says, made of the verdicts; the officer may add to it. */
  function words(draft) {
    const cited = [...new Set(draft.problems.flatMap((each) => each.papers))].join("、");
    const parts = draft.problems.map((each) => {
      const one = said(draft, each);
      if (one.verdict === "right") return `第 ${each.number} 项已整改`;
      if (one.verdict === "half") return `第 ${each.number} 项部分整改${one.next === "more" ? `，申请延期至${FieldContent.chinese(one.until)}，报负责人批准，没批以前按原期限` : one.next === "penalty" ? "，建议转处罚" : ""}`;
      if (one.verdict === "wrong") return `第 ${each.number} 项没有整改${each.due && each.due > today() ? "，期限没到，不算逾期" : ""}`;
      return `第 ${each.number} 项期限未到（${FieldContent.chinese(each.due)}），不在本次结论内`;
    });
    return [`经复查，${cited || "检查发现的问题"}：${parts.join("；")}。`, text(draft.record, "more")].filter(Boolean).join("\n");
  }

  function verdicts(draft) {
    return draft.problems.filter((each) => said(draft, each).verdict).map((each) => { const one = said(draft, each); return { number: each.number, verdict: one.verdict, note: one.verdict === "right" ? String(one.note || "") : one.note, until: one.next === "more" ? one.until : "" }; });
  }

  async function review(draft) {
    const here = still(), put = () => soon(draft), again = () => review(draft), cards = [];
    for (const each of draft.problems) cards.push(await problem(draft, each, put, again));
    if (!here()) return;
    const here_ = new Set(draft.team.map((each) => each.ref)), left = lacking(draft);
    page(draft.name + "　复查", "", 1, note("say", `只看上次的 ${draft.problems.length} 个问题。看到新的问题，另外记，不混在复查里。`),
      draft.everybody.length > 2 ? h("section", { className: "card thin" }, h("b", {}, "今天谁来复查"), draft.everybody.map((each) => tick(each.name, here_.has(each.ref), (is) => { draft.team = draft.everybody.filter((one) => (one.ref === each.ref ? is : here_.has(one.ref)) || one.me); keep(draft).then(again); }))) : null,
      cards, h("h2", {}, "这次的意见", h("small", {}, "　自动写出来，可以补充")), h("article", { className: "paper" }, h("p", {}, words(draft))), field("补充", draft.record, "more", put, { rows: 2, max: 600 }),
      field("现场负责人", draft.record, "met", put, { max: 60, id: "met" }), choice("enterprise", [["signed", "企业签字"], ["unsigned", "企业没有签，写明原因"]], draft.enterprise, (code) => { draft.enterprise = code; keep(draft).then(again); }),
      draft.enterprise === "unsigned" ? field("没有签的原因", draft, "unsigned_reason", put, { max: 200 }) : null,
      h("p", { className: "soft" }, "延期要负责人批；没批以前按原期限。写错的意见可以请负责人另出一份更正，原来的留着。"),
      foot(h("p", { className: "soft", id: "left" }, left.length ? "还差：" + left.join("、") : ""), button("看一遍再签", () => keep(draft).then(() => { const now = lacking(draft); if (now.length) tell("还差：" + now[0]); else if (draft.enterprise === "unsigned" && text(draft, "unsigned_reason") === "") tell("还差：企业没有签的原因"); else go("read/" + draft.uuid); }))));
  }

  async function problem(draft, each, put, again) {
    const one = draft.verdicts[each.number] || (draft.verdicts[each.number] = { verdict: "", note: "", until: "", next: "" });
    const old = await Promise.all(each.photos.map(async ([sha256, caption]) => { const kept = await FieldStore.get("files", oldKey(sha256)); return h("li", {}, kept ? h("img", { src: addressOf(kept.data, kept.type), alt: "上次：" + caption }) : h("span", { className: "lost" }, "没有带上"), h("b", {}, "上次"), h("small", {}, caption)); }));
    const due = each.due && each.due > today(), most = each.due;
    return h("section", { className: "line" + (each.is_major ? " red" : ""), "data-problem": String(each.number) }, h("h3", {}, `${each.number}. ${each.wording}`), each.facts ? h("p", {}, each.facts) : null,
      h("p", { className: "was" }, each.papers.join("、") || "没有出文书", h("br"), each.due ? `期限 ${FieldContent.chinese(each.due)}${due ? "，还没到" : "，已到"}` : "", each.said ? `；企业说：${each.said}` : ""),
      h("div", { className: "row pick", role: "group" }, VERDICTS.map(([code, title]) => button(title, () => { one.verdict = one.verdict === code && due ? "" : code; if (one.verdict !== "half") Object.assign(one, { next: "", until: "" }); again(); keep(draft); }, { "aria-pressed": String(one.verdict === code), "data-value": code, className: code === "wrong" ? "fail" : "" }))),
      old.length ? h("ul", { className: "shots" }, old) : null, FieldShots.shots(draft, { kind: "rectified", line: "finding:" + each.number, caption: `第 ${each.number} 项，这次`, label: "拍这次的" }),
      one.verdict && one.verdict !== "right" ? field("看到的情况", one, "note", put, { rows: 2, max: 280 }) : null,
      one.verdict === "half" ? [note("warn", "没有全改好：写明还要几天，或者转处罚。不会自动变成“已整改”。"), choice("next" + each.number, [...(each.may_extend && due ? [["more", "申请延期"]] : []), ["penalty", "转处罚（回去立案）"], ["think", "先记下，再想想"]], one.next, (code) => { one.next = code; again(); keep(draft); }), one.next === "more" ? field("延到哪天", one, "until", () => { soon(draft); }, { type: "date", hint: most ? "晚于 " + FieldContent.chinese(most) : "" }) : null] : null,
      due ? note("say", "期限没到。今天改好了可以记；没改好不算逾期，到期以后再来，提醒照旧。" + (each.is_major ? "停用的设备要审查同意才能恢复。" : "")) : null);
  }

  return { all, fetchOld, begin, review, words, verdicts };
})();
