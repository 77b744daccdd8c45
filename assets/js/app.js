// Entry: loads a module only where the page has something for it. Everything works without any of them.
// assets/build.go puts content-hashed names in the place of those below. Each module exports start(), to be called once.
const wanted = [
  ["time[data-relative]", () => import("./times.js")],
  ["#posts[data-on]", () => import("./topic.js")],
  ["form[data-room]", () => import("./room.js")],
  ["form.composer", () => import("./composer.js")],
  ["[data-files]", () => import("./attach.js")],
  ["[data-copy]", () => import("./copy.js")],
  ["[data-show]", () => import("./show.js")],
  ["[data-passkey]", () => import("./passkey.js")],
  ["[data-analytics]", () => import("./analytics.js")],
  ["dialog#keys", () => import("./keys.js")],
];
document.querySelector("#q")?.addEventListener("focus", () => import("./suggest.js").then((m) => m.start()), { once: true }); // few pages are searched from
for (const [selector, load] of wanted)
  if (document.querySelector(selector)) load().then((m) => m.start());
