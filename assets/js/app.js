// Entry: loads a module only where the page has something for it. Everything works without any of them.
// The names below are rewritten to content-hashed ones when the program starts (assets/build.go), so the pages need no
// import map. Each module exports start(), which may be called once per page.
const wanted = [
  ["time[data-relative]", () => import("./times.js")],
  ["#posts[data-on]", () => import("./topic.js")],
  ["form[data-room]", () => import("./room.js")],
  ["form.composer", () => import("./composer.js")],
  ["[data-files]", () => import("./attach.js")],
  ["[data-copy]", () => import("./copy.js")],
  ["[data-show]", () => import("./show.js")],
  ["[data-passkey]", () => import("./passkey.js")],
  ["dialog#keys", () => import("./keys.js")],
];
for (const [selector, load] of wanted)
  if (document.querySelector(selector)) load().then((m) => m.start());
