/* The computing of 「自己核验」, apart from the page so that the page stays alive. Works on plain http too. */
"use strict";
// The page says under which name (with its hash) the verifier lies.
importScripts(new URL(self.location.href).searchParams.get("verify") || "verify.js");
if (new URL(self.location.href).searchParams.get("log")) importScripts(new URL(self.location.href).searchParams.get("log"));
let kept = null;

function look(id) {
  const row = kept.rows.get(id);
  if (!row) return { found: false };
  const [ref, stratum, lots, status] = row;
  if (status !== "E") return { found: true, stratum, status };
  const drawn = (kept.result.objects.find((each) => each.stratum === stratum) || { drawn: [] }).drawn;
  const last = drawn.length ? kept.rows.get(drawn[drawn.length - 1]) : null;
  return {
    found: true, stratum, status, lots, ticket: best(ref, lots), line: last ? best(last[0], last[2]) : "",
    place: drawn.indexOf(ref) + 1, k: drawn.length,
  };
}

function best(ref, lots) {
  let least = "g";
  for (let lot = 1; lot <= lots; lot += 1) {
    const ticket = Mingqian.sha256(kept.result.seed + "|OBJ|" + ref + "|" + lot);
    if (ticket < least) least = ticket;
  }
  return least;
}

function proveLog(asked) {
  MingqianLog.prove(asked.base, asked.leaves).then((proved) => {
    const faults = MingqianLog.compare(proved.leaves, asked.said);
    postMessage({ log: { size: proved.size, root: proved.root, count: proved.leaves.length, faults } });
  }).catch((error) => { postMessage({ log: { faults: [error.message] } }); });
}

onmessage = (event) => {
  if (event.data.log) {
    proveLog(event.data.log);
    return;
  }
  if (event.data.lodged) {
    postMessage({ lodged: event.data.lodged.map((text) => Mingqian.sha256(text)) });
    return;
  }
  if (event.data.look !== undefined) {
    postMessage({ stood: look(event.data.look), asked: event.data.look });
    return;
  }
  const outcome = Mingqian.verify(event.data.files);
  if (outcome.ok) {
    const read = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
    const commit = read(event.data.files.commit);
    kept = { result: read(event.data.files.result), rows: new Map(commit.pool.map((row) => [row[0], row])) };
  }
  postMessage({ outcome });
};
