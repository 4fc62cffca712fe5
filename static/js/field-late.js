/* 签名以后: lines that came later, photos that cannot be opened; what the record does not say is added, and signed apart. */
// @ts-check
"use strict";

const FieldLate = (() => {
  const { h, tell, page, foot, go, button, still, note, field, choice, tick } = FieldParts;
  const { keep, soon } = FieldDrafts;

  /** The cases of which something waits to be settled on a phone. */
  function asking() { return ((FieldDrafts.tasks() || {}).settle || []).filter((each) => each.late.length || each.faults.length || each.outside.length); }

  /** What waits in a case whose record is signed. */
  async function late(token) {
    const found = FieldDrafts.caseOf(token);
    if (!found || !("faults" in found)) { page("签名以后", "", 4, h("p", { className: "empty" }, "这件检查没有要处理的；有网络时点“更新任务”再看。"), h("p", {}, h("a", { href: "/desk/cases/" + token + "/" }, "在普通页面上看"))); return; }
    const texts = Object.fromEntries(found.items.flatMap((item) => item.lines).map((line) => [line.key, line.requirement])), values = Object.fromEntries(FieldDrafts.tasks().values), names = Object.fromEntries(found.team.map((each) => [each.ref, each.name]));
    const write = async () => {
      const open = (await FieldDrafts.mine("drafts")).find((each) => each.case === token && each.kind === "supplement" && each.state === "draft");
      const draft = open || FieldDrafts.blank(found, "supplement");
      if (!open) {
        draft.supplement = { lines: found.late.map((each) => ({ line: each.line, value: each.value, note: each.note, by: each.by, at: each.at, way: each.way || "" })), text: found.outside.join("\n"), reason: found.late.length || found.outside.length ? "签名以后才到" : found.faults.length ? "照片没有传全" : "", enterprise: "unsigned", unsigned_reason: "企业人员已经离开", instead: {}, dropped: [], faults: found.faults };
        await keep(draft);
      }
      go("supplement/" + draft.uuid);
    };
    page(found.name, "", 4, note("say", "签过的记录一个字也不改。后来才到的写成补充记录，另外签名；不采用的，在普通页面上写明原因，留着备查。"),
      found.late.map((each) => h("section", { className: "card" }, h("b", {}, texts[each.line] || each.line), h("p", {}, `${names[each.by] || each.by}：${values[each.value]}${each.note ? "，" + each.note : ""}（${FieldContent.hour(each.at)}）`))),
      found.faults.map((each) => h("section", { className: "card" }, h("b", {}, "打不开的照片"), h("p", {}, `${each.caption || "没有说明"}，指纹 ${FieldContent.fingerprint(each.sha256)}：${each.fault}`))),
      found.outside.map((each) => h("section", { className: "card" }, h("b", {}, "检查表以外的问题"), h("p", {}, each))),
      found.late.length || found.faults.length || found.outside.length ? null : h("p", { className: "empty" }, "没有要处理的。"),
      h("p", {}, h("a", { href: `/desk/cases/${token}/late-lines/` }, "不采用，或者看两份原件（普通页面）")),
      foot(button("写补充记录", write)));
  }

  function supplement(draft) {
    const said = draft.supplement, put = () => soon(draft), again = () => supplement(draft);
    const texts = Object.fromEntries(FieldContent.linesOf(draft).map((line) => [line.key, line.requirement]));
    const settled = (sha256) => Object.values(said.instead).includes(sha256) || said.dropped.includes(sha256);
    const fault = (each) => {
      const file = draft.files.find((one) => said.instead[one.sha256] === each.sha256);
      const input = h("input", { type: "file", accept: "image/*", "aria-label": "用另一张代替" });
      input.addEventListener("change", async () => {
        const here = still(), before = new Set(draft.files.map((one) => one.id));
        if (input.files.length && await FieldPhotos.add(draft, input.files[0], { kind: "photo", line: each.line, caption: `代替指纹 ${each.sha256.slice(0, 8)} 的照片：${each.caption}`.slice(0, 200) })) {
          const made = draft.files.find((one) => !before.has(one.id));
          said.instead[made.sha256] = each.sha256;
          await keep(draft);
        }
        if (here()) again();
      });
      return h("section", { className: "card" }, h("b", {}, each.caption || "打不开的照片"), h("p", { className: "soft" }, "指纹 " + FieldContent.fingerprint(each.sha256)),
        file ? note("ok", "用另一张代替") : said.dropped.includes(each.sha256) ? note("ok", "不要这张，记录里写明“损坏，未存入”") : [h("span", { className: "shoot" }, "用另一张代替", input), button("不要这张", async () => { said.dropped.push(each.sha256); again(); await keep(draft); }, { className: "two" })],
        file || said.dropped.includes(each.sha256) ? button("改", async () => { said.dropped = said.dropped.filter((one) => one !== each.sha256); if (file) { delete said.instead[file.sha256]; await FieldPhotos.drop(draft, file); } again(); await keep(draft); }, { className: "two small" }) : null);
    };
    const all = said.all || (said.all = said.lines.slice());
    const text = (name) => String(said[name] || "");
    const check = () => (said.faults.every((each) => settled(each.sha256)) ? text("reason").trim() ? said.enterprise === "unsigned" && text("unsigned_reason").trim() === "" ? "企业没有签的原因" : said.lines.length || text("text").trim() || said.faults.length ? "" : "补充什么" : "原因" : "打不开的照片怎么办");
    page("补充记录", "late/" + draft.case, 2,
      all.length ? [h("h2", {}, "写入补充记录的行"), all.map((each) => tick(`${texts[each.line]}：${draft.values[each.value]}${each.note ? "，" + each.note : ""}`, said.lines.some((one) => one.line === each.line && one.by === each.by), (is) => { said.lines = is ? said.lines.concat(each) : said.lines.filter((one) => !(one.line === each.line && one.by === each.by)); keep(draft); }))] : null,
      said.faults.map(fault),
      field("还要补充的", said, "text", put, { rows: 3, max: 2000 }), field("原因", said, "reason", put, { max: 300 }),
      h("h2", {}, "企业签不签"), choice("enterprise", [["signed", "企业再签一次"], ["unsigned", "企业没有签，写明原因"]], said.enterprise, (code) => { said.enterprise = code; keep(draft).then(again); }),
      said.enterprise === "unsigned" ? field("没有签的原因", said, "unsigned_reason", put, { max: 200 }) : field("谁签", said, "met", put, { max: 60 }),
      foot(button("看一遍，签名", () => keep(draft).then(() => (check() ? tell("还差：" + check()) : go("read/" + draft.uuid))))));
  }

  return { late, supplement, asking };
})();
