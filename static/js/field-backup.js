/* 备份和读回: what has not been handed in yet as one file under a password, and back again on this phone or another. */
// @ts-check
"use strict";

const FieldBackup = (() => {
  const { h, tell, page, foot, button, note, field, card } = FieldParts;
  const MARK = "MQBAK2", ROUNDS = 210000;
  const utf8 = (text) => new TextEncoder().encode(text);

  async function keyOf(password, salt) {
    const raw = await crypto.subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveKey"]);
    return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  }

  /** [a length][what it is][the bytes of the files], encrypted whole. */
  async function pack(drafts, password) {
    const parts = [], files = [];
    let at = 0;
    for (const draft of drafts) {
      for (const key of new Set(draft.files.map((each) => each.key))) {
        const kept = await FieldStore.get("files", key);
        if (!kept) continue;
        files.push({ key, type: kept.type, at, size: kept.data.byteLength, thumb: kept.thumb ? kept.thumb.byteLength : 0 });
        parts.push(kept.data);
        at += kept.data.byteLength;
        if (kept.thumb) { parts.push(kept.thumb); at += kept.thumb.byteLength; }
      }
    }
    const head = utf8(JSON.stringify({ mark: MARK, account: FieldDrafts.account, name: document.body.dataset.name, at: new Date().toISOString(), drafts, files })), size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, head.byteLength);
    const plain = await new Blob([size, head, ...parts]).arrayBuffer();
    const salt = crypto.getRandomValues(new Uint8Array(16)), iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(password, salt), plain);
    return new Blob([utf8(MARK), salt, iv, sealed], { type: "application/octet-stream" });
  }

  /** A file and its password in; {drafts, files} out. Throws in words. */
  async function unpack(data, password) {
    const bytes = new Uint8Array(data), mark = new TextDecoder().decode(bytes.subarray(0, MARK.length));
    if (mark !== MARK) throw new Error("这不是本系统的备份文件");
    let plain;
    try { plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.subarray(22, 34) }, await keyOf(password, bytes.subarray(6, 22)), bytes.subarray(34)); } catch (error) { throw new Error("密码不对，或者文件坏了"); }
    const size = new DataView(plain).getUint32(0), head = JSON.parse(new TextDecoder().decode(new Uint8Array(plain, 4, size))), from = 4 + size;
    return Object.assign(head, { files: head.files.map((each) => ({ key: each.key, type: each.type, data: plain.slice(from + each.at, from + each.at + each.size), thumb: each.thumb ? plain.slice(from + each.at + each.size, from + each.at + each.size + each.thumb) : undefined })) });
  }

  async function restore(head) {
    if (String(head.account) !== FieldDrafts.account) throw new Error(`这是${head.name}的备份，请用他的账户登录后读回`);
    let n = 0;
    for (const draft of head.drafts) {
      const here = await FieldStore.get("drafts", draft.uuid);
      if (await FieldStore.get("receipts", draft.uuid)) continue;  // handed in meanwhile
      if (here && (here.state !== "draft" || (here.rev || 0) >= (draft.rev || 0))) continue;  // what lies here is newer
      const own = new Set(draft.files.map((each) => each.key));
      for (const each of head.files) if (own.has(each.key)) await FieldStore.put("files", Object.assign({ account: FieldDrafts.account }, each));
      await FieldStore.put("drafts", Object.assign(draft, { state: draft.state === "sending" ? "waiting" : draft.state }));
      n += 1;
    }
    return n;
  }

  async function show() {
    const drafts = await FieldDrafts.mine("drafts"), out = { password: "" }, back = { password: "" };
    const save = async () => {
      if (out.password.length < 8) { tell("密码至少八位；记好它，没有它谁也打不开。"); return; }
      tell("正在加密……");
      const url = URL.createObjectURL(await pack(await FieldDrafts.mine("drafts"), out.password)), link = h("a", { href: url, download: "未上传的检查.mqbak" });
      document.body.append(link); link.click(); link.remove();
      tell("存好了。发给自己或经办人；别的手机、电脑都能读回来再交。");
    };
    const input = h("input", { type: "file", "aria-label": "选备份文件", id: "backup-file" });
    const read = async () => {
      if (!input.files.length) { tell("请先选备份文件。"); return; }
      try { const n = await restore(await unpack(await input.files[0].arrayBuffer(), back.password)); tell(`读回 ${n} 件。`); location.hash = ""; }
      catch (error) { tell(FieldParts.full(error) ? "手机存储空间不足，没有读回。" : error.message); }
    };
    page("备份和读回", "", -1,
      card(h("h2", {}, "存成文件"), h("p", {}, `没有交上去的 ${drafts.length} 件，连同照片和签名存成一个加密的文件，以防手机坏了。`), drafts.length ? [field("文件的密码", out, "password", () => null, { type: "password", id: "password-out" }), button("存成文件", save)] : null),
      card(h("h2", {}, "读回一个文件"), h("p", { className: "soft" }, "本机已有、改得更晚的不会被盖掉。"), input, field("文件的密码", back, "password", () => null, { type: "password", id: "password-in" }), button("读回", read, { className: "two" })),
      note("say", "密码只在您手里：没有它，谁也打不开。"), foot(button("回去", () => { location.hash = ""; }, { className: "two" })));
  }

  return { show, pack, unpack, restore };
})();
