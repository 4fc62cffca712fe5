"use strict";
// The slips are shown once: printed by a button, and not left by a slip of the finger.
document.getElementById("print").addEventListener("click", () => window.print());
let leaves = false;
document.querySelectorAll(".acts a").forEach((each) => each.addEventListener("click", () => { leaves = true; }));
window.addEventListener("beforeunload", (leaving) => {
  if (leaves) return;
  leaving.preventDefault();
  leaving.returnValue = ""; // old Chromium asks for it
});
