// Helps with writing: marks, preview, a send key, one submit per click, a warning before unsent text is left. Markup:
// <form class="composer"> <div class="marks" role="toolbar" hidden> <button type="button" data-md="bold">… </div>
// <textarea name="source" maxlength> <div class="preview prose" data-preview-out hidden aria-live="polite"></div>
// <button name="preview" data-preview data-failed="…"> <span data-left="{n} characters left" role="status"></span>
import { fragment, make } from "./html.js";
import { offer } from "./mention.js";

const around = { bold: ["**", "**"], italic: ["*", "*"], code: ["`", "`"], link: ["[", "](https://)"] };
const before = { quote: "> ", spoiler: ">! ", list: "- " };

// insert keeps the browser's undo where it can.
function insert(area, from, to, text) {
  area.focus();
  area.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) area.setRangeText(text, from, to, "end");
}

/** Puts a mark around, or before each line of, the selection. */
export function mark(area, kind) {
  let { selectionStart: a, selectionEnd: b, value } = area;
  if (around[kind]) {
    const [l, r] = around[kind];
    insert(area, a, b, l + value.slice(a, b) + r);
    area.setSelectionRange(a + l.length, b + l.length);
    return;
  }
  a = value.lastIndexOf("\n", a - 1) + 1;
  insert(area, a, b, value.slice(a, b).replace(/^/gm, before[kind]));
}

function preview(form, area, button) {
  const out = form.querySelector("[data-preview-out]");
  button.addEventListener("click", async (e) => {
    e.preventDefault();
    const shown = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", !shown);
    out.hidden = shown;
    if (shown) return;
    try {
      out.replaceChildren(...(await fragment("/preview", "preview", { method: "POST", body: new URLSearchParams({ source: area.value }) })));
    } catch {
      out.textContent = button.dataset.failed;
    }
  });
}

// hints says what looks like a confidence, when the writer rests; each leads to where it stands.
function hints(form, area, out) {
  let timer, asked;
  const of = (...names) => Object.fromEntries(names.map((n) => [n, form.elements[n]?.value ?? ""]));
  const ask = async () => {
    const source = area.value, title = form.querySelector("[name=title]")?.value ?? "";
    if (source + title === asked) return;
    asked = source + title;
    try {
      const [found] = await fragment("/hints", "hints", { method: "POST", body: new URLSearchParams({ source, title, ...of("masked", "place", "ref") }) });
      if (found.textContent.trim() !== out.textContent.trim()) out.replaceChildren(...found.childNodes);
    } catch { /* it is looked at again when it is posted */ }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 1200);
  });
  out.addEventListener("click", (e) => {
    const words = e.target.closest("[data-find]")?.textContent;
    const at = words ? area.value.indexOf(words) : -1;
    if (at < 0) return;
    area.focus();
    area.setSelectionRange(at, at + words.length);
  });
}

// alike shows topics that may have asked the same before, while a title is typed.
function alike(title, out) {
  let timer;
  title.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        const [found] = await fragment("/search/similar", "similar", { method: "POST", body: new URLSearchParams({ title: title.value }) });
        if (found.textContent.trim() !== out.textContent.trim()) out.replaceChildren(...found.childNodes);
      } catch { /* it was only an offer */ }
    }, 600);
  });
}

// quote puts a quotation of the chosen words, or of the whole post, where the writing goes on.
export async function quote(area, post, words) {
  const [p] = await fragment(`/p/${post}/quote`, "quote", { method: "POST", body: new URLSearchParams({ words }) });
  const before = area.value.slice(0, area.selectionStart);
  insert(area, area.selectionStart, area.selectionEnd, `${before && !before.endsWith("\n\n") ? "\n\n" : ""}${p.textContent}\n\n`);
}

function left(area, out) {
  const n = area.maxLength - area.value.length;
  out.textContent = area.maxLength > 0 && n < area.maxLength / 10 ? out.dataset.left.replace("{n}", n) : "";
}

// keep has the server keep what is written, when the writer rests or goes. Where another window kept something newer it asks.
// It gives what tells whether there is something that nobody keeps yet.
function keep(form, area, sending) {
  const out = form.querySelector("[data-kept]");
  const now = () => new URLSearchParams([...new FormData(form)].filter(([n, v]) => n !== "kept" && v.trim));
  const words = () => (area.value + (form.elements.title?.value ?? "") + (form.elements.poll_options?.value ?? "")).trim();
  let timer, kept = `${now()}`;
  const dirty = () => !sending() && words() && `${now()}` !== kept;
  const send = async (over) => {
    if (!dirty()) return;
    const body = now(), saved = `${body}`;
    if (over === true) body.set("over", 1);
    body.set("kept", form.elements.kept.value);
    try {
      const [p] = await fragment("/drafts", "kept", { method: "POST", body, keepalive: saved.length < 2e4 });
      form.elements.kept.value = p.dataset.version;
      kept = saved;
      out.replaceChildren(...p.childNodes);
    } catch (e) {
      if (e.message !== "409") return; // it is tried again
      const act = (words, onclick) => make("button", { type: "button", className: "act", onclick }, words);
      out.replaceChildren(out.dataset.newer, act(out.dataset.theirs, () => { form.reset(); kept = `${now()}`; location.reload(); }), act(out.dataset.mine, () => send(true)));
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(send, 5000);
  });
  addEventListener("visibilitychange", () => document.hidden && send());
  return dirty;
}

function enhance(form) {
  const area = form.querySelector("textarea");
  if (location.hash === "#composer") area.focus();
  const send = form.querySelector("[data-send]");
  let sending = false;
  const dirty = keep(form, area, () => sending);
  const like = form.querySelector("[data-similar]");
  if (like) alike(form.elements.title, like);

  form.addEventListener("submit", (e) => {
    if (sending) return e.preventDefault();
    sending = true;
    send.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => {
    sending = false;
    send.removeAttribute("aria-disabled");
  });
  addEventListener("beforeunload", (e) => dirty() && e.preventDefault());
  area.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      form.requestSubmit(send);
    } else if ((e.ctrlKey || e.metaKey) && !e.altKey && { b: 1, i: 1 }[e.key]) {
      e.preventDefault();
      mark(area, e.key === "b" ? "bold" : "italic");
    }
  });
  for (const b of form.querySelectorAll("[data-md]")) {
    b.closest(".marks").hidden = false;
    b.addEventListener("click", () => mark(area, b.dataset.md));
  }
  const show = form.querySelector("[data-preview]");
  if (show) preview(form, area, show);
  offer(form, area, insert);
  hints(form, area, form.querySelector("[data-hints]"));
  let chosen = ""; // pressing the link may end the selection
  const choose = (link) => {
    const s = getSelection(), prose = link.closest("article.post").querySelector(".prose");
    return s.rangeCount && prose.contains(s.getRangeAt(0).commonAncestorContainer) ? s.toString() : "";
  };
  addEventListener("pointerdown", (e) => {
    const link = e.target.closest?.("[data-quote]");
    chosen = link ? choose(link) : "";
  }, true);
  addEventListener("click", (e) => {
    const link = e.target.closest?.("[data-quote]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    quote(area, link.closest("article.post").id.slice(1), chosen || choose(link)).catch(() => (location.href = link.href));
  });
  const out = form.querySelector("[data-left]");
  if (out) area.addEventListener("input", () => left(area, out));
}

export const start = () => document.querySelectorAll("form.composer").forEach(enhance);
