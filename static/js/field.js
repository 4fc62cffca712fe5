/* 现场检查: which page of the phone is shown, and when what waits is sent. */
// @ts-check
"use strict";

(() => {
  const { h, tell, page } = FieldParts;
  const net = document.getElementById("net");

  function route() {
    const [name, one, two] = location.hash.slice(1).split("/");
    if (name === "case") FieldHome.showCase(one);
    else if (name === "lines") FieldDrafts.editing(one, FieldVisit.lines);
    else if (name === "record") FieldDrafts.editing(one, FieldVisit.record);
    else if (name === "sign") FieldDrafts.editing(one, (draft) => FieldVisit.sign(draft, two));
    else if (name === "review") FieldDrafts.editing(one, FieldVisit.review);
    else FieldHome.home();
  }

  function online() {
    net.textContent = navigator.onLine ? "有网络" : "无网络";
    if (navigator.onLine) FieldDrafts.send(false);
  }

  document.addEventListener("field-changed", () => { if (!location.hash || location.hash === "#") FieldHome.home(); });
  document.addEventListener("field-progress", (event) => {
    const bar = /** @type {HTMLElement} */ (document.querySelector(".meter i"));
    if (bar) bar.style.width = Math.round(/** @type {CustomEvent} */ (event).detail.part * 100) + "%";
  });
  window.addEventListener("hashchange", route);
  window.addEventListener("online", online);
  window.addEventListener("offline", online);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) online(); });
  setInterval(() => { if (!document.hidden) FieldDrafts.send(false); }, 30000);

  (async () => {
    if (!window.isSecureContext || !window.indexedDB || !window.crypto || !crypto.subtle) {
      page("现场检查", null, h("p", { className: "alert" }, "离线填写需要 https 网址和较新的浏览器。请用普通页面办理，或请系统管理人员配置 https。"), h("a", { className: "button", href: "/desk/" }, "普通页面"));
      return;
    }
    if (navigator.serviceWorker) navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/desk/" }).catch(() => null);
    try { await FieldDrafts.takeUp(); } catch (error) { tell("本机存储打不开：" + error.message); }
    route();
    online();
    if (await FieldDrafts.refresh(false) && (!location.hash || location.hash === "#")) FieldHome.home();
  })();
})();
