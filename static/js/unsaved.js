"use strict";
// What was typed into a sheet and is not saved yet is not lost by a step elsewhere: the browser asks first.
document.querySelectorAll("form[data-sheet]").forEach((form) => {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  window.addEventListener("beforeunload", (leaving) => {
    if (!typed) return;
    leaving.preventDefault();
    leaving.returnValue = ""; // old Chromium asks for it
  });
});
