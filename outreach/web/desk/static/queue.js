// Keys of the queue: what bears data-press is opened, written in or pressed. All of it works without.
"use strict";

function pressed(element) {
  if (element.matches("input, select, textarea")) { element.focus(); element.select?.(); return; }
  element.click();
  const details = element.closest("details");
  if (element.tagName === "SUMMARY" && details.open) {
    details.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
  } else if (element.hash) {
    document.querySelector(element.hash)?.focus();
  }
}

document.addEventListener("desk-key", (event) => {
  if (!/^[a-z]$/.test(event.detail)) { return; }
  const element = document.querySelector(`[data-press="${event.detail}"]`);
  if (element) { event.preventDefault(); pressed(element); return; }
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length && "jk".includes(event.detail)) {
    const here = rows.indexOf(document.activeElement);
    const place = event.detail === "j" ? here + 1 : Math.max(here - 1, 0);
    rows[Math.min(place, rows.length - 1)].focus();
  }
});
