/* One-time codes (SJS1 §7), made in the supervisor's browser and sent nowhere. */
// @ts-check
(function () {
  "use strict";
  var make = document.getElementById("make");
  make.querySelector("button").disabled = false;
  make.addEventListener("submit", function (event) {
    event.preventDefault();
    var many = Number(/** @type {HTMLInputElement} */ (document.getElementById("many")).value);
    if (!(many >= 1 && many <= 500)) return;
    var secret = Array.from(window.crypto.getRandomValues(new Uint8Array(32)))
      .map(function (byte) { return ("0" + byte.toString(16)).slice(-2); }).join("");
    var codes = [secret];
    while (codes.length < many) codes.unshift(window.Mingqian.sha256(codes[0]));
    document.getElementById("tip").textContent = window.Mingqian.sha256(codes[0]);
    var list = document.getElementById("codes");
    list.textContent = "";
    codes.forEach(function (code, i) {
      var item = document.createElement("li");
      item.className = "hash";
      item.textContent = "第 " + (i + 1) + " 张　" + code;
      list.appendChild(item);
    });
    var tip = document.getElementById("tip").textContent;
    Array.prototype.forEach.call(document.querySelectorAll(".hand"), function (/** @type {HTMLElement} */ form) {
      /** @type {HTMLInputElement} */ (form.querySelector(".tip")).value = tip;
      /** @type {HTMLInputElement} */ (form.querySelector(".count")).value = String(many);
    });
    document.getElementById("made").hidden = false;
  });
  document.getElementById("print").addEventListener("click", function () { window.print(); });
})();
