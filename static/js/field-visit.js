/* The visit: its lines, its record, its signatures, and a last look before it is handed in. */
// @ts-check
"use strict";

const FieldVisit = (() => {
  const { h, tell, day, clock, page, foot, go, picks, addressOf } = FieldParts;
  const { keep, soon, addFile, submit } = FieldDrafts;

  // The words are the server's; they came with the tasks.
  const words = (name) => FieldDrafts.tasks()[name];

  function field(draft, label, holder, name, options) {
    const kind = Object.assign({ rows: 0, type: "text", hint: "" }, options), id = holder === draft.record ? name : "i" + Math.random().toString(36).slice(2);
    const input = kind.rows ? h("textarea", { id, rows: kind.rows }) : h("input", { id, type: kind.type });
    input.value = holder[name] || "";
    if (kind.max) input.maxLength = kind.max;
    input.addEventListener("input", () => { holder[name] = input.value; soon(draft); });
    return [h("label", { htmlFor: id }, label), kind.hint ? h("span", { className: "meta" }, kind.hint) : null, input].filter(Boolean);
  }

  function lines(draft) {
    const counter = h("span", {}), all = FieldRules.linesOf(draft);
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
          picks(words("values"), given.value, choose, "fail"), detail);
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
    const options = words("disposals").filter(([code]) => !isMajor || code !== "fixed");
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

  function shots(draft, line, kind, label) {
    const list = h("ul", { className: "shots" });
    const input = h("input", { type: "file", accept: "image/jpeg,image/png,image/webp", multiple: true, "aria-label": label || "拍照" });
    if (kind !== "paper") input.setAttribute("capture", "environment");
    const shown = async () => {
      list.textContent = "";
      for (const each of draft.files.filter((one) => one.line === line && one.kind === kind)) {
        const kept = await FieldStore.get("files", each.key);
        const url = kept ? addressOf(kept.data, kept.type) : "";
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

  function isOnsite(draft) { return draft.mode.startsWith("on"); }

  function record(draft) {
    const said = draft.record, onsite = isOnsite(draft), materials = [h("label", {}, "调取的材料（照片）"), shots(draft, "", "document", "拍材料")], reasons = h("div", {});
    const ask = () => {
      reasons.textContent = "";
      if (said.signed !== "signed") reasons.append(...[...field(draft, said.signed === "refused" ? "拒签的原因" : "无法签字的原因", said, "unsigned_reason", { max: 200 }), ...field(draft, "见证人", said, "witness", { max: 60, hint: "必要时邀请有关人员作为见证人" })].filter(Boolean));
      reasons.append(...words("signers").filter(([code]) => code !== "expert" && (code !== "met" || said.signed === "signed") && (code !== "witness" || said.witness || said.signed !== "signed"))
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
        h("label", {}, "对方签字"), picks(words("signed"), said.signed, (code) => { said.signed = code; ask(); keep(draft); }),
        reasons, h("label", {}, "企业印章"), shots(draft, "", "seal", "拍企业印章"), h("label", {}, "现场全景或其他照片"), shots(draft, "", "photo", "拍照"),
        field(draft, "执法记录仪编号", said, "recorder_number", { max: 40 }), field(draft, "音像文件名", said, "video_name", { max: 200 }), field(draft, "检查专家", said, "experts", { max: 100 }), draft.mode === "onsite" ? [] : materials]
        : materials,
      foot(h("button", { onclick: () => keep(draft).then(() => go("review/" + draft.uuid)) }, "下一步：核对提交")));
  }

  function sign(draft, code) {
    const name = (words("signers").find((each) => each[0] === code) || ["", "签名"])[1];
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

  function review(draft) {
    const rules = words("rules"), facts = FieldRules.factsOf(rules, draft, day(0), Object.fromEntries(words("values")));
    const must = FieldRules.lacking(rules, facts), soft = FieldRules.wanting(rules, facts), all = FieldRules.linesOf(draft);
    const many = (value) => all.filter((each) => (draft.answers[each.key] || {}).value === value).length;
    page("核对提交", (draft.leads ? "record/" : "lines/") + draft.uuid,
      h("div", { className: "card" }, h("h2", {}, draft.name), h("p", {}, `符合 ${many("pass")}，不符合 ${many("fail")}，不适用 ${many("na")}，未检查 ${many("skip")}；其他问题 ${draft.others.length} 项；照片和签名 ${draft.files.length} 件。`),
        h("p", { className: "meta" }, "开始 " + clock(draft.started_at))),
      must.length ? h("div", { className: "alert", role: "alert" }, h("b", {}, "还不能提交："), h("ul", {}, must.map((each) => h("li", {}, each)))) : null,
      soft.length ? h("div", { className: "notice" }, h("b", {}, "请留意："), h("ul", {}, soft.map((each) => h("li", {}, each)))) : null,
      h("p", { className: "meta" }, "提交后检查表和记录不能再改。没有网络也可以提交：内容留在本机，连网后自动上传，收到回执才从本机移除。"),
      foot(h("button", { disabled: must.length > 0, onclick: () => submit(draft) }, "结束检查并提交")));
  }

  return { lines, record, sign, review };
})();
