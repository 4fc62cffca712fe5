/* Photos: what a file says of itself is read before it is decoded; it is opened before it is kept; what cannot be kept is
   said by name, with what to do. An ordinary photo keeps its bytes. */
// @ts-check
"use strict";

const FieldPhotos = (() => {
  const MOST = 20 * 1048576, PIXELS = 50e6, CEILING = 108.5e6, SHOWN = 320, SCALED = 4000;
  const { tell, full } = FieldParts;
  class No extends Error {} // why a picture is not kept, in words

  const ascii = (bytes, at, n) => String.fromCharCode(...bytes.subarray(at, at + n));

  function kindOf(bytes) {
    if (bytes[0] === 255 && bytes[1] === 216) return "image/jpeg";
    if (bytes[0] === 137 && ascii(bytes, 1, 3) === "PNG") return "image/png";
    if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 4) === "WEBP") return "image/webp";
    if (ascii(bytes, 4, 4) === "ftyp" && /^(hei[cxmsf]|hev|mif1|msf1|avif)/.test(ascii(bytes, 8, 4))) return "image/heic";
    return "";
  }

  // The segments of a JPEG up to its picture: size, the moment the camera wrote; and whether the picture has an end.
  function jpeg(bytes) {
    const found = { width: 0, height: 0, taken: "", whole: false }, view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 2;
    while (at + 4 <= bytes.length) {
      if (bytes[at] !== 255) break;
      const mark = bytes[at + 1], length = view.getUint16(at + 2);
      if (mark === 255) { at += 1; continue; }
      if (mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc) { found.height = view.getUint16(at + 5); found.width = view.getUint16(at + 7); }
      if (mark === 0xe1 && ascii(bytes, at + 4, 4) === "Exif") found.taken = exif(bytes.subarray(at + 10, at + 2 + length)) || found.taken;
      at += 2 + length;
      if (mark === 0xda) { found.whole = ends(bytes, at); break; }
    }
    return found;
  }

  // Scans follow one another until the mark of the end; other marks stand between them.
  function ends(bytes, from) {
    for (let at = bytes.indexOf(255, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(255, at + 1)) if (bytes[at + 1] === 0xd9) return true;
    return false;
  }

  function exif(tiff) {
    try {
      const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength), little = ascii(tiff, 0, 2) === "II";
      const entry = (dir, tag) => { for (let n = 0; n < view.getUint16(dir, little); n += 1) { const at = dir + 2 + 12 * n; if (view.getUint16(at, little) === tag) return at; } return 0; };
      const first = view.getUint32(4, little), link = entry(first, 0x8769);
      const at = (link && entry(view.getUint32(link + 8, little), 0x9003)) || entry(first, 0x0132);
      return at ? ascii(tiff, view.getUint32(at + 8, little), 19).replace(/^(\d+):(\d+):(\d+) /, "$1-$2-$3 ") : "";
    } catch (error) { return ""; }
  }

  function glance(bytes, kind) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (kind === "image/jpeg") return jpeg(bytes);
    if (kind === "image/png") return { width: view.getUint32(16), height: view.getUint32(20), taken: "", whole: ascii(bytes, bytes.length - 8, 4) === "IEND" };
    if (kind === "image/webp") {
      const sort = ascii(bytes, 12, 4), whole = view.getUint32(4, true) + 8 <= bytes.length;
      if (sort === "VP8X") return { width: 1 + bytes[24] + (bytes[25] << 8) + (bytes[26] << 16), height: 1 + bytes[27] + (bytes[28] << 8) + (bytes[29] << 16), taken: "", whole };
      if (sort === "VP8L") { const bits = view.getUint32(21, true); return { width: 1 + (bits & 16383), height: 1 + ((bits >> 14) & 16383), taken: "", whole }; }
      return { width: view.getUint16(26, true) & 16383, height: view.getUint16(28, true) & 16383, taken: "", whole };
    }
    return { width: 0, height: 0, taken: "", whole: true };
  }

  async function drawn(source, width, height, quality) {
    const canvas = document.createElement("canvas");
    canvas.width = width; canvas.height = height;
    canvas.getContext("2d").drawImage(source, 0, 0, width, height);
    return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new No("照片打不开，请重拍"))), "image/jpeg", quality));
  }

  // A very large one is decoded small from the start: whole it would take the memory of the phone.
  async function smaller(bytes, kind, seen) {
    const Decoder = /** @type {any} */ (window).ImageDecoder;
    if (!Decoder) throw new No(`这张照片有 ${Math.round(seen.width * seen.height / 1e6)} 百万像素，这个浏览器缩不了。请在相机设置里改用 5000 万像素以下再拍，或者换新的浏览器。`);
    let eighths = 8;
    while (eighths > 1 && Math.max(seen.width, seen.height) * eighths / 8 > SCALED) eighths -= 1;
    const decoder = new Decoder({ data: bytes, type: kind, desiredWidth: Math.ceil(seen.width * eighths / 8), desiredHeight: Math.ceil(seen.height * eighths / 8) });
    try {
      const { image } = await decoder.decode(), scale = Math.min(1, SCALED / Math.max(image.displayWidth, image.displayHeight));
      const blob = await drawn(image, Math.round(image.displayWidth * scale), Math.round(image.displayHeight * scale), 0.9);
      image.close();
      return new Uint8Array(await blob.arrayBuffer());
    } catch (error) { throw error instanceof No ? error : new No("照片打不开，请重拍"); } finally { decoder.close(); }
  }

  async function opened(bytes, kind) {
    try { return await createImageBitmap(new Blob([bytes], { type: kind })); } catch (error) { throw new No(kind === "image/heic" ? "这张是 HEIC 照片，这个浏览器打不开。请在相机设置里选“兼容性最好”（JPEG）再拍" : "这张照片打不开，没有存，请重拍"); }
  }

  /** A file in; out what is kept of it: {bytes, type, width, height, taken, scaled_from, thumb}. Throws No with what to do. */
  async function take(file) {
    const name = file.name ? `“${file.name}”` : "这张照片";
    if (file.size > 60 * 1048576) throw new No(`${name}超过 60 兆，请用普通画质拍。`);
    let bytes = new Uint8Array(await file.arrayBuffer()), kind = kindOf(bytes), scaled = "";
    if (!kind) throw new No(`${name}不是照片（只收 JPEG、PNG、WebP）。`);
    let seen = glance(bytes, kind);
    const taken = seen.taken;
    if (kind !== "image/heic" && (!seen.width || !seen.height || !seen.whole)) throw new No(`${name}打不开（没有存全），请重拍。`);
    if (seen.width * seen.height > CEILING) throw new No(`${name}有 ${Math.round(seen.width * seen.height / 1e6)} 百万像素，最大 1.08 亿。请在相机设置里改小再拍。`);
    if (seen.width * seen.height > PIXELS || bytes.byteLength > MOST) {
      scaled = await FieldStore.digest(bytes);
      bytes = await smaller(bytes, kind, seen);
      kind = "image/jpeg";
      seen = glance(bytes, kind);
    }
    const bitmap = await opened(bytes, kind), scale = Math.min(1, SHOWN / Math.max(bitmap.width, bitmap.height));
    if (kind === "image/heic") {
      scaled = await FieldStore.digest(bytes);
      const most = Math.min(1, SCALED / Math.max(bitmap.width, bitmap.height));
      bytes = new Uint8Array(await (await drawn(bitmap, Math.round(bitmap.width * most), Math.round(bitmap.height * most), 0.9)).arrayBuffer());
      kind = "image/jpeg";
    }
    const thumb = new Uint8Array(await (await drawn(bitmap, Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)), 0.8)).arrayBuffer());
    const out = { bytes, type: kind, width: bitmap.width, height: bitmap.height, taken, scaled_from: scaled, thumb };
    bitmap.close();
    return out;
  }

  /** Take a file into a draft; what it is of stands in `facts`. Says itself why where it cannot. */
  async function add(draft, file, facts) {
    try {
      const got = await take(file), room = await FieldStore.room();
      if (room !== null && room < got.bytes.byteLength * 2) { tell("手机存储空间不足，这张照片没有存下。请先上传或清理空间；已填的内容都在。"); return false; }
      const sha256 = await FieldStore.digest(got.bytes), key = draft.uuid + ":" + sha256;
      // The same picture may serve two problems: two entries, its bytes once.
      if (draft.files.some((each) => each.key === key && each.line === (facts.line || "") && each.kind === facts.kind)) { tell("这张照片在这里已经有了。"); return false; }
      await FieldStore.put("files", { key, account: draft.account, data: got.bytes.buffer, type: got.type, thumb: got.thumb.buffer });
      const place = FieldDrafts.place();
      draft.files.push(Object.assign({
        id: FieldStore.newId(), key, sha256, caption: "", line: "", taken_at: FieldClock.stamp(draft), camera_at: got.taken, width: got.width, height: got.height,
        scaled_from: got.scaled_from, latitude: place ? place.latitude : null, longitude: place ? place.longitude : null,
      }, facts));
      if (got.scaled_from) tell("照片太大，存下的是缩小的一份；原图的指纹记下了。");
      await FieldDrafts.keep(draft);
      return true;
    } catch (error) {
      tell(full(error) ? "手机存储空间不足，这张照片没有存下。已填的内容都在。" : error instanceof No ? error.message : "照片没有存下：" + error.message);
      return false;
    }
  }

  /** Out of a draft; its bytes go when nothing else speaks of them. */
  async function drop(draft, file) {
    draft.files = draft.files.filter((each) => each.id !== file.id);
    await FieldDrafts.keep(draft);
    if (!draft.files.some((each) => each.key === file.key)) await FieldStore.remove("files", file.key);
  }

  return { add, drop, take, No };
})();
