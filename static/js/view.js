/* 大字、高对比: kept in this browser alone, no cookie. Loaded in the head, so that the page does not jump. */
// @ts-check
(function () {
  "use strict";
  var root = document.documentElement;
  function kept(name) { try { return localStorage.getItem("view-" + name) === "yes"; } catch (error) { return false; } }
  ["large", "contrast"].forEach(function (name) { if (kept(name)) root.classList.add(name); });
  document.addEventListener("DOMContentLoaded", function () {
    var aids = /** @type {HTMLElement} */ (document.querySelector(".aids"));
    if (!aids) return;
    aids.hidden = false;
    Array.prototype.forEach.call(aids.querySelectorAll("button"), function (/** @type {HTMLElement} */ button) {
      var name = button.dataset.view;
      button.setAttribute("aria-pressed", String(root.classList.contains(name)));
      button.addEventListener("click", function () {
        var on = root.classList.toggle(name);
        button.setAttribute("aria-pressed", String(on));
        try { localStorage.setItem("view-" + name, on ? "yes" : "no"); } catch (error) { /* for this page only, then */ }
      });
    });
  });
})();
// On paper nothing is folded away, the printed command least of all.
window.addEventListener("beforeprint", function () {
  "use strict";
  Array.prototype.forEach.call(document.querySelectorAll("details:not([open])"), function (each) { each.open = true; });
});
// A table that is wider than the screen says so: nobody looks for what he does not see.
(function () {
  "use strict";
  function look() {
    Array.prototype.forEach.call(document.querySelectorAll(".scroll"), function (each) {
      each.classList.toggle("goes-on", each.scrollWidth > each.clientWidth + 2);
    });
  }
  document.addEventListener("DOMContentLoaded", look);
  window.addEventListener("resize", look);
  document.addEventListener("toggle", look, true);
})();
