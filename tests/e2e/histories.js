// What the histories ask of a phone: its own scripts, without its pages. Put into the page as it is.
window.History = (() => {
  const edit = (uuid, act) => new Promise((done, fail) => {
    setTimeout(() => fail(new Error("not within eight seconds: " + document.body.innerText)), 8000);
    FieldDrafts.editing(uuid, (draft) => { act(draft).then(done, fail); });
  });

  async function mark(role, n) {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = 300; canvas.height = 150;
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, 300, 150);
    pen.strokeStyle = "#000"; pen.lineWidth = 3;
    pen.beginPath(); pen.moveTo(20, 20 + n % 90); pen.lineTo(280, 30 + role.length * 9); pen.stroke();
    return (await new Promise((done) => canvas.toBlob(done))).arrayBuffer();
  }

  return {
    async begin(token) {
      await FieldDrafts.refresh(false);
      await FieldDrafts.begin(FieldDrafts.caseOf(token));
      return location.hash.split("/")[1];
    },
    say: ([uuid, key, value, note]) => edit(uuid, async (draft) => { FieldDrafts.answer(draft, key, value, note); await FieldDrafts.keep(draft); }),
    exchange: (uuid) => edit(uuid, async (draft) => { await FieldDrafts.exchange(draft); }),
    share: (uuid) => edit(uuid, async (draft) => {
      const said = FieldDrafts.share(draft);
      FieldDrafts.noteShared(draft);
      await FieldDrafts.keep(draft);
      return JSON.parse(JSON.stringify(said));
    }),
    receive: ([uuid, said]) => edit(uuid, (draft) => FieldDrafts.receive(draft, said)),
    open: (uuid) => edit(uuid, async (draft) => Object.entries(FieldContent.standing(draft)).filter(([, each]) => !each.stands).map(([key]) => key)),
    choose: (uuid) => edit(uuid, async (draft) => {
      for (const [key, each] of Object.entries(FieldContent.standing(draft))) {
        if (!each.isOpen) continue;
        const last = FieldMerge.lastOf(draft.told[key]);
        draft.rulings[key] = { by: last[0].by, at: last[0].at, over: last.map((one) => [one.by, one.at]) };
      }
      await FieldDrafts.keep(draft);
    }),
    async sign([uuid, n]) {
      FieldDrafts.release();
      location.hash = "";
      const draft = await FieldStore.get("drafts", uuid);
      draft.record.met = "何某";
      draft.stamps.ended = FieldClock.stamp(draft);
      draft.sheet = FieldContent.canonical(FieldContent.build(draft));
      draft.digest = await FieldStore.digest(new TextEncoder().encode(draft.sheet));
      const who = FieldContent.teamOf(draft).map((each) => [each.role, each.name]).concat([["met", "何某"]]);
      for (const [role, name] of who) {
        const data = await mark(role, n), sha256 = await FieldStore.digest(data), key = uuid + ":" + sha256, at = FieldClock.now().toISOString();
        await FieldStore.put("files", { key, account: draft.account, data, type: "image/png" });
        draft.files.push({ id: FieldStore.newId(), key, sha256, kind: "signature", signer: role, line: "", caption: name, taken_at: at, latitude: null, longitude: null });
        draft.signatures.push({ role, name, at, digest: draft.digest, sha256 });
      }
      Object.assign(draft, { left_at: FieldClock.stamp(draft), state: "waiting" });
      await FieldStore.put("drafts", draft);
      return draft.sheet;
    },
    // A photo that the page makes itself: noise, so that it is as large as a real one.
    photo: ([uuid, line, seed, side]) => edit(uuid, async (draft) => {
      const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
      canvas.width = side; canvas.height = Math.round(side * 0.75);
      const image = pen.createImageData(canvas.width, canvas.height);
      let at = seed * 2654435761 % 4294967296;
      for (let n = 0; n < image.data.length; n += 1) { at = (at * 1664525 + 1013904223) % 4294967296; image.data[n] = n % 4 === 3 ? 255 : at >>> 24; }
      pen.putImageData(image, 0, 0);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
      return FieldPhotos.add(draft, new File([blob], seed + ".jpg", { type: "image/jpeg" }), { kind: "photo", line, caption: "第 " + seed + " 张" });
    }),
    // A problem outside the list; without words, it is taken back.
    problem: ([uuid, wording]) => edit(uuid, async (draft) => {
      draft.others = wording ? draft.others.concat({ id: FieldStore.newId(), wording, facts: "", basis: "法", measure: "", disposal: "order", due_on: "2099-01-01", is_major: false, major_reason: "" }) : [];
      await FieldDrafts.keep(draft);
    }),
    content: (uuid) => edit(uuid, async (draft) => JSON.parse(FieldContent.canonical(FieldContent.build(draft)))),
    send: () => FieldDrafts.send(false),
    async handLines(uuid) {
      FieldDrafts.release();
      location.hash = "";
      await FieldStore.put("drafts", Object.assign(await FieldStore.get("drafts", uuid), { kind: "lines", state: "waiting" }));
    },
  };
})();
