/* Codes to show and to read without a network: a QR code is drawn here, and read from a photo of it. The two libraries come
   when the first code does. */
// @ts-check
"use strict";

const FieldCodes = (() => {
  const { h } = FieldParts;
  const loaded = {};

  function library(name) {
    if (!loaded[name]) {
      loaded[name] = new Promise((done, fail) => {
        const script = document.createElement("script");
        script.src = document.body.dataset[name];
        script.onload = () => done(/** @type {any} */ (window)[name === "qrwrite" ? "qrcode" : "jsQR"]);
        script.onerror = () => { delete loaded[name]; fail(new Error("读码的程序没有取到，请连网打开一次本页")); };
        document.head.append(script);
      });
    }
    return loaded[name];
  }

  /** A QR code of a text, as a picture. */
  async function draw(text, said) {
    const qr = (await library("qrwrite"))(0, "L");
    qr.addData(unescape(encodeURIComponent(text)), "Byte");
    qr.make();
    const cells = qr.getModuleCount(), unit = Math.max(3, Math.floor(660 / (cells + 8))), canvas = h("canvas", { className: "qr", role: "img", "aria-label": said });
    canvas.width = canvas.height = unit * (cells + 8);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = "#000";
    for (let row = 0; row < cells; row += 1) for (let column = 0; column < cells; column += 1) if (qr.isDark(row, column)) pen.fillRect((column + 4) * unit, (row + 4) * unit, unit, unit);
    return canvas;
  }

  /** The text of the code in a photo; throws where there is none. */
  async function read(file) {
    const jsQR = await library("qrread"), bitmap = await createImageBitmap(file);
    for (const most of [1200, 700, 2000]) {
      const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height)), canvas = document.createElement("canvas");
      canvas.width = Math.round(bitmap.width * scale); canvas.height = Math.round(bitmap.height * scale);
      const pen = canvas.getContext("2d");
      pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const found = jsQR(pen.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height);
      if (found) { bitmap.close(); return decodeURIComponent(escape(String.fromCharCode(...found.binaryData))); }
    }
    bitmap.close();
    throw new Error("照片里没有认出码，请靠近些、拍正再试");
  }

  /** A button that takes a photo of a code and hands on what it says. */
  function scanner(label, then) {
    const input = h("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": label });
    input.addEventListener("change", async () => {
      if (!input.files.length) return;
      try { then(await read(input.files[0])); } catch (error) { FieldParts.tell(error.message); }
      input.value = "";
    });
    return h("span", { className: "shoot" }, label, input);
  }

  // -- what one phone tells another: pieces of a text, each small enough for a code --------------------
  const PIECE = 620, MARK = "MQ2";

  function pieces(thing) {
    const text = btoa(unescape(encodeURIComponent(JSON.stringify(thing)))), n = Math.max(1, Math.ceil(text.length / PIECE)), id = Math.random().toString(36).slice(2, 6);
    return Array.from({ length: n }, (_, i) => [MARK, id, i + 1, n, text.slice(i * PIECE, (i + 1) * PIECE)].join("|"));
  }

  /** Pieces in any order in; the thing out once all are there, else how many are missing. */
  function gather(kept, text) {
    const parts = text.split("|");
    if (parts[0] !== MARK || parts.length !== 5) throw new Error("这不是同伴手机上的码");
    const [, id, i, n, piece] = parts;
    if (kept.id !== id) Object.assign(kept, { id, n: Number(n), got: {} });
    kept.got[i] = piece;
    const missing = kept.n - Object.keys(kept.got).length;
    if (missing) return { missing };
    const whole = Array.from({ length: kept.n }, (_, at) => kept.got[at + 1]).join("");
    return { missing: 0, thing: JSON.parse(decodeURIComponent(escape(atob(whole)))) };
  }

  return { draw, read, scanner, pieces, gather };
})();
