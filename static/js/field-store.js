/* What lies on the phone: tasks taken along, drafts, photos. IndexedDB, one set for each account. */
// @ts-check
"use strict";
const FieldStore = (() => {
  const STORES = { tasks: "key", drafts: "uuid", files: "key", receipts: "uuid" };
  let opened = null;

  function open() {
    if (!opened) {
      opened = new Promise((done, fail) => {
        const asked = indexedDB.open("mingqian-field", 1);
        asked.onupgradeneeded = () => {
          for (const name of Object.keys(STORES)) asked.result.createObjectStore(name, { keyPath: STORES[name] });
        };
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error);
      });
    }
    return opened;
  }

  // One request in a transaction of its own; done when it is on the disk, not when it is asked for.
  async function run(name, mode, ask) {
    const base = await open();
    return new Promise((done, fail) => {
      const work = base.transaction(name, mode);
      const asked = ask(work.objectStore(name));
      work.oncomplete = () => done(asked.result);
      work.onerror = () => fail(work.error || asked.error);
      work.onabort = () => fail(work.error || asked.error);
    });
  }

  // A draft is written only as long as it is a draft: an older screen must not undo what has been handed in since.
  // Two writings of one object may overlap: each goes under the number it was given, not under the later one's.
  async function keepDraft(draft) {
    const rev = draft.rev || 0, base = await open();
    return new Promise((done, fail) => {
      const work = base.transaction("drafts", "readwrite"), store = work.objectStore("drafts");
      let written = false;
      const asked = store.get(draft.uuid);
      asked.onsuccess = () => {
        const here = asked.result;
        if (here && (here.state !== "draft" || (here.rev || 0) >= rev)) return;
        store.put(Object.assign({}, draft, { rev }));
        written = true;
      };
      work.oncomplete = () => done(written);
      work.onerror = () => fail(work.error);
      work.onabort = () => fail(work.error);
    });
  }

  // The receipt in, the draft and its files out: all of it or nothing.
  async function settle(receipt, draft, gone) {
    const base = await open();
    return new Promise((done, fail) => {
      const work = base.transaction(["drafts", "files", "receipts"], "readwrite");
      work.objectStore("receipts").put(receipt);
      if (draft) {
        work.objectStore("drafts").delete(draft.uuid);
        for (const key of gone || draft.files.map((each) => each.key)) work.objectStore("files").delete(key);
      }
      work.oncomplete = () => done();
      work.onerror = () => fail(work.error);
      work.onabort = () => fail(work.error);
    });
  }

  return {
    keepDraft, settle,
    get: (name, key) => run(name, "readonly", (store) => store.get(key)),
    all: (name) => run(name, "readonly", (store) => store.getAll()),
    put: (name, thing) => run(name, "readwrite", (store) => store.put(thing)),
    remove: (name, key) => run(name, "readwrite", (store) => store.delete(key)),

    // 128 random bits as a UUID; crypto.randomUUID came with Chromium 92.
    newId() {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      bytes[6] = (bytes[6] & 15) | 64;
      bytes[8] = (bytes[8] & 63) | 128;
      const hex = Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    },

    // So many random bytes, in hex.
    random(n) { return Array.from(crypto.getRandomValues(new Uint8Array(n)), (each) => each.toString(16).padStart(2, "0")).join(""); },

    async digest(buffer) {
      const sum = await crypto.subtle.digest("SHA-256", buffer);
      return Array.from(new Uint8Array(sum), (each) => each.toString(16).padStart(2, "0")).join("");
    },

    async room() {
      if (!navigator.storage || !navigator.storage.estimate) return null;
      const told = await navigator.storage.estimate();
      return told.quota - told.usage;
    },

    async persist() {
      try { return Boolean(navigator.storage && navigator.storage.persist && await navigator.storage.persist()); }
      catch (error) { return false; }
    },
  };
})();
