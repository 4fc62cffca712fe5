"use strict";
// "本页全选": one box that ticks those of its form.
document.querySelectorAll("#every").forEach((/** @type {HTMLInputElement} */ box) => {
  box.addEventListener("change", () => {
    box.form.querySelectorAll("input[type=checkbox][name=line]").forEach((/** @type {HTMLInputElement} */ each) => { each.checked = box.checked; });
  });
});
