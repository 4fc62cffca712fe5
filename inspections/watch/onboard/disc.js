/* The page of an evidence disc: everything it shows and computes comes from data.js beside it. */
(function () {
  "use strict";
  var disc = window.MINGQIAN_DISC;
  var facts = JSON.parse(disc["facts.json"]);
  function at(id) { return document.getElementById(id); }
  function add(parent, tag, text) {
    var made = document.createElement(tag);
    made.textContent = text;
    at(parent).appendChild(made);
    return made;
  }
  function row(parent, cells) {
    var line = add(parent, "tr", "");
    cells.forEach(function (cell) { var made = document.createElement("td"); made.textContent = cell; line.appendChild(made); });
  }
  function say(ok, text, lines) {
    at("verdict").className = "verdict " + (ok ? "verdict-ok" : "verdict-bad");
    at("verdict").textContent = text;
    lines.forEach(function (line) { add("steps", "li", line); });
  }
  function bytes(name) { return new TextEncoder().encode(disc[name]); }

  at("title").textContent = facts.title;
  at("lead").textContent = facts.bureau + "　抽取编号 " + facts.number + "　" + (facts.edition === "inner" ? "监督版" : "公开版") + "　" + (facts.moment === "sealed" ? "封存时" : "抽取后");
  [["承诺值", facts.commitment], ["前一次承诺值", facts.prev], ["任务编号", facts.task], ["封存时间", facts.sealed_at], ["摇号时间", facts.seed_at],
    ["抽取时间", facts.drawn_at], ["结果摘要", facts.result], ["最迟公开", facts.release_by]].forEach(function (pair) {
    if (pair[1]) { add("facts", "dt", pair[0]); add("facts", "dd", pair[1]); }
  });
  facts.sources.forEach(function (each) { row("sources", [each.position, each.name, each.value, each.digest]); });

  var names = disc["names.json"] ? JSON.parse(disc["names.json"]) : {};
  var firms = names.enterprises || names, people = names.inspectors || {};
  if (disc["result.json"]) {
    var result = JSON.parse(disc["result.json"]);
    (result.order || []).forEach(function (ref) {
      var team = result.teams[ref].map(function (each) { return people[each] || each; });
      row("drawn", [firms[ref] || "", ref, facts.edition === "inner" ? team.join("、") : team.length + " 人"]);
    });
    var files = { commitment: facts.commitment, resultHash: facts.result, commit: bytes("commit.json"), result: bytes("result.json") };
    if (disc["openings.json"]) files.openings = bytes("openings.json");
    if (disc["changes.json"]) files.changes = bytes("changes.json");
    var outcome = window.Mingqian.verify(files);
    say(outcome.ok, outcome.ok ? "核验通过" : outcome.text, outcome.ok ? outcome.steps : []);
  } else if (disc["commit.json"]) {
    var same = window.Mingqian.sha256(disc["commit.json"]) === facts.commitment;
    say(same, same ? "封存文件与承诺值相符" : "封存文件与承诺值不符", []);
  } else {
    say(true, "封存公告：承诺值已公布，名单尚未产生", []);
  }
})();
