/* 「自己核验」: fetches the released files and has the draw computed again in the reader's browser, step by step. */
// @ts-check
(function () {
  "use strict";
  /** @param {string} id  @returns {HTMLInputElement} */
  function box(id) { return /** @type {HTMLInputElement} */ (document.getElementById(id)); }
  var source = document.getElementById("source");
  var verdict = document.getElementById("verdict");
  var steps = document.getElementById("steps");
  var lookup = document.getElementById("lookup");
  var stood = document.getElementById("stood");
  // What each witness lodged before the values were opened, by the text that it was computed from.
  var lodged = Array.prototype.slice.call(document.querySelectorAll("[data-lodged]"));
  if (!window.Worker || !window.fetch) return;
  var worker = null;

  function heardLodged(digests) {
    digests.forEach(function (digest, i) {
      var ok = digest === lodged[i].dataset.lodged, said = document.createElement("small");
      said.className = ok ? "lodged-ok" : "lodged-bad";
      said.textContent = ok ? "✓ 用公布的数值和附加数在您的浏览器里算过，相同" : "! 用公布的数值和附加数算出来是 " + digest + "，与提交时公布的不同";
      lodged[i].appendChild(document.createElement("br"));
      lodged[i].appendChild(said);
    });
    lodged = [];
  }

  function askLodged() {
    if (lodged.length) worker.postMessage({ lodged: lodged.map(function (each) { return each.dataset.text; }) });
  }

  // The draw's own leaves, proved from the log's tiles.
  var logged = document.getElementById("logged");
  function heardLog(told) {
    var ok = !told.faults.length, said = document.getElementById("logsaid");
    said.className = "verdict " + (ok ? "verdict-ok" : "verdict-bad");
    said.textContent = ok
      ? "本次抽取的 " + told.count + " 条都在签名的树里：共 " + told.size + " 条，树根 " + told.root.replace(/(.{4})/g, "$1 ").trim() + "。请与封存通知、抽取记录上印的，或者见证方出示的对照。"
      : "与公开日志对不上：" + told.faults.join("；") + "。请保存本页，告诉见证方。";
  }

  if (logged) {
    var prover = new Worker(logged.dataset.worker);
    prover.onmessage = function (event) { heardLog(event.data.log); prover.terminate(); };
    prover.onerror = function () { document.getElementById("logsaid").textContent = "您的浏览器算不了。请用 log.pyz 在自己的电脑上看。"; };
    prover.postMessage({ log: {
      base: logged.dataset.base, leaves: logged.dataset.leaves.split(" ").map(Number),
      said: JSON.parse(logged.dataset.said),
    } });
  }

  if (!source) {
    if (!lodged.length) return;
    worker = new Worker(document.getElementById("sources").dataset.worker);
    worker.onmessage = function (event) { heardLodged(event.data.lodged); worker.terminate(); };
    askLodged();
    return;
  }

  function load(name) {
    return fetch(source.dataset.base + name).then(function (answer) {
      if (!answer.ok) throw new Error(name + " 没有取到（" + answer.status + "）");
      return answer.arrayBuffer();
    }).then(function (buffer) { tell("读入 " + name + "（" + Math.ceil(buffer.byteLength / 1024) + " KB）"); return new Uint8Array(buffer); });
  }

  function tell(line) {
    var item = document.createElement("li");
    item.textContent = line;
    steps.appendChild(item);
  }

  function show(ok, text, lines) {
    verdict.className = "verdict " + (ok ? "verdict-ok" : "verdict-bad");
    verdict.textContent = text;
    lines.forEach(tell);
  }

  // What the page itself names is found by name; everything else by its code.
  function meant(typed) {
    var found = Array.prototype.filter.call(document.querySelectorAll(".names li"), function (each) { return each.dataset.name === typed; })[0];
    return found ? found.dataset.ref : typed.toUpperCase();
  }

  function groups(text) { return text.slice(0, 24).replace(/(.{4})/g, "$1 ") + "…"; }

  function say(asked, told) {
    if (!told.found && !/^[0-9A-Z-]+$/.test(asked)) return "按名称只能找抽中的企业（其他企业的名称不公开）。请填 18 位统一社会信用代码。";
    if (!told.found) return "这次抽取的名录里没有代码 " + asked + "，请对照营业执照再看一遍。";
    if (told.status === "M") return asked + " 是必查，按公布的规则不经抽签。";
    if (told.status !== "E") return asked + " 不在抽取范围（" + told.status.slice(2) + "），封存时已经定下。";
    var words = asked + " 在“" + told.stratum + "”，签号 " + groups(told.ticket);
    if (told.lots > 1) words += "（" + told.lots + " 张签里最小的一张）";
    if (!told.k) return words + "；这一组没有抽。";
    words += "；抽中的界线（第 " + told.k + " 家的签号）" + groups(told.line);
    return words + (told.place ? "。签号不大于抽中的界线，排第 " + told.place + "，抽中。" : "。签号大于抽中的界线，没有抽中。");
  }

  function heard(event) {
    if (event.data.lodged) { heardLodged(event.data.lodged); return; }
    if (event.data.stood) { stood.textContent = say(event.data.asked, event.data.stood); return; }
    var outcome = event.data.outcome;
    show(outcome.ok, outcome.ok ? "核验通过" : outcome.text, outcome.ok ? outcome.steps.concat("没有比：names.json（编号与名称的对照）和抽取记录 PDF，它们不参加计算") : []);
    lookup.hidden = !outcome.ok;
    var asked = new URLSearchParams(location.search).get("code");
    if (outcome.ok && asked && !box("mine").value) {
      box("mine").value = asked;
      worker.postMessage({ look: asked.trim().toUpperCase() });
    }
  }

  function run(commitment) {
    verdict.className = "verdict";
    verdict.textContent = "正在您的浏览器里计算……";
    steps.textContent = "";
    var names = source.dataset.files.split(" ");
    if (worker) worker.terminate();
    worker = new Worker(source.dataset.worker);
    worker.onmessage = heard;
    worker.onerror = function () { show(false, "没有算成：浏览器不支持。请下载核验程序，在自己的电脑上运行。", []); };
    askLodged();
    Promise.all(names.map(load)).then(function (contents) {
      var files = {
        commitment: commitment || source.dataset.commitment,
        resultHash: source.dataset.result,
        requests: source.dataset.requests ? source.dataset.requests.split(" ") : [],
      };
      names.forEach(function (name, i) { files[name.replace(".json", "")] = contents[i]; });
      worker.postMessage({ files: files });
    }).catch(function (error) {
      var reason = /取到/.test(error.message) ? error.message : "网络不通";
      show(false, "没有算成：" + reason + "。请刷新页面再试，或下载核验程序。", []);
    });
  }

  document.getElementById("recheck").hidden = false;
  document.getElementById("recheck").addEventListener("submit", function (event) {
    event.preventDefault();
    var printed = box("printed").value.replace(/\s/g, "");
    if (printed && !/^[0-9a-fA-F]{64}$/.test(printed)) {
      steps.textContent = "";
      show(false, "指纹应为 64 位数字和字母（0-9、a-f），您填了 " + printed.length + " 位，请对照通知再抄一遍。", []);
      return;
    }
    run(printed);
  });
  lookup.addEventListener("submit", function (event) {
    event.preventDefault();
    var asked = meant(box("mine").value.trim());
    if (asked && worker) worker.postMessage({ look: asked });
  });
  run("");
})();
