/* 「自己核验」: fetches the released files and computes the draw again in the reader's browser. */
(function () {
  "use strict";
  var source = document.getElementById("source");
  var verdict = document.getElementById("verdict");
  var steps = document.getElementById("steps");
  if (!source || !window.Mingqian || !window.fetch) return;

  function load(name) {
    return fetch(source.dataset.base + name, { cache: "no-store" }).then(function (answer) {
      if (!answer.ok) throw new Error(name + " 没有取到（" + answer.status + "）");
      return answer.arrayBuffer();
    }).then(function (buffer) { return new Uint8Array(buffer); });
  }

  function show(ok, text, lines) {
    verdict.className = "verdict " + (ok ? "verdict-ok" : "verdict-bad");
    verdict.textContent = text;
    steps.textContent = "";
    lines.forEach(function (line) {
      var item = document.createElement("li");
      item.textContent = line;
      steps.appendChild(item);
    });
  }

  function run(commitment) {
    verdict.className = "verdict";
    verdict.textContent = "正在您的浏览器里计算……";
    var names = source.dataset.files.split(" ");
    Promise.all(names.map(load)).then(function (contents) {
      var files = {
        commitment: commitment || source.dataset.commitment,
        resultHash: source.dataset.result,
        requests: source.dataset.requests ? source.dataset.requests.split(" ") : [],
      };
      names.forEach(function (name, i) { files[name.replace(".json", "")] = contents[i]; });
      var outcome = window.Mingqian.verify(files);
      show(outcome.ok, outcome.ok ? "核验通过" : outcome.text, outcome.ok ? outcome.steps : []);
    }).catch(function (error) {
      var reason = /取到/.test(error.message) ? error.message : "网络不通";
      show(false, "没有算成：" + reason + "。请刷新页面再试，或下载核验程序。", []);
    });
  }

  document.getElementById("recheck").addEventListener("submit", function (event) {
    event.preventDefault();
    var printed = document.getElementById("printed").value.replace(/\s/g, "");
    if (printed && !/^[0-9a-fA-F]{64}$/.test(printed)) {
      show(false, "承诺值应为 64 位数字和字母（0-9、a-f），您填了 " + printed.length + " 位，请对照通知再抄一遍。", []);
      return;
    }
    run(printed);
  });
  run("");
})();
