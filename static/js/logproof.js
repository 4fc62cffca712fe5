/* 公开日志 in the reader's browser: that some leaves stand in the tree whose root is signed, from the tiles alone
   (RFC 6962, C2SP tlog-tiles). Runs in the worker that verifies the draw; SHA-256 is verify.js's. */
"use strict";
const MingqianLog = (() => {
  const WIDTH = 256;

  function bytesOf(hex) {
    const found = new Uint8Array(hex.length / 2);
    for (let i = 0; i < found.length; i += 1) found[i] = parseInt(hex.substr(2 * i, 2), 16);
    return found;
  }

  function hexOf(bytes) { return Array.from(bytes, (each) => (each < 16 ? "0" : "") + each.toString(16)).join(""); }

  function hash(prefix, ...parts) {
    const whole = new Uint8Array(1 + parts.reduce((sum, each) => sum + each.length, 0));
    whole[0] = prefix;
    let at = 1;
    parts.forEach((each) => { whole.set(each, at); at += each.length; });
    return bytesOf(Mingqian.sha256(whole));
  }

  function place(level, n, width) {
    const parts = [String(n % 1000).padStart(3, "0")];
    for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) parts.unshift("x" + String(rest % 1000).padStart(3, "0"));
    return "tile/" + level + "/" + parts.join("/") + (width < WIDTH ? ".p/" + width : "");
  }

  /** @param {string} note */
  function read(note) {
    const lines = note.split("\n"), size = Number(lines[1]);
    if (lines.length < 5 || !/^[0-9]{1,15}$/.test(lines[1])) throw new Error("检查点不成形");
    return { origin: lines[0], size, root: hexOf(Uint8Array.from(atob(lines[2]), (each) => each.charCodeAt(0))) };
  }

  class Tiles {
    constructor(base, size) { this.base = base; this.size = size; this.kept = new Map(); this.bytes = 0; }

    async get(name) {
      const answer = await fetch(this.base + "/" + name);
      if (!answer.ok) return null;
      const data = new Uint8Array(await answer.arrayBuffer());
      this.bytes += data.length;
      return data;
    }

    async tile(level, n) {
      const key = level + "/" + n;
      if (!this.kept.has(key)) {
        const held = level === "entries" ? this.size : Math.floor(this.size / Math.pow(WIDTH, level));
        const width = Math.min(WIDTH, held - n * WIDTH);
        const data = await this.get(place(level, n, width)) || await this.get(place(level, n, WIDTH));
        if (!data) throw new Error(place(level, n, width) + " 没有取到");
        this.kept.set(key, data);
      }
      return this.kept.get(key);
    }

    /** The hash of a whole subtree: 2**height leaves from index * 2**height on. */
    async whole(height, index) {
      const level = Math.floor(height / 8), count = Math.pow(2, height % 8), first = index * count;
      const data = await this.tile(level, Math.floor(first / WIDTH)), at = first % WIDTH;
      let found = [];
      for (let i = at; i < at + count; i += 1) found.push(data.subarray(32 * i, 32 * i + 32));
      while (found.length > 1) {
        const above = [];
        for (let i = 0; i < found.length; i += 2) above.push(hash(1, found[i], found[i + 1]));
        found = above;
      }
      return found[0];
    }

    async leaf(n) {
      const data = await this.tile("entries", Math.floor(n / WIDTH));
      let at = 0;
      for (let skipped = n % WIDTH; skipped > 0; skipped -= 1) at += 2 + (data[at] << 8 | data[at + 1]);
      return data.subarray(at + 2, at + 2 + (data[at] << 8 | data[at + 1]));
    }

    /** The root, with one leaf's hash computed from its own bytes and all else from the tiles. */
    async between(low, high, n, leaf) {
      const count = high - low;
      if (count === 1 && low === n) return leaf;
      const height = Math.floor(Math.log2(count));
      if ((n < low || n >= high) && Math.pow(2, height) === count) return this.whole(height, low / count);
      let half = Math.pow(2, height);
      if (half === count) half /= 2;
      return hash(1, await this.between(low, low + half, n, leaf), await this.between(low + half, high, n, leaf));
    }
  }

  /** The leaves of these numbers, proved; or an Error that says what does not fit. */
  async function prove(base, numbers) {
    const answer = await fetch(base + "/checkpoint", { cache: "no-store" });
    if (!answer.ok) throw new Error("检查点没有取到（" + answer.status + "）");
    const head = read(await answer.text()), tiles = new Tiles(base, head.size), leaves = [];
    for (const n of numbers) {
      if (n >= head.size) throw new Error("第 " + n + " 条还没有签署");
      const data = await tiles.leaf(n);
      const root = await tiles.between(0, head.size, n, hash(0, data));
      if (hexOf(root) !== head.root) throw new Error("第 " + n + " 条不在签名的树里");
      leaves.push(JSON.parse(new TextDecoder().decode(data)));
    }
    return { origin: head.origin, size: head.size, root: head.root, leaves, bytes: tiles.bytes };
  }

  /** What is wrong between the leaves of a draw and what its page says; [] where all fits. */
  function compare(leaves, said) {
    const faults = [], of = (kind) => leaves.filter((each) => each.kind === kind);
    of("seal").forEach((each) => { if (each.digest !== said.commitment) faults.push("日志里封存的指纹与本页的不同"); });
    of("value").forEach((each) => { if (said.values[each.pos - 1] !== each.value) faults.push("日志里“" + each.name + "”的数值与本页的不同"); });
    of("result").concat(of("infeasible")).forEach((each) => { if (each.digest !== said.result) faults.push("日志里结果的指纹与本页的不同"); });
    of("release").forEach((each) => { if (each.files["commit.json"] !== said.commitment) faults.push("日志里公开的文件不是本页的"); });
    return faults;
  }

  return { prove, compare };
})();
if (typeof self !== "undefined") self.MingqianLog = MingqianLog;
