// A room (view/room.templ): what is said appears at once and is replaced by the server's line; nothing typed is lost.
import { join, leave, nonce, order, say, watch } from "./live.js";
import { count, elements, fragment, make } from "./html.js";
import { offer } from "./mention.js";

export function start() {
  const form = document.querySelector("form[data-room]");
  const log = document.getElementById("log");
  const lang = document.documentElement.lang || undefined;
  const list = log.firstElementChild;
  const { room, wait, failed, again, change, me, name, zone, reply, more, gone } = form.dataset;
  const text = form.elements.text;
  const newer = form.querySelector("[data-newer]");
  const status = form.querySelector("[data-state]");
  const here = document.getElementById("here");
  const answers = form.querySelector("[data-answers]");
  const pending = new Map(); // nonce → element
  const unsent = new Map(); // nonce → [words, with what]
  let below = 0, online = false, read = 0;

  const seqOf = (e) => Number(e.dataset.seq) || 0;
  const lines = () => [...log.querySelectorAll("[data-seq]")];
  const lineOf = (seq) => seq && log.querySelector(`[data-seq="${Number(seq)}"]`);
  const toldOf = (e) => Number(e.dataset.told) || seqOf(e);
  const lastSeq = () => lines().reduce((n, e) => Math.max(n, toldOf(e)), 0);
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => {
    log.scrollTop = log.scrollHeight;
    below = 0;
    newer.hidden = true;
    seen();
  };
  const seen = () => { // what is before one's eyes has been read
    const last = lines().reduce((n, e) => Math.max(n, seqOf(e)), 0);
    if (last <= read || document.hidden || !online || !atEnd()) return;
    order({ do: "read", on: room, after: (read = last) });
  };

  // place puts a line where its number belongs, once; lines not yet numbered stay last.
  function place(line, seq, id, mine) {
    const stay = mine || atEnd();
    log.querySelector("[data-empty]")?.remove();
    pending.get(id)?.remove();
    pending.delete(id);
    line.dataset.seq = seq;
    const had = lineOf(seq);
    if (had) { // it was changed
      line.classList.toggle("more", had.classList.contains("more"));
      for (const sign of had.querySelectorAll("[data-sign][data-mine]")) line.querySelector(`[data-sign="${sign.dataset.sign}"]`)?.setAttribute("data-mine", "");
      if (toldOf(line) > toldOf(had)) {
        had.replaceWith(line);
        if (had.contains(editing)) within(line, editing);
        cite(seq, line.querySelector(".prose")?.textContent.trim() || gone);
      }
      return;
    }
    if (toldOf(line) > seq && seq < seqOf(lines()[0] ?? line)) return; // of one that is not on this page
    let before = lines().reverse().find((e) => seqOf(e) < seq);
    const first = lines()[0] ?? log.querySelector(".waiting");
    if (before ? dayOf(before) !== dayOf(line) : !seqOf(first ?? log)) {
      const next = before?.nextElementSibling, day = next?.matches(".day") ? next : make("p", { className: "day", textContent: dayOf(line) });
      if (day !== next) before ? before.after(day) : list.insertBefore(day, first);
      before = day;
    }
    before ? before.after(line) : list.insertBefore(line, first);
    line.classList.toggle("more", !!line.dataset.by && !line.querySelector(".cited") && before?.dataset.by === line.dataset.by && line.previousElementSibling === before);
    if (stay) return toEnd();
    newer.textContent = count(newer, ++below);
    newer.hidden = false;
  }

  const days = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { timeZone: zone, dateStyle: "long" });
  const dayOf = (line) => days.format(new Date(line.querySelector("time")?.dateTime ?? Date.now()));

  // cite has what answers a message say what that is now; without words, nothing.
  function cite(seq, words) {
    for (const a of log.querySelectorAll(`.cited[data-of="${Number(seq)}"]`)) words ? (a.lastElementChild.textContent = words.slice(0, 120)) : a.remove();
  }

  function drop(seq) {
    lineOf(seq)?.remove();
    cite(seq);
  }

  // local puts a line that came for everybody into the reader's own zone.
  function local(line) {
    for (const e of line.querySelectorAll("header time")) {
      const at = new Date(e.dateTime);
      e.textContent = at.toLocaleTimeString(lang, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      e.title = at.toLocaleString(lang, { timeZone: zone, dateStyle: "long", timeStyle: "short" });
    }
    return line;
  }

  async function askAgain(of) { // for this reader there is more to it than for all
    const [line] = await fragment(`${location.pathname}?after=${Number(of) - 1}`, "messages").catch(() => []);
    if (line && seqOf(line) === of) lineOf(of)?.replaceWith(line);
  }

  async function fill() { // the gap was too wide for the socket
    try {
      for (const e of await fragment(`${location.pathname}?after=${lastSeq()}`, "messages"))
        if (seqOf(e)) place(e, seqOf(e), e.dataset.nonce);
    } catch { /* the next hint asks again */ }
  }

  function deliver(words, id, what = {}) {
    const old = pending.get(id);
    const note = make("p", { className: "small quiet", textContent: wait });
    const line = make("div", { className: "say waiting" }, make("div", {}, make("header", {}, make("b", { textContent: name })), make("p", { textContent: words }), note));
    if (old) old.replaceWith(line);
    else list.append(line);
    line.classList.toggle("more", !!me && lines().pop()?.dataset.by === me);
    pending.set(id, line);
    toEnd();
    say(room, words, { id, ...what, told: form.elements.told?.value ?? "" }).then(({ seq }) => {
      if (!pending.has(id) || !seq) return; // the line itself came already
      Object.assign(line.dataset, { seq, by: me });
      line.classList.remove("waiting");
      note.remove();
    }).catch((why) => {
      if (!pending.has(id)) return;
      if (!why.message && !online) return void unsent.set(id, [words, what]); // sent when the connection is back
      if (why.message && !why.hint && !text.value) return giveBack(line, id, words, why.message);
      const act = (textContent, onclick) => make("button", { type: "button", className: "act", textContent, onclick });
      const acts = [act(why.hint || again, () => deliver(words, id, { ...what, sure: !!why.hint }))];
      if (why.hint) acts.push(act(change, () => {
        pending.delete(id);
        line.remove();
        text.value = words;
        text.focus();
      }));
      note.replaceWith(make("p", { className: "failed", role: "alert" }, why.message || failed, ...acts));
      toEnd();
    });
  }

  // giveBack puts refused words back where they were written, with the reason.
  const refused = form.querySelector("[data-refused]");
  function giveBack(line, id, words, why) {
    pending.delete(id);
    line.remove();
    text.value = words;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    const reload = make("button", { type: "button", className: "act", textContent: form.dataset.load, onclick: renew });
    refused.replaceChildren(why + " ", reload);
    refused.hidden = false;
    text.focus();
  }
  let going = false;
  document.addEventListener("submit", () => (going = true));
  addEventListener("pagehide", () => (going = true));
  // renew loads the page again, unless one is on the way to another; what is typed stays, below what is said of the room now.
  async function renew() {
    if (going) return;
    if (!text.value) return location.replace(form.action);
    const fresh = (await fragment(form.action, "room").catch(() => [])).map((e) => e.querySelector(".room:has(form[data-room])")).find(Boolean);
    if (!fresh) return; // nothing can be said there now: what is typed stays here
    form.elements.told.value = fresh.querySelector("[name=told]").value;
    form.querySelector(".to .audience").replaceWith(fresh.querySelector(".to .audience"));
    log.parentNode.querySelector(".headline").replaceWith(fresh.querySelector(".headline"));
    refused.hidden = true;
  }

  // What one answers.
  const to = form.elements.reply_to;
  function answer(line) {
    to.value = line ? line.dataset.id : "";
    answers.hidden = !line;
    if (!line) return;
    const words = answers.querySelector("[data-words]");
    if (words) words.textContent = words.dataset.words.replace("{name}", line.querySelector("header b").textContent);
    text.focus();
  }
  answers.querySelector("[data-answers-not]")?.addEventListener("click", () => answer());

  // What stands at the line that is pointed at, or has the focus: the signs, answer, more.
  const tools = make("div", { className: "deeds" });
  for (const b of form.querySelector("[data-tools]")?.content.cloneNode(true).children ?? []) tools.append(b.cloneNode(true));
  tools.append(make("button", { type: "button", textContent: reply, onclick: () => answer(tools.parentNode) }));
  function point(e) {
    const line = e.target.closest?.(".say[data-id]");
    if (!line || tools.parentNode === line) return;
    for (const b of tools.querySelectorAll("[data-sign]")) {
      b.hidden = line.dataset.by === me;
      b.setAttribute("aria-pressed", !!line.querySelector(`.signs [data-sign="${b.dataset.sign}"][data-mine]`));
    }
    line.append(tools);
  }
  log.addEventListener("pointerover", (e) => e.pointerType === "mouse" && point(e)); // under a finger they would be pressed unasked
  log.addEventListener("focusin", point);
  tools.addEventListener("click", async (e) => {
    const b = e.target.closest("[data-sign]"), line = tools.parentNode;
    if (!b) return;
    const back = b.getAttribute("aria-pressed") === "true", sign = b.dataset.sign;
    const body = new URLSearchParams(back ? { sign, back: 1 } : { sign });
    const { type, status: code } = await fetch(`/said/${Number(line.dataset.id)}/react`, { method: "POST", redirect: "manual", body }).catch(() => ({}));
    if (type !== "opaqueredirect" && code >= 400) return;
    b.setAttribute("aria-pressed", !back);
    const shown = lineOf(line.dataset.seq)?.querySelector(`.signs [data-sign="${sign}"]`);
    shown?.toggleAttribute("data-mine", !back);
    given.set(`${line.dataset.seq} ${sign}`, !back);
  });
  const given = new Map(); // "seq sign" → whether the reader gives it: lines that come do not say

  // A draft is kept on the server, once one pauses.
  let keeping, kept = text.value;
  async function keep() {
    clearTimeout(keeping);
    if (text.value === kept) return;
    kept = text.value;
    await fetch("/drafts", { method: "POST", keepalive: true, headers: { Accept: "text/html; fragment=kept" }, body: new URLSearchParams({ place: "room", ref: room.slice(5), source: kept, over: 1 }) }).catch(() => {});
  }
  let typed = 0;
  if (form.querySelector("#offers")) offer(form, text, (area, from, to, words) => area.setRangeText(words, from, to, "end"));
  text.addEventListener("input", () => {
    clearTimeout(keeping);
    keeping = setTimeout(keep, 1500);
    if (text.value && Date.now() - typed > 4000) {
      typed = Date.now();
      order({ do: "type", on: room });
    }
  });
  addEventListener("pagehide", keep);

  form.addEventListener("submit", (e) => {
    e.preventDefault();
    e.stopPropagation();
    refused.hidden = true;
    const words = text.value.trim(), files = form.elements.files?.value ?? "";
    text.focus();
    if (!words && !files) return;
    text.value = "";
    deliver(words, nonce(), { to: Number(to.value) || 0, files });
    if (files) {
      form.elements.files.value = "";
      form.querySelector("[data-files] .files")?.remove();
      form.querySelector(".attach").open = false;
    }
    answer();
    keep();
  });
  const sends = (e) => e.key === "Enter" && !e.isComposing && ("breaks" in form.dataset ? e.ctrlKey || e.metaKey : !e.shiftKey);
  text.addEventListener("keydown", (e) => {
    if (e.defaultPrevented) return;
    if (sends(e)) {
      e.preventDefault();
      form.requestSubmit();
    } else if (e.key === "ArrowUp" && !text.value) {
      const own = me && lines().reverse().find((l) => l.dataset.by === me && l.dataset.id);
      if (own) e.preventDefault(), edit(own);
    } else if (e.key === "Escape") answer();
  });

  // One's own words are changed where they stand, by the form of their page.
  let editing = null;
  function within(line, form) {
    line.classList.add("editing");
    line.querySelector(".prose").after(form);
  }
  function giveUp() {
    editing?.closest(".say")?.classList.remove("editing");
    editing?.remove();
    editing = null;
    text.focus();
  }
  async function edit({ dataset: { id, seq } }) {
    const url = `/said/${Number(id)}/change`;
    function show(all) {
      const form = all.map((e) => e.querySelector(`form[action="${url}"]`)).find(Boolean), line = lineOf(seq);
      if (!form || !line) return void (location.href = url); // the page says why
      giveUp();
      const area = form.elements.text;
      area.labels[0].htmlFor = area.id = "own";
      form.className = "edit";
      within(line, (editing = form));
      area.focus();
      area.setSelectionRange(area.value.length, area.value.length);
      form.scrollIntoView({ block: "nearest" }); // all of it, not only its first line
      form.addEventListener("click", (e) => e.target.matches("a.second") && (e.preventDefault(), giveUp()));
      form.addEventListener("keydown", (e) => {
        if (e.key === "Escape") giveUp();
        else if (e.target === area && sends(e)) e.preventDefault(), form.requestSubmit();
      });
      form.addEventListener("submit", async (e) => {
        e.preventDefault();
        e.stopPropagation();
        const answer = await fetch(url, { method: "POST", redirect: "manual", body: new URLSearchParams(new FormData(form, e.submitter)) }).catch(() => null);
        if (answer?.type === "opaqueredirect") giveUp(); // how it is now comes by itself
        else if (answer) show(elements(await answer.text()));
      });
    }
    show(await fragment(url, "said").catch(() => []));
  }
  newer.addEventListener("click", toEnd);
  // What is said is read out while one is here, and what stands already is not.
  const main = log.parentNode;
  const aloud = () => log.setAttribute("aria-live", main.contains(document.activeElement) && document.hasFocus() ? "polite" : "off");
  for (const what of ["focusin", "focusout"]) main.addEventListener(what, () => setTimeout(aloud));
  for (const what of ["focus", "blur"]) addEventListener(what, aloud);
  aloud();
  log.addEventListener("scroll", () => atEnd() && toEnd(), { passive: true });
  document.addEventListener("visibilitychange", seen);
  addEventListener("beforeunload", (e) => log.querySelector(".waiting") && e.preventDefault());

  // Copying what is said under masks takes the words, and not who said them.
  if (form.elements.masked)
    log.addEventListener("copy", (e) => {
      const part = document.createElement("div");
      part.append(getSelection().getRangeAt(0).cloneContents());
      for (const x of part.querySelectorAll("header, .face, .deeds, .cited b, .signs")) x.remove();
      e.clipboardData.setData("text/plain", part.textContent.replace(/[ \t]*\n\s*/g, "\n").trim());
      e.preventDefault();
    });

  // Who writes now, and who is here.
  const typists = new Map(); // id → [name, until]
  const line = form.querySelector("[data-typists]");
  function showTypists() {
    const now = Date.now();
    for (const [id, [, until]] of typists) if (until < now) typists.delete(id);
    line.textContent = typists.size ? form.dataset.typing.replace("{names}", [...typists.values()].map(([n]) => n).slice(0, 3).join(", ")) : "";
  }
  async function whoIsHere() {
    if (here && online && !document.hidden) here.replaceChildren(...(await fragment(location.pathname, "here").catch(() => [...here.children])));
  }
  setInterval(whoIsHere, 45000);

  // What has had its time goes from the page, and what will go says when.
  function expire() {
    const now = Date.now();
    for (const e of log.querySelectorAll("[data-until]")) {
      if (Number(e.dataset.until) > now) continue;
      if (e.dataset.seq) drop(e.dataset.seq);
      else e.remove();
    }
    const ago = new Intl.RelativeTimeFormat(lang, { style: "narrow" });
    for (const e of log.querySelectorAll("[data-left]")) {
      const minutes = Math.ceil((Number(e.closest("[data-until]").dataset.until) - now) / 60000);
      e.textContent = form.dataset.erased.replace("{time}", minutes > 90 ? ago.format(Math.round(minutes / 60), "hour") : ago.format(minutes, "minute"));
    }
  }
  setInterval(expire, 10000);
  expire();
  setInterval(showTypists, 2000);

  watch((now) => {
    online = now.online;
    status.hidden = online;
    status.textContent = online ? "" : now.words || status.dataset.offline;
    if (!online) return;
    const again = [...unsent];
    unsent.clear();
    for (const [id, [words, what]] of again) deliver(words, id, what);
    setTimeout(whoIsHere, 1000 + Math.random() * 4000);
  });
  join(room, {
    after: lastSeq(),
    on(m) {
      if (m.is === "message" || m.is === "altered") {
        const [line] = elements(m.html);
        if (!line) return;
        for (const [key, mine] of given) {
          const [seq, sign] = key.split(" ");
          if (Number(seq) === m.of && mine) line.querySelector(`[data-sign="${sign}"]`)?.setAttribute("data-mine", "");
        }
        typists.delete(line.dataset.by);
        showTypists();
        place(local(line), m.of, m.nonce, pending.has(m.nonce));
        expire();
        seen();
      } else if (m.is === "hidden") drop(m.of);
      else if (m.is === "changed") fill();
      else if (m.is === "again") askAgain(m.of);
      else if (m.is === "typing" && String(m.id) !== me) {
        typists.set(String(m.id), [m.name, Date.now() + 6000]);
        showTypists();
      } else if (m.is === "renewed") { // how the room is used has changed
        if (log.querySelector(".waiting")) return;
        if (!text.value) return void renew();
        status.hidden = false; // what is typed was typed under the old words: sent, it is given back if they do not hold
        status.textContent = form.dataset.renewed;
      } else if (m.is === "left") {
        status.hidden = false;
        status.textContent = m.words;
        form.querySelector("button:not([type=button])").disabled = true;
        list.replaceChildren();
        leave(room);
      }
    },
  });
  const fresh = document.getElementById("fresh") ?? (location.hash.startsWith("#s") && document.getElementById(location.hash.slice(1)));
  toEnd();
  if (fresh) log.scrollTop -= log.getBoundingClientRect().top + log.clientHeight / 3 - fresh.getBoundingClientRect().top;
}
