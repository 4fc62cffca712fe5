/* Photos on a page: taken, looked at in full, captioned, taken anew, dropped. */
// @ts-check
"use strict";

const FieldShots = (() => {
  const { h, tell, page, foot, go, button, twice, still, note, field, clock, addressOf } = FieldParts;

  /** The photos of one thing, with a button for more. `of`: {kind, line, caption, label}. */
  function shots(draft, of, then) {
    const list = h("ul", { className: "shots" });
    const input = h("input", { type: "file", accept: "image/*", multiple: true, "aria-label": of.label || "拍照" });
    if (of.kind !== "paper") input.setAttribute("capture", "environment");
    // Every photo has its place at once, and its pixels when they come: nothing moves away under a finger.
    const shown = () => {
      const found = draft.files.filter((one) => one.line === (of.line || "") && one.kind === of.kind);
      list.textContent = "";
      list.append(...found.map((each) => {
        const image = h("img", { alt: each.caption || "照片" }), state = h("small", {}, "正在打开 · " + FieldContent.hour(each.taken_at));
        FieldStore.get("files", each.key).then((kept) => {
          if (kept) image.src = addressOf(kept.thumb || kept.data, kept.thumb ? "image/jpeg" : kept.type);
          state.textContent = (kept ? "✓ 打得开 · " : "✕ 找不到 · ") + FieldContent.hour(each.taken_at);
        });
        return h("li", {}, h("button", { type: "button", className: "shot", onclick: () => go(`photo/${draft.uuid}/${each.id}`) }, image), h("b", {}, each.caption || "没有说明"), state);
      }));
    };
    input.addEventListener("change", async () => {
      const here = still();
      let added = false;
      for (const file of Array.from(input.files)) added = await FieldPhotos.add(draft, file, { kind: of.kind, line: of.line || "", caption: of.caption || "" }) || added;
      input.value = "";
      if (added && then && here()) then(); else shown();
    });
    shown();
    return h("div", {}, list, h("span", { className: "shoot" }, of.label || "拍照", input));
  }

  /** One photo, large, with its caption. */
  async function photo(draft, id) {
    const file = draft.files.find((each) => each.id === id);
    if (!file) { go("lines/" + draft.uuid); return; }
    const here = still(), kept = await FieldStore.get("files", file.key), backTo = draft.kind !== "visit" && draft.kind !== "lines" ? FieldDrafts.pageOf(draft) + draft.uuid : file.line ? "lines/" + draft.uuid : "record/" + draft.uuid;
    const again = h("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": "换一张" });
    again.addEventListener("change", async () => {
      if (again.files.length && await FieldPhotos.add(draft, again.files[0], { kind: file.kind, line: file.line, caption: file.caption })) { await FieldPhotos.drop(draft, file); go(backTo); }
    });
    if (!here()) return;
    page("照片", backTo, 1, kept ? h("img", { className: "large", src: addressOf(kept.data, kept.type), alt: file.caption || "照片" }) : note("bad", "本机的这张照片找不到了，请换一张。"),
      field("说明", file, "caption", () => FieldDrafts.soon(draft), { max: 200 }),
      h("span", { className: "soft" }, `${clock(file.taken_at)} 存下${file.camera_at && file.camera_at.slice(0, 16) !== FieldContent.dayOf(file.taken_at) + " " + FieldContent.hour(file.taken_at) ? "；照片自己写的时间是 " + file.camera_at : ""}；指纹 ${FieldContent.fingerprint(file.sha256)}${file.scaled_from ? "；由更大的原图缩小，原图指纹 " + FieldContent.fingerprint(file.scaled_from) : ""}`),
      h("span", { className: "shoot" }, "换一张", again),
      twice("不要这张", "再点一次，去掉这张", async () => { await FieldPhotos.drop(draft, file); tell("已经去掉。"); go(backTo); }, { className: "two red" }),
      foot(button("好了", () => FieldDrafts.keep(draft).then(() => go(backTo)))));
  }

  return { shots, photo };
})();
