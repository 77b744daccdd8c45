// Single-key shortcuts (WCAG 2.1.4): off until the person opens the help by "?" on this page, or keeps them on there
// (<html data-keys="on">); never while typing. A key presses what has it as data-key: in the item that has the focus,
// else outside of items. <dialog id="keys"> holds the help.
const item = "article.post, .topics > li, .say";
const places = { h: "/", l: "/latest", n: "/new", u: "/unread", b: "/account/bookmarks", d: "/account/drafts", m: "/account/news" };
let on = document.documentElement.dataset.keys === "on", going = -1e9;

function step(by) {
  const all = [...document.querySelectorAll(item)];
  const at = all.findIndex((e) => e.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const keyed = `[data-key="${key}"]`, here = document.activeElement.closest(item);
  if (key === "x") return here?.querySelector("[type=checkbox]")?.click();
  const e = here?.querySelector(key === "o" ? `${keyed}, a.t` : keyed) ?? [...document.querySelectorAll(keyed)].find((x) => !x.closest(item));
  e?.focus();
  if (e?.matches("a, button")) e.click();
}

export function start() {
  const help = document.getElementById("keys");
  document.addEventListener("keydown", (e) => {
    const { key } = e;
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || key.length > 1) return;
    if (e.target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]")) return;
    if (key === "?") {
      on = true;
      help.showModal();
    } else if (on) {
      if (e.timeStamp - going < 1500 && places[key]) location.href = places[key];
      else if (key === "g") going = e.timeStamp;
      else if (key === "j") step(1);
      else if (key === "k") step(-1);
      else if ("/mncrqebluox".includes(key)) press(key);
      else return;
      e.preventDefault();
    }
  });
}
