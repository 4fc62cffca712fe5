/* The computing of the series (SJS1 §8), apart from the page so that the page stays alive. */
"use strict";
importScripts(new URL(self.location.href).searchParams.get("verify") || "verify.js");
const ZEROS = "0".repeat(64);

class Refused extends Error {}
function need(holds, text) { if (!holds) throw new Refused(text); }

/** The sealings in their order: from the first on each names the one before it; none is missing, none forks. */
function chained(rows) {
  const next = new Map();
  for (const row of rows) {
    need(!next.has(row.prev), row.number + " 和 " + (next.get(row.prev) || row).number + " 都说自己接在同一次封存后面");
    next.set(row.prev, row);
  }
  const found = [];
  for (let at = ZEROS; next.has(at); at = next.get(at).commitment) found.push(next.get(at));
  need(found.length === rows.length, "有 " + (rows.length - found.length) + " 次封存没有接在前一次后面：" + rows.filter((row) => !found.includes(row)).map((row) => row.number).join("、"));
  let year = "", serial = 0;
  for (const row of found) {
    const parts = row.number.split("-");
    serial = parts[1] === year ? serial + 1 : Math.min(1, Number(parts[2]));
    year = parts[1];
    need(Number(parts[2]) === serial, "编号不连续：" + row.number + " 前面少了一次");
  }
  return found;
}

/** One living draw for a task; another only after one that was void or could not be done, and named by it. */
function once(rows) {
  const living = new Map();
  for (const row of rows) {
    const before = living.get(row.task);
    need(!before || row.after === before.commitment, row.number + "：同一任务（" + row.task + "）在 " + (before || row).number + " 之后又抽了一次");
    if (before) need(before.is_dead, before.number + " 没有作废，" + row.number + " 却接着抽了一次");
    living.set(row.task, row);
  }
}

async function bytesOf(base, row, name) {
  const answer = await fetch(base + row.number + "/" + name);
  need(answer.ok, row.number + " 的 " + name + " 没有取到（" + answer.status + "）");
  return new Uint8Array(await answer.arrayBuffer());
}

function read(bytes) { return JSON.parse(new TextDecoder().decode(bytes)); }

/** The files of a released draw against what the series says of it. Returns the enterprises that were its tasks. */
async function looked(base, row) {
  const bytes = await bytesOf(base, row, "commit.json");
  need(Mingqian.sha256(bytes) === row.commitment, row.number + "：commit.json 的指纹不是公布的指纹");
  const commit = read(bytes);
  need(commit.draw === row.number && commit.prev === row.prev && commit.after === row.after && commit.task === row.task, row.number + "：commit.json 里的编号、任务或前一次的指纹与公布的不同");
  let tasks = null;
  if (row.files.includes("result.json")) {
    const result = await bytesOf(base, row, "result.json");
    need(Mingqian.sha256(result) === row.result_hash, row.number + "：result.json 的指纹不是公布的指纹");
    const told = read(result);
    tasks = told.must.concat(...told.objects.map((each) => each.drawn)).sort();
  }
  const must = commit.pool.filter((each) => each[3] === "M").map((each) => each[0]).sort();
  const draws = commit.strata.reduce((sum, [name, rate, least]) => {
    const n = commit.pool.filter((each) => each[1] === name && each[3] === "E").length;
    return sum + Math.min(n, Math.max(least, Math.ceil((n * rate) / 10000)));
  }, 0);
  return { must, draws, tasks };
}

async function check(address, base) {
  const rows = chained(await (await fetch(address)).json());
  need(rows.length, "还没有一次封存");
  once(rows);
  const open = rows.filter((row) => row.files.includes("commit.json")), known = new Map();
  for (let n = 0; n < open.length; n += 1) {
    postMessage({ progress: "正在核对 " + open[n].number + "（" + (n + 1) + " / " + open.length + "）……" });
    known.set(open[n].commitment, await looked(base, open[n]));
  }
  const duty = new Map();  // task: the enterprises that are owed an inspection; draws void before their seed free nobody
  let follows = 0;
  for (const row of rows) {
    const one = known.get(row.commitment);
    if (one && duty.has(row.task)) {
      need(JSON.stringify(one.must) === JSON.stringify(duty.get(row.task)), row.number + "：接续的一次，必查的企业不是前一次排不出或作废的那些");
      need(one.draws === 0, row.number + "：接续的一次又抽了别的企业");
      follows += 1;
    }
    if (one && one.tasks) duty.set(row.task, one.tasks);
  }
  const voided = rows.filter((row) => row.is_void), lost = rows.filter((row) => row.status === "lost");
  const shut = rows.filter((row) => !row.files.includes("commit.json") && !lost.includes(row)).map((row) => row.number);
  return [
    rows.length + " 次封存一个接一个（" + rows[0].number + " 至 " + rows[rows.length - 1].number + "），编号没有断，没有两次接在同一次后面",
    "作废 " + voided.length + " 次" + (voided.length ? "：" + voided.map((row) => row.number).join("、") : ""),
    ...(lost.length ? ["只在公开日志里、数据库恢复时丢了、没有文件可比的 " + lost.length + " 次：" + lost.map((row) => row.number).join("、")] : []),
    "没有一个任务抽过两次（作废、排不出的接续除外）" + (follows ? "；接续的 " + follows + " 次，企业与前一次相同，没有另抽" : ""),
    open.length + " 次的文件已取来算过指纹，与公布的相同",
    shut.length ? "还没有公开、没有比的：" + shut.join("、") : "没有还没公开的",
    "没有比：每一次怎么抽的（到那次抽取的页面上核验）；公布的次数是不是全部（请和自己存的总指纹比）",
  ];
}

onmessage = (event) => {
  check(event.data.series, event.data.base).then(
    (lines) => postMessage({ ok: true, text: "系列核对通过", lines }),
    (error) => postMessage({ ok: false, text: error instanceof Refused ? error.message : "没有算成：网络不通，请过一会儿再试。", lines: [] }),
  );
};
