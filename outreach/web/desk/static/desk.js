// A little comfort; every page works without it.
"use strict";

// Keys: g and a letter, n, p, / and ?. They can be switched off on the page that explains them.
const OFF = "desk-keys-off";
let pressedG = false;

function keysOff() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

function go(link) {
  if (link) { link.click(); }
}

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  if (writing || event.ctrlKey || event.altKey || event.metaKey || keysOff()) { return; }
  const key = event.key;
  if (pressedG) {
    pressedG = false;
    if (key === "h") { go(document.querySelector(".brand a")); }
    else if (/^[a-z]$/.test(key)) { go(document.querySelector(`[data-key="${key}"]`)); }
    return;
  }
  if (key === "g") { pressedG = true; return; }
  // a page may have keys of its own, which come first
  const own = new CustomEvent("desk-key", { detail: key, cancelable: true });
  if (!document.dispatchEvent(own)) { event.preventDefault(); return; }
  if (key === "n") { go(document.querySelector('main [rel="next"]')); }
  else if (key === "p") { go(document.querySelector('main [rel="prev"]')); }
  else if (key === "?") { go(document.querySelector('footer a[href="/keys"]')); }
  else if (key === "/") {
    const field = document.querySelector("main input:not([type=hidden]), main select, main textarea");
    if (field) { event.preventDefault(); field.focus(); }
  }
});

const keys = document.querySelector("[data-keys]");
if (keys) {
  const button = keys.querySelector("[data-keys-switch]");
  const label = () => { button.textContent = keysOff() ? "Switch these keys on" : "Switch these keys off"; };
  button.addEventListener("click", () => {
    try { localStorage.setItem(OFF, keysOff() ? "0" : "1"); } catch { /* nothing is kept here */ }
    label();
  });
  label();
  keys.hidden = false;
}

// A form is sent once, also by a double click; the server sees to it too.
let sending = null;
document.addEventListener("submit", (event) => {
  // who downloads a file stays on the page, and may want it again
  if ("file" in event.target.dataset) { return; }
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  if (event.target.method === "post") { event.target.dataset.sent = "yes"; }
  sending = event.target;
});

function sendAgain() {
  sending = null;
  for (const form of document.forms) { delete form.dataset.sent; }
}
addEventListener("pageshow", sendAgain);

// Who leaves half a text behind is asked first: a link, a key, or another form of the page.
addEventListener("beforeunload", (event) => {
  const half = [...document.querySelectorAll("main textarea")].some((area) =>
    area.form !== sending && area.value.trim()
      && (area.value !== area.defaultValue || "own" in area.dataset));
  if (half) { event.preventDefault(); setTimeout(sendAgain); }
});

// What takes seconds is fetched piece by piece.
async function fetchParts() {
  for (const place of document.querySelectorAll("[data-fetch]")) {
    try {
      const answer = await fetch(place.dataset.fetch, { credentials: "same-origin" });
      if (!answer.ok) { continue; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = page.querySelector("[data-part]");
      if (part) { place.replaceChildren(...part.childNodes); }
    } catch { return; }
  }
}
fetchParts();

// Live counts; where the stream can't be had, the page is loaded again. A stream takes one of the few
// connections that a browser has for a host, so a page that nobody sees has none.
const live = document.querySelector("[data-live]");
if (live && window.EventSource) {
  const says = live.querySelector("[data-live-says]");
  let stream = null;
  let still = false;
  let failed = 0;
  const close = () => { stream?.close(); stream = null; };
  const open = () => {
    if (stream || still || document.hidden) { return; }
    stream = new EventSource(live.dataset.live);
    stream.addEventListener("message", (event) => {
      failed = 0;
      const counts = JSON.parse(event.data);
      counts.known = counts.audience - counts.planned - counts.claimed;
      for (const place of live.querySelectorAll("[data-count]")) {
        const value = counts[place.dataset.count];
        place.textContent = typeof value === "number" ? value.toLocaleString("en") : value;
      }
      const bar = live.querySelector("progress");
      bar.max = Math.max(counts.audience, 1);
      bar.value = counts.known;
    });
    stream.addEventListener("still", () => {
      still = true;
      close();
      if (says) { says.textContent = "Nothing moves any more."; }
    });
    stream.addEventListener("error", () => {
      failed += 1;
      if (failed > 3 || stream?.readyState === EventSource.CLOSED) {
        close();
        setTimeout(() => location.reload(), 15000);
      }
    });
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) { close(); } else { open(); } });
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}
