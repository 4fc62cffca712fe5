/* The projector follows committed rows: it asks where the draw stands and shows just that. */
// @ts-check
(function () {
  "use strict";
  var shown = "";
  function at(id) { return document.getElementById(id); }
  function make(tag, name, text) {
    var made = document.createElement(tag);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  }

  function source(each) {
    var item = make("li", each.value ? "is-open" : each.digest ? "is-lodged" : "", "");
    item.appendChild(make("b", "", each.name));
    item.appendChild(make("span", "stage-who", each.who));
    if (each.value) item.appendChild(make("span", "stage-value", each.value));
    else if (each.typed.length) item.appendChild(make("span", "stage-wait", "已录入 " + each.typed.join("、") + "，等待两人一致"));
    else item.appendChild(make("span", "stage-wait", each.digest ? "已提交，未公开" : "等待"));
    item.appendChild(make("code", "hash", each.digest));
    return item;
  }

  function show(state) {
    if (state.version === shown) return;
    shown = state.version;
    document.querySelectorAll("[data-step]").forEach(function (step, n) { step.className = n <= state.place ? "done" : ""; });
    at("sources").textContent = "";
    state.sources.forEach(function (each) { at("sources").appendChild(source(each)); });
    at("message").textContent = state.message;
    at("check").textContent = state.check;
    at("outcome").hidden = !state.result;
    document.body.classList.toggle("is-drawn", Boolean(state.result));
    at("result").textContent = state.result;
    at("count").textContent = state.count;
    at("rows").textContent = "";
    state.rows.forEach(function (row) {
      var item = make("li", "", "");
      item.appendChild(make("b", "", row[0]));
      item.appendChild(make("span", "stage-class", row[1]));
      item.appendChild(make("span", "stage-team", row[2]));
      at("rows").appendChild(item);
    });
  }

  function ask() {
    fetch(document.body.dataset.state, { cache: "no-store", credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok || answer.redirected) throw new Error(); return answer.json(); })
      .then(function (state) { at("offline").hidden = true; show(state); })
      .catch(function () { at("offline").hidden = false; })
      .then(function () { window.setTimeout(ask, 2000); });
  }

  at("full").addEventListener("click", function () {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });
  show(JSON.parse(at("state").textContent));
  window.setTimeout(ask, 2000);
})();
