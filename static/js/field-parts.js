/* The few parts that the phone's pages are made of. Plain DOM, no library, nothing newer than Chromium 83. */
// @ts-check
"use strict";

const FieldParts = (() => {
  const app = document.getElementById("app"), title = document.getElementById("title");
  const back = /** @type {HTMLAnchorElement} */ (document.getElementById("back")), toast = document.getElementById("toast");
  let urls = [], gone = 0;

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

  function day(offset) {
    const then = new Date(Date.now() + offset * 86400000);
    return `${then.getFullYear()}-${String(then.getMonth() + 1).padStart(2, "0")}-${String(then.getDate()).padStart(2, "0")}`;
  }

  function clock(text) {
    const then = new Date(text);
    return `${then.getMonth() + 1}月${then.getDate()}日 ${String(then.getHours()).padStart(2, "0")}:${String(then.getMinutes()).padStart(2, "0")}`;
  }

  function full(error) { return error && (error.name === "QuotaExceededError" || /quota/i.test(String(error.message || error))); }

  function page(name, backTo, ...children) {
    urls.forEach((each) => URL.revokeObjectURL(each));
    urls = [];
    title.textContent = name;
    back.hidden = !backTo && backTo !== "";
    back.href = "#" + (backTo || "");
    app.textContent = "";
    app.append(...children.flat(9).filter(Boolean));
    window.scrollTo(0, 0);
  }

  const foot = (...children) => h("div", { className: "foot" }, h("div", {}, children));
  const go = (hash) => { location.hash = hash; };

  function picks(options, value, choose, failing) {
    return h("div", { className: "row pick", role: "group" }, options.map(([code, said]) => h("button", {
      type: "button", className: code === failing ? "fail" : "", "aria-pressed": String(code === value), "data-value": code,
      onclick: (event) => {
        for (const each of event.currentTarget.parentNode.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
        choose(code);
      },
    }, said)));
  }

  /** An address for bytes on the phone, good until the next page. */
  function addressOf(data, type) {
    const url = URL.createObjectURL(new Blob([data], { type }));
    urls.push(url);
    return url;
  }

  return { h, tell, day, clock, full, page, foot, go, picks, addressOf };
})();
