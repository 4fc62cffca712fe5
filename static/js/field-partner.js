/* 和同伴对一下: through the server where there is a network, by codes from phone to phone where there is none. */
// @ts-check
"use strict";

const FieldPartner = (() => {
  const { h, tell, page, foot, go, button, still, note } = FieldParts;
  let gathered = {};

  async function partner(draft) {
    const names = draft.team.filter((each) => each.ref !== draft.me).map((each) => each.name).join("、"), again = () => partner(draft);
    const online = async () => {
      const here = still();
      try { await FieldDrafts.exchange(draft); tell("已经对过：同伴交到服务器的都收进来了。"); if (here()) again(); } catch (error) { tell(error.message); }
    };
    const take = async (text) => {
      const here = still();
      try {
        const got = FieldCodes.gather(gathered, text);
        if (got.missing) { tell(`收到一张，还差 ${got.missing} 张。`); return; }
        gathered = {};
        await FieldDrafts.receive(draft, got.thing);
        tell("同伴填的都收进来了。");
        if (here()) again();
      } catch (error) { tell(error.message || "码读不懂，请再拍一次"); }
    };
    const stands = FieldContent.standing(draft), all = FieldContent.linesOf(draft), last = (line) => FieldMerge.lastOf(draft.told[line.key] || []);
    const only = (mine) => all.filter((line) => last(line).length === 1 && (last(line)[0].by === draft.me) === mine).length;
    const open = all.filter((line) => stands[line.key].isOpen).length, both = all.filter((line) => last(line).length > 1 && !stands[line.key].isOpen).length;
    const theirs = Object.entries(draft.photosOf || {}).map(([ref, list]) => [FieldContent.nameOf(draft, ref), list.length]).filter((each) => each[1]);
    const codes = h("div", { className: "codes" }), pasted = { text: "" };
    page("和" + names + "对一下", "lines/" + draft.uuid, 1,
      h("section", { className: "card thin" }, h("ul", { className: "rows" }, [[only(true), "只有您填"], [only(false), "只有同伴填，已收进来"], [both, "两人都填了，合得上"], [open, "不一样，要定"], [all.filter((line) => !last(line).length).length, "都没有填"]].map(([n, said]) => h("li", {}, h("b", {}, n + " 行"), "　" + said)))),
      open ? note("warn", `${open} 行不一样。${draft.is_leader ? "您是组长，回检查表逐行定；两份都留着。" : "由组长定；您也可以改自己的那一行。"}`) : null,
      theirs.map(([name, n]) => note("say", `${name}的 ${n} 张照片在他的手机里，由他的手机上传。记录里先写指纹；他那边没传到，这件检查不算交齐，会提醒两个人。`)),
      h("h2", {}, "有网络时"), button("通过服务器对一下", online),
      h("h2", {}, "没有网络时，互相扫一次"), codes, h("p", { className: "soft" }, "只有答案、文字和照片的指纹，照片本身不在里面。"),
      FieldCodes.scanner("拍下同伴手机上的码", take),
      h("details", {}, h("summary", {}, "不能拍照的，用文字"), h("div", {}, button("复制我的", () => copy(draft), { className: "two small" }), FieldParts.field("贴上同伴的", pasted, "text", () => null, { rows: 3, id: "pasted" }),
        button("收进来", async () => { for (const each of pasted.text.split(/\s+/).filter(Boolean)) await take(each); }, { className: "two small" }))),
      foot(button("回检查表", () => go("lines/" + draft.uuid))));
    const parts = FieldCodes.pieces(FieldDrafts.share(draft));
    FieldDrafts.noteShared(draft);
    await FieldDrafts.keep(draft);
    try {
      for (let n = 0; n < parts.length; n += 1) codes.append(h("figure", {}, await FieldCodes.draw(parts[n], "我填的，第 " + (n + 1) + " 张"), h("figcaption", {}, `您的码，第 ${n + 1} 张，共 ${parts.length} 张`)));
    } catch (error) { codes.append(note("warn", error.message)); }
  }

  async function copy(draft) {
    const text = FieldCodes.pieces(FieldDrafts.share(draft)).join("\n");
    try { await navigator.clipboard.writeText(text); tell("复制好了。"); } catch (error) { const box = /** @type {HTMLTextAreaElement} */ (document.getElementById("pasted")); box.value = text; box.select(); tell("请长按复制上面的文字。"); }
  }

  return { partner };
})();
