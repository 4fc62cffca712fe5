/* 现场检查: which page of the phone is shown, where the work lies in words, and when what waits is sent. */
// @ts-check
"use strict";

(() => {
  const { h, tell, page } = FieldParts;
  const net = document.getElementById("net");
  const PAGES = {
    arrive: FieldArrive.arrive, cards: FieldArrive.cards, notice: FieldArrive.notice, newcard: FieldArrive.newCard, recuse: FieldArrive.recuse, undone: FieldArrive.undone,
    lines: FieldVisit.lines, rest: FieldVisit.rest, record: FieldVisit.record, handlines: FieldVisit.handLines, partner: FieldPartner.partner,
    photo: FieldShots.photo, read: FieldSign.read, sign: FieldSign.sign, changed: FieldSign.changed, refuse: FieldSign.refuse, hand: FieldSign.hand, measure: FieldPapers.measure, paper: FieldPapers.view, name: FieldPapers.name, papers: FieldPapers.list, deliver: FieldPapers.deliver, supplement: FieldLate.supplement, review: FieldReview.review,
  };

  function route() {
    const [name, one, two] = location.hash.slice(1).split("/");
    if (PAGES[name]) FieldDrafts.editing(one, (draft) => PAGES[name](draft, two));
    else if (name === "unfit") FieldHome.unfit(one);
    else if (name === "late") FieldLate.late(one);
    else if (name === "uploads") { FieldDrafts.release(); FieldHome.uploads(); }
    else if (name === "backup") { FieldDrafts.release(); FieldBackup.show(); }
    else FieldHome.home();
  }

  const isHome = () => !location.hash || location.hash === "#";

  /** One strip on every page: whether there is a network, what waits, what needs somebody. */
  async function strip() {
    const drafts = await FieldDrafts.mine("drafts").catch(() => []), count = (state) => drafts.filter((each) => each.state === state).length;
    const waiting = count("waiting") + count("sending"), needs = count("needs") + FieldLate.asking().length;
    const words = [count("sending") ? `正在上传 ${count("sending")} 件` : "", count("waiting") ? `等网络 ${count("waiting")} 件` : "", needs ? `要您处理 ${needs} 件` : ""].filter(Boolean).join("，");
    net.className = "net" + (navigator.onLine ? (waiting ? " wait" : "") : " off");
    net.textContent = "";
    net.append(h("p", {}, h("b", {}, navigator.onLine ? "有网络" : "没有网络"), "　" + (words || (navigator.onLine ? "没有要上传的" : "照常检查，都存在这部手机里")), FieldSend.isSignedOut() ? h("a", { href: "/login/?next=/desk/field/" }, "　登录已过期，点这里登录") : null));
  }

  async function online() {
    strip();
    if (!navigator.onLine) return;
    await FieldDrafts.send(false);
    strip();
  }

  // Two phones with a network hear of each other every half minute; a page is made anew only where nobody is writing.
  async function exchange() {
    const [name, uuid] = location.hash.slice(1).split("/");
    if (!navigator.onLine || document.hidden || !["lines", "partner"].includes(name) || /INPUT|TEXTAREA/.test((document.activeElement || document.body).tagName)) return;
    FieldDrafts.editing(uuid, async (draft) => {
      if (draft.team.length < 2 || !draft.leads) return;
      const before = JSON.stringify(draft.told);
      try { await FieldDrafts.exchange(draft); } catch (error) { return; }
      if (/INPUT|TEXTAREA/.test((document.activeElement || document.body).tagName)) return;  // somebody has begun to write meanwhile
      if (before !== JSON.stringify(draft.told) && location.hash.slice(1).startsWith(name + "/" + uuid)) { const at = window.scrollY; PAGES[name](draft); window.scrollTo(0, at); }
    });
  }

  document.addEventListener("field-changed", () => { strip(); if (isHome()) FieldHome.home(); else if (location.hash === "#uploads") FieldHome.uploads(); });
  document.addEventListener("field-progress", (event) => {
    const bar = /** @type {HTMLElement} */ (document.querySelector(".meter i"));
    if (bar) bar.style.width = Math.round(/** @type {CustomEvent} */ (event).detail.part * 100) + "%";
  });
  window.addEventListener("hashchange", route);
  window.addEventListener("online", online);
  window.addEventListener("offline", strip);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) online(); });
  setInterval(() => { if (!document.hidden) { FieldDrafts.send(false).then(strip); exchange(); } }, 30000);

  (async () => {
    if (!window.isSecureContext || !window.indexedDB || !window.crypto || !crypto.subtle) {
      page("现场检查", null, -1, h("p", { className: "bad" }, "离线填写需要 https 网址和较新的浏览器。请用普通页面办理，或请系统管理员配置 https。"), h("a", { className: "btn", href: "/desk/" }, "普通页面"));
      return;
    }
    if (navigator.serviceWorker) navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/desk/" }).catch(() => null);
    try { await FieldDrafts.takeUp(); } catch (error) { tell("本机存储打不开：" + error.message); }
    route();
    online();
    if (await FieldDrafts.refresh(false) && isHome()) FieldHome.home();
    strip();
  })();
})();
