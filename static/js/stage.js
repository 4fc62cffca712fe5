/* The projector follows committed rows: it asks where the draw stands and shows just that. */
(function () {
  "use strict";
  var order = ["sealed", "seeding", "seeded", "drawn"];
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

  function message(state) {
    if (state.status === "sealed") return "等待见证人掷骰录入。数值先以摘要示人，最后一位提交后同时公开。";
    if (state.status === "seeding") return "已有见证人提交。从现在起，本次抽取只能完成，不能中止。";
    if (state.status === "seeded") return state.error ? "已执行 " + state.attempts + " 次未成，系统会再试；数值和名录都已固定，结果不会因此改变。" : "数值已齐，正在计算……";
    if (state.status === "infeasible") return "排不出检查组。" + state.why;
    if (state.status === "voided") return "本次抽取已作废，编号保留。";
    return "抽取完成于 " + state.drawn_at + "。";
  }

  function show(state) {
    if (state.version === shown) return;
    shown = state.version;
    var place = state.status === "infeasible" || state.status === "voided" ? 3 : order.indexOf(state.status);
    document.querySelectorAll("[data-step]").forEach(function (step) {
      step.className = order.indexOf(step.dataset.step) <= place ? "done" : "";
    });
    at("sources").textContent = "";
    state.sources.forEach(function (each) { at("sources").appendChild(source(each)); });
    at("message").textContent = message(state);
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
