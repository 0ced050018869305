// Keys of the queue: what bears data-press is opened, written in or pressed. All of it works without.
"use strict";

let afterG = false;

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

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  let off = false;
  try { off = localStorage.getItem("desk-keys-off") === "1"; } catch { /* they are on */ }
  if (writing || off || event.ctrlKey || event.altKey || event.metaKey) { return; }
  const wasG = afterG;
  afterG = event.key === "g" && !wasG;
  if (wasG || !/^[a-z]$/.test(event.key)) { return; }
  const element = document.querySelector(`[data-press="${event.key}"]`);
  if (element) { event.preventDefault(); pressed(element); return; }
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length && "jk".includes(event.key)) {
    const here = rows.indexOf(document.activeElement);
    const place = event.key === "j" ? here + 1 : Math.max(here - 1, 0);
    rows[Math.min(place, rows.length - 1)].focus();
  }
});
