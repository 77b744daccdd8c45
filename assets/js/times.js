// Turns <time datetime="…" data-relative> into "2 hours ago" in the page's language; the full time stays as title, and is printed.
const steps = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const lang = document.documentElement.lang || undefined;
const words = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
const full = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "short" });

export function relative(then, now) {
  const s = (then - now) / 1000;
  for (const [unit, size] of steps) if (Math.abs(s) >= size) return words.format(Math.trunc(s / size), unit);
  return words.format(0, "second");
}

let printing = false;

function update() {
  for (const e of document.querySelectorAll("time[data-relative]")) {
    const then = Date.parse(e.dateTime);
    if (isNaN(then)) continue;
    e.title ||= full.format(then);
    const text = printing ? e.title : relative(then, Date.now());
    if (e.textContent !== text) e.textContent = text;
  }
}

export function start() {
  update();
  setInterval(() => document.hidden || update(), 60000);
  document.addEventListener("visibilitychange", () => document.hidden || update());
  new MutationObserver(update).observe(document.body, { childList: true, subtree: true });
  for (const w of ["beforeprint", "afterprint"])
    addEventListener(w, () => {
      printing = w[0] === "b";
      update();
    });
}
