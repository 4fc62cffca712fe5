"use strict";
// The sheet adds itself up while one types; what it means for days and share is computed when it is saved.
const sheet = document.querySelector("table.sheet");
if (sheet) {
  const number = (text) => (/^[0-9]+$/.test(text) ? Number(text) : 0);
  const add = () => {
    let total = 0;
    sheet.querySelectorAll("tbody tr").forEach((row) => {
      const cells = row.querySelectorAll("input[name^=number-]");
      let sum = 0;
      cells.forEach((/** @type {HTMLInputElement} */ each) => { sum += number(each.value); });
      const out = row.querySelector("[data-sum]");
      if (out && (sum || cells.length && !out.textContent.trim())) out.textContent = sum ? String(sum) : "";
      total += sum || number(out ? out.textContent.trim() : "");
    });
    sheet.querySelector("[data-total]").textContent = String(total);
  };
  sheet.addEventListener("input", add);
}
