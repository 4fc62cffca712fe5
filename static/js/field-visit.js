/* 检查: the checklist line by line, the problems, what stands outside the list. */
// @ts-check
"use strict";

const FieldVisit = (() => {
  const { h, tell, day, page, foot, go, button, twice, note, picks, field, tick } = FieldParts;
  const { keep, soon } = FieldDrafts;
  const CONFORMS = "pass";
  let only = "all";

  // The words are the server's; they came with the tasks.
  const words = (name) => FieldDrafts.tasks()[name];
  const isOnsite = (draft) => draft.mode.startsWith("on");
  const titled = (draft, value) => draft.values[value] || value;

  function lines(draft) {
    const all = FieldContent.linesOf(draft), stands = FieldContent.standing(draft), numbers = Object.fromEntries(all.map((line, n) => [line.key, n + 1]));
    const top = h("div", {}), tabs = h("nav", { className: "tabs", "aria-label": "只看" }), footing = h("div", {}), cards = {};
    const shows = { all: () => true, open: (line) => !stands[line.key].stands || stands[line.key].isOpen, fail: (line) => (stands[line.key].stands || {}).value === "fail", must: (line) => line.is_mandatory || line.is_major };
    const filter = () => { for (const line of all) cards[line.key].hidden = !shows[only](line); };

    function count() {
      const mine = all.filter((line) => (stands[line.key].stands || {}).by === draft.me && !stands[line.key].isOpen).length, open = all.filter((line) => stands[line.key].isOpen).length;
      const theirs = all.filter((line) => stands[line.key].stands && stands[line.key].stands.by !== draft.me && !stands[line.key].isOpen).length, left = all.length - mine - theirs - open;
      top.textContent = "";
      top.append(h("section", { className: "card thin" }, h("b", {}, `填了 ${all.length - left} / ${all.length} 行`), `：您 ${mine} 行${theirs ? `，同伴 ${theirs} 行` : ""}${open ? `，${open} 行不一样` : ""}`,
        h("div", { className: "bits", role: "img", "aria-label": `您 ${mine} 行，同伴 ${theirs} 行，不一样 ${open} 行，没填 ${left} 行` }, [["a", mine], ["b", theirs], ["c", open]].map(([name, n]) => { const bit = h("i", { className: name }); bit.style.width = 100 * Number(n) / all.length + "%"; return bit; })),
        draft.team.length > 1 && draft.leads ? h("a", { className: "go", href: "#partner/" + draft.uuid }, `和${draft.team.filter((each) => each.ref !== draft.me).map((each) => each.name).join("、")}对一下（没网也行）`) : null));
      tabs.textContent = "";
      tabs.append(...[["all", all.length, "全部"], ["open", left + open, "没填"], ["fail", all.filter(shows.fail).length, titled(draft, "fail")], ["must", all.filter(shows.must).length, "必查"]].map(([code, n, said]) => button(`${said} ${n}`, () => { only = String(code); count(); filter(); }, { "aria-pressed": String(only === code) })));
      footing.textContent = "";
      footing.append(h("p", { className: "soft" }, left || open ? `还差：${[left ? left + " 行没填" : "", open ? open + " 行不一样" : ""].filter(Boolean).join("、")}` : ""), ...onward(draft, all, stands));
    }

    function rewrite(line) {
      stands[line.key] = FieldMerge.merge(draft.told[line.key] || [], draft.rulings[line.key]);
      const made = card(line);
      cards[line.key].replaceWith(made);
      cards[line.key] = made;
      count();
    }

    function card(line) {
      const merged = stands[line.key], stand = merged.stands, was = (draft.last && draft.last.lines[line.key]) || null, detail = h("div", {});
      const own = FieldContent.own(draft, line.key), shown = own || stand || {};
      const choose = (value) => {
        const before = FieldContent.own(draft, line.key), notes = draft.notes = draft.notes || {}, asks = (code) => code === "fail" || code === "skip";
        if (before && asks(before.value)) notes[line.key] = before.note;
        // What was written of a problem comes back with it; it never stands hidden under another answer.
        FieldDrafts.answer(draft, line.key, value, asks(value) ? notes[line.key] || "" : "");
        rewrite(line);
        // What was seen, or why nothing was looked at, is asked next: one may write at once.
        const asked = asks(value) && cards[line.key].querySelector("textarea, input[type=text]");
        if (asked) asked.focus({ preventScroll: true });
        keep(draft);
      };
      if (merged.isOpen) detail.append(disagreement(line, merged));
      else if (stand && (stand.value === "fail" || stand.value === "skip")) more(draft, line, stand, detail);
      return h("section", { className: "line" + (line.is_major ? " red" : "") + (merged.isOpen ? " split" : ""), id: "line-" + line.key, "data-line": line.key },
        h("h3", {}, `${numbers[line.key]}. ${line.requirement} `, line.is_major ? h("span", { className: "tag red" }, "重大隐患") : null, line.is_mandatory ? h("span", { className: "tag" }, "必查") : null),
        was ? h("p", { className: "was" }, `上次（${FieldContent.chinese(draft.last.on)}）：`, h("b", {}, titled(draft, was[0])), was[1] ? "，" + was[1] : "") : null,
        picks(words("values"), shown.value, choose, "fail"),
        stand ? h("p", { className: "by" }, `${stand.by === draft.me ? "您" : FieldContent.nameOf(draft, stand.by)} · ${FieldContent.hour(stand.at)}${stand.way === "rest" ? "，一起填的" : ""}${stand.by === draft.me ? "" : "，从同伴的手机来"}`) : null,
        detail,
        line.how || line.basis ? h("details", {}, h("summary", {}, "怎么看、依据什么"), h("div", {}, line.how ? h("p", {}, line.how) : null, line.basis ? h("p", { className: "law" }, line.basis) : null, line.violation ? h("p", {}, "不符合时这样写：" + line.violation) : null)) : null);
    }

    function disagreement(line, merged) {
      const last = FieldMerge.lastOf(draft.told[line.key] || []);
      return h("div", { className: "warn" }, h("b", {}, "两人填得不一样"), last.map((each) => h("p", {}, `${each.by === draft.me ? "您" : FieldContent.nameOf(draft, each.by)}：${titled(draft, each.value)}${each.note ? "，“" + each.note + "”" : ""}（${FieldContent.hour(each.at)}）`,
        draft.is_leader ? button("按这一份", () => { draft.rulings[line.key] = { by: each.by, at: each.at, over: last.map((one) => [one.by, one.at]) }; rewrite(line); keep(draft); }, { className: "two small" }) : null)),
      draft.is_leader ? null : h("p", {}, "由组长定；您也可以改自己的这一行。"), merged ? null : null);
    }

    const sections = draft.items.map((item) => [h("h2", {}, item.code + " " + item.name, h("small", {}, `　${item.lines.length} 行`)), item.lines.map((line) => (cards[line.key] = card(line)))]);
    count();
    page(draft.name, isOnsite(draft) && draft.leads ? "arrive/" + draft.uuid : "", 1, top, tabs, sections,
      button("其余均符合…", () => go("rest/" + draft.uuid), { className: "two" }),
      h("h2", {}, "检查表以外"), h("p", { className: "soft" }, "表外的不查。明显看到的，写清依据，可以拍照，也可以是重大隐患。"),
      draft.others.map((each, n) => otherCard(draft, each, n)),
      button("加一个表外的问题", () => { draft.others.push({ id: FieldStore.newId(), wording: "", facts: "", basis: "", measure: "", disposal: "order", due_on: day(draft.days || 15), is_major: false, major_reason: "" }); keep(draft).then(() => lines(draft)); }, { className: "two" }),
      foot(footing));
    filter();
  }

  /** What the foot of the list leads to: the leader's side reads and signs, the other hands its lines in. */
  function onward(draft, all, stands) {
    const next = (to) => keep(draft).then(() => {
      const open = all.find((each) => !stands[each.key].stands || stands[each.key].isOpen);
      if (!open) { go(to); return; }
      tell(stands[open.key].isOpen ? "有一行两人填得不一样，请组长定。" : "还有没选的检查项。");
      const card = document.getElementById("line-" + open.key);
      if (card) card.scrollIntoView({ block: "center" });
    });
    if (!draft.leads) return [button("我们这一方填完了，交上去", () => next("handlines/" + draft.uuid))];
    const met = String(draft.record.met || ""), ready = !isOnsite(draft) || met.trim() !== "";
    const read = button("看一遍再签", () => next((ready ? "read/" : "record/") + draft.uuid));
    return draft.is_leader ? [read] : [read, button("只交我填的，由组长写记录", () => go("handlines/" + draft.uuid), { className: "two" })];
  }

  // What a violated or skipped line asks for, right under it.
  function more(draft, line, stand, detail) {
    const mine = stand.by === draft.me, holder = { note: stand.note };
    const write = () => { FieldDrafts.answer(draft, line.key, stand.value, holder.note, stand.way); soon(draft); };
    if (stand.value === "skip") { detail.append(...(mine ? field("未检查的原因", holder, "note", write, { max: 500 }) : [h("p", {}, stand.note)])); return; }
    // The usual words and term stand until somebody changes them: only then are they somebody's.
    const found = draft.findings[line.key] || FieldContent.usualFinding(draft, line), touched = () => { draft.findings[line.key] = found; };
    detail.append(...(mine ? field("看到什么", holder, "note", write, { rows: 2, max: 500 }) : [h("p", {}, stand.note)]),
      FieldShots.shots(draft, { kind: "photo", line: line.key, caption: found.wording.slice(0, 60), label: "拍照" }),
      h("details", {}, h("summary", {}, "表述：" + found.wording.slice(0, 20)), h("div", {}, field("违法行为或者事故隐患", found, "wording", () => { touched(); soon(draft); }, { rows: 2 }), line.measure ? h("p", { className: "soft" }, "措施：" + line.measure) : null)),
      way(draft, line.key, found, line.is_major, touched));
  }

  function way(draft, id, found, isMajor, touched = () => {}) {
    const options = words("disposals").filter(([code]) => !isMajor || code !== "fixed");
    const more_ = h("div", {}), show = () => {
      more_.textContent = "";
      if (found.disposal !== "fixed") more_.append(...field("哪天以前", found, "due_on", () => { touched(); soon(draft); }, { type: "date" }), h("div", { className: "row" }, [7, 15, 30].map((n) => button(n + " 天", () => { found.due_on = day(n); touched(); keep(draft).then(show); }, { className: "two small" }))), h("p", { className: "soft" }, weekday(found.due_on)));
      if (isMajor) more_.append(note("warn", "重大隐患不能“当场改正”了事；交上去以后还要上报。"));
      if (found.disposal === "measure" && isOnsite(draft)) more_.append(h("a", { className: "btn small" + (isMajor ? " red" : " two"), href: "#measure/" + draft.uuid }, "开现场处理措施决定书"));
      if (isMajor && found.disposal !== "measure") more_.append(...field("重大隐患不采取现场措施的理由", found, "major_reason", () => { touched(); soon(draft); }, { max: 300 }), ...(isOnsite(draft) ? FieldPapers.consenting(draft, Object.assign({ id }, found)) : []));
    };
    show();
    return h("div", {}, h("label", {}, "怎么办"), picks(options, found.disposal, (code) => { found.disposal = code; touched(); show(); keep(draft); }), more_);
  }

  function weekday(due) {
    if (!due) return "";
    const then = new Date(due + "T00:00:00"), name = "日一二三四五六"[then.getDay()];
    return `${FieldContent.chinese(due)} 星期${name}${name === "六" || name === "日" ? "，是休息日，请确认企业当天能改好" : ""}`;
  }

  // As full as a line: what was seen, photos, a major hazard too.
  function otherCard(draft, each, n) {
    // Written over here, it is mine from now on; as long as it is not, the other phone may still mend it or take it back.
    const touched = () => { delete each.from; soon(draft); }, from = each.from;
    return h("section", { className: "line" + (each.is_major ? " red" : ""), "data-other": each.id }, h("h3", {}, "表外的问题 " + (n + 1) + (from ? `　${FieldContent.nameOf(draft, from)}记的` : "")), field("问题", each, "wording", () => touched(), { rows: 2 }), field("看到什么", each, "facts", () => touched(), { rows: 2, max: 500 }),
      field("依据（必填）", each, "basis", () => touched()), field("措施", each, "measure", () => touched()),
      FieldShots.shots(draft, { kind: "photo", line: "other:" + each.id.slice(0, 30), caption: "", label: "拍照" }),
      tick("是重大事故隐患", Boolean(each.is_major), (is) => { delete each.from; each.is_major = is; if (is) each.disposal = "measure"; keep(draft).then(() => lines(draft)); }),
      way(draft, each.id, each, each.is_major, () => { delete each.from; }),
      from ? null : twice("不记这一项", "再点一次，连同照片去掉", async () => {
        for (const one of draft.files.filter((photo) => photo.line === "other:" + each.id.slice(0, 30))) await FieldPhotos.drop(draft, one);
        draft.others.splice(n, 1);
        keep(draft).then(() => lines(draft));
      }, { className: "two red" }));
  }

  /** 其余均符合: only what nobody has answered, never 必查 or 重大, never what was wrong last time; a second look. */
  function rest(draft) {
    const all = FieldContent.linesOf(draft), stands = FieldContent.standing(draft), was = (line) => (draft.last && draft.last.lines[line.key]) || null;
    const may = all.filter((line) => !stands[line.key].stands && !line.is_mandatory && !line.is_major && (was(line) || [])[0] !== "fail"), by = all.filter((line) => !stands[line.key].stands && !may.includes(line));
    const taken = new Set(may.map((line) => line.key));
    let looked = false;
    const go_ = button("", async () => {
      if (!looked) { tell("请先确认这几行都看过。"); return; }
      for (const line of may) if (taken.has(line.key)) FieldDrafts.answer(draft, line.key, CONFORMS, "", "rest");
      await keep(draft);
      go("lines/" + draft.uuid);
    });
    const show = () => { go_.textContent = `填 ${taken.size} 行“符合”`; go_.className = looked && taken.size ? "" : "not"; };
    show();
    page("其余均符合", "lines/" + draft.uuid, 1, note("say", "只填没有填过的行。必查、重大隐患、上次不符合的行不在里面，要一行一行看。"),
      may.length ? [h("h2", {}, `这 ${may.length} 行会填成“符合”`), may.map((line) => tick(`${all.indexOf(line) + 1}. ${line.requirement}${was(line) ? "　上次：" + titled(draft, was(line)[0]) : ""}`, true, (is) => { if (is) taken.add(line.key); else taken.delete(line.key); show(); }))] : h("p", { className: "empty" }, "没有可以一起填的行。"),
      by.length ? [h("h2", {}, "还要一行一行看的"), h("section", { className: "card thin" }, h("ul", { className: "rows" }, by.map((line) => h("li", {}, `${all.indexOf(line) + 1}. ${line.requirement}`))))] : null,
      may.length ? h("div", { id: "looked" }, tick("这几行我都看过，符合", false, (is) => { looked = is; show(); })) : null,
      foot(go_, button("不填，回去", () => go("lines/" + draft.uuid), { className: "two" })));
  }

  /** The record's own fields: whom they met, the enterprise's word, the recorder. */
  function record(draft) {
    const said = draft.record, put = () => soon(draft), f = (label, name, options) => field(label, said, name, put, Object.assign({ id: name }, options));
    const materials = [h("label", {}, "调取的材料（照片）"), FieldShots.shots(draft, { kind: "document", label: "拍材料" })];
    page(draft.name, "lines/" + draft.uuid, 2,
      isOnsite(draft) ? [f("现场负责人姓名", "met", { max: 60, hint: "现场负责人即可，不必要求法定代表人到场" }), f("职务", "met_title", { max: 60 }), f("电话", "met_phone", { type: "tel" }), f("企业自己说", "statement", { rows: 2, max: 1000, hint: "照原话记" })] : null,
      f("记录里还要写的", "more", { rows: 3, hint: "检查经过、现场情况；到场各步和检查表系统会写" }),
      isOnsite(draft) ? [f("检查场所", "site", { max: 200 }), f("执法记录仪编号", "recorder_number", { max: 40 }), f("音像文件名", "video_name", { max: 200 }), f("检查专家", "experts", { max: 100 }),
        h("label", {}, "企业印章"), FieldShots.shots(draft, { kind: "seal", label: "拍企业印章" }), h("label", {}, "现场全景或其他照片"), FieldShots.shots(draft, { kind: "photo", caption: "现场全景", label: "拍照" })] : null,
      draft.mode === "onsite" ? null : materials,
      foot(button("看一遍", () => keep(draft).then(() => go("read/" + draft.uuid)))));
  }

  /** Only my lines, with my photos: the leader's phone, or the other side, writes the record. */
  function handLines(draft) {
    const mine = FieldDrafts.share(draft), n = Object.keys(mine.lines).length;
    page("交上我填的", "lines/" + draft.uuid, 4, h("section", { className: "card" }, h("p", {}, `您填了 ${n} 行，照片 ${draft.files.length} 张。`), draft.leads ? "组长的记录签过以后才到的，与记录不一样的行会另外处理，一个字也不会丢。" : `“${draft.lead}”一方写记录、结束检查；您这一方的检查表到齐了才算完成。`),
      foot(button("交上去", () => FieldDrafts.submit(draft, "lines")), button("回检查表", () => go("lines/" + draft.uuid), { className: "two" })));
  }

  return { lines, rest, record, handLines };
})();
