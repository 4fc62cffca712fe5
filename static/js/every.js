"use strict";
// "本页全选": one box that ticks those of its form.
document.querySelectorAll("#every").forEach((box) => {
  box.addEventListener("change", () => {
    box.form.querySelectorAll("input[type=checkbox][name=line]").forEach((each) => { each.checked = box.checked; });
  });
});
