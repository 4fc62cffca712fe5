/* The few parts that the phone's pages are made of. Plain DOM, no library, nothing newer than Chromium 83. */
// @ts-check
"use strict";

const FieldParts = (() => {
  const app = document.getElementById("app"), title = document.getElementById("title"), steps = document.getElementById("steps");
  const back = /** @type {HTMLAnchorElement} */ (document.getElementById("back")), toast = document.getElementById("toast");
  const STEPS = ["到场", "检查", "看一遍", "签名", "上传"];
  let urls = [], old = [], gone = 0, shown = "";

  function h(tag, props, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    }
    for (const child of children.flat(9)) if (child !== null && child !== undefined && child !== false) made.append(child);
    return made;
  }

  function tell(text) {
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(gone);
    gone = window.setTimeout(() => { toast.hidden = true; }, 6000);
  }

  /** The day so many days from today, by the time put right. */
  function day(offset) { return FieldContent.dayOf(FieldClock.now().getTime() + offset * 86400000); }

  function clock(text) {
    const then = new Date(text);
    return `${then.getMonth() + 1}月${then.getDate()}日 ${FieldContent.hour(text)}`;
  }

  function full(error) { return error && (error.name === "QuotaExceededError" || /quota/i.test(String(error.message || error))); }

  /** A page: its name, where 返回 leads (null: nowhere), which of the five steps it is (-1: none). */
  function page(name, backTo, step, ...children) {
    // What was made for this page before it was shown stays; what the last one showed goes.
    old.forEach((each) => URL.revokeObjectURL(each));
    old = urls;
    urls = [];
    const at = window.scrollY, same = shown === location.hash;
    shown = location.hash;
    title.textContent = name;
    back.hidden = backTo === null;
    back.href = "#" + (backTo || "");
    steps.hidden = step < 0;
    steps.textContent = "";
    if (step >= 0) steps.append(...STEPS.map((each, n) => h("li", { className: n < step ? "done" : n === step ? "now" : "", "aria-current": n === step ? "step" : "false" }, each)));
    app.textContent = "";
    app.append(...children.flat(9).filter(Boolean));
    window.scrollTo(0, same ? at : 0);  // made anew under a finger, it stays where it was
  }

  const foot = (...children) => h("div", { className: "foot" }, h("div", {}, children));
  // Also to the page that is there already: something may have been drawn over it.
  const go = (hash) => { if (location.hash.slice(1) === hash) window.dispatchEvent(new Event("hashchange")); else location.hash = hash; };
  const button = (text, onclick, more) => h("button", Object.assign({ type: "button", onclick }, more), text);
  /** A button that asks once more, in itself, before it does what cannot be undone. */
  function twice(text, again, onclick, more) {
    let armed = 0;
    const made = button(text, () => {
      if (armed) { clearTimeout(armed); onclick(); return; }
      made.textContent = again;
      armed = window.setTimeout(() => { armed = 0; made.textContent = text; }, 5000);
    }, more);
    return made;
  }
  /** Whether the page that was asked for is still the one that is wanted, after something was waited for. */
  function still() { const at = location.hash; return () => location.hash === at; }
  const card = (...children) => h("section", { className: "card" }, children);
  const note = (kind, ...children) => h("p", { className: kind }, children);

  function picks(options, value, choose, failing) {
    return h("div", { className: "row pick", role: "group" }, options.map(([code, said]) => h("button", {
      type: "button", className: code === failing ? "fail" : "", "aria-pressed": String(code === value), "data-value": code,
      onclick: (event) => {
        for (const each of event.currentTarget.parentNode.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
        choose(code);
      },
    }, said)));
  }

  // No half of a pair, no NUL: what neither a database nor a paper can hold.
  const plain = (text) => text.replace(/\0/g, "").replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/g, "").replace(/(^|[^\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "$1");

  /** A field that writes into `holder[name]`; `then` is told of every letter. */
  function field(label, holder, name, then, options) {
    const kind = Object.assign({ rows: 0, type: "text", hint: "" }, options), id = kind.id || "i" + Math.random().toString(36).slice(2);
    const input = kind.rows ? h("textarea", { id, rows: kind.rows }) : h("input", { id, type: kind.type });
    input.value = holder[name] || "";
    if (kind.max) input.maxLength = kind.max;
    input.addEventListener("input", () => { holder[name] = plain(input.value); then(); });
    return [h("label", { htmlFor: id }, label, kind.hint ? h("small", {}, "　" + kind.hint) : null), input];
  }

  function choice(name, options, value, choose) {
    return options.map(([code, said, hint]) => h("label", { className: "choice" },
      h("input", { type: "radio", name, value: code, checked: code === value, onchange: () => choose(code) }), h("span", {}, h("b", {}, said), hint ? h("small", {}, hint) : null)));
  }

  function tick(text, checked, change) {
    return h("label", { className: "tickbox" }, h("input", { type: "checkbox", checked, onchange: (event) => change(event.target.checked) }), h("span", {}, text));
  }

  /** An address for bytes on the phone, good until the next page. */
  function addressOf(data, type) {
    const url = URL.createObjectURL(new Blob([data], { type }));
    urls.push(url);
    return url;
  }

  return { h, tell, day, clock, full, page, foot, go, button, twice, still, card, note, picks, field, choice, tick, plain, addressOf };
})();
