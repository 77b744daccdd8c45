// Single-key shortcuts (WCAG 2.1.4): off until the person opens the help by "?" on this page, or for good by
// <html data-keys="on"> from the settings; never while typing. <dialog id="keys"> holds the help.
const items = () => [...document.querySelectorAll("article.post, .topics > li, .say")];
let on = document.documentElement.dataset.keys === "on";

function step(by) {
  const all = items();
  const at = all.findIndex((e) => e.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function reply() {
  const item = document.activeElement?.closest("article.post");
  const link = item?.querySelector("[data-reply]");
  if (link) link.click();
  else document.querySelector("form.composer textarea, form[data-room] textarea")?.focus();
}

const acts = { "/": () => document.querySelector('.find input, [role="search"] input')?.focus(), j: () => step(1), k: () => step(-1), r: reply, x: () => document.activeElement?.querySelector('[type="checkbox"]')?.click() };

export function start() {
  const help = document.getElementById("keys");
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    if (e.key === "?") {
      on = true;
      help.showModal();
    } else if (on && Object.hasOwn(acts, e.key)) {
      acts[e.key]();
      e.preventDefault();
    }
  });
}
