"use strict";
// 监督台 keeps itself up to date without losing the place: the part that lives is fetched and put in; not while
// somebody writes in it.
const PAUSE = 20000;
const isWriting = (part) => Array.from(part.querySelectorAll("input[type=text]")).some(
  (each) => each.value || each === document.activeElement
);
const refresh = async () => {
  const part = document.getElementById("live");
  if (!part || document.hidden || isWriting(part)) return;
  const answer = await fetch(location.pathname + location.search, { credentials: "same-origin" }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  if (fresh && !isWriting(part)) part.replaceChildren(...fresh.childNodes);
};
if (document.getElementById("live")) setInterval(refresh, PAUSE);
