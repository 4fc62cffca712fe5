/* 整个系列: every sealing after the one before, none missing, none twice; the released files fetched and computed. */
// @ts-check
(function () {
  "use strict";
  var place = document.getElementById("series"), button = /** @type {HTMLButtonElement} */ (document.getElementById("check-series"));
  var verdict = document.getElementById("series-verdict"), steps = document.getElementById("series-steps");
  if (!place || !window.Worker || !window.fetch) return;
  button.hidden = false;
  verdict.textContent = "";

  function say(ok, text, lines) {
    verdict.className = "verdict " + (ok ? "verdict-ok" : "verdict-bad");
    verdict.textContent = text;
    steps.textContent = "";
    lines.forEach(function (line) { var item = document.createElement("li"); item.textContent = line; steps.appendChild(item); });
  }

  button.addEventListener("click", function () {
    button.disabled = true;
    var worker = new Worker(place.dataset.worker);
    worker.onerror = function () { button.disabled = false; say(false, "没有算成：浏览器不支持。可以下载文件用 verify.py 逐次核验。", []); };
    worker.onmessage = function (event) {
      if (event.data.progress) { verdict.className = "verdict"; verdict.textContent = event.data.progress; return; }
      button.disabled = false;
      worker.terminate();
      say(event.data.ok, event.data.text, event.data.lines);
    };
    worker.postMessage({ series: place.dataset.series, base: place.dataset.base });
  });
})();
