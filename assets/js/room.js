// A room: what is said appears at once and is replaced by the server's line; nothing typed is lost. Markup:
// <div id="log" role="log"><div> <div class="say" data-seq="18" data-by="7">… </div>
// <form class="line" data-room="room:3" data-me="7" data-name="Ana" data-zone="Europe/Paris" data-wait="sending" data-failed="not sent" data-again="Try again" data-mend="Change">
//   <p role="status" data-state data-offline="No connection…"></p> <button type="button" data-newer hidden data-one data-many>
//   <textarea name="text">
import { join, nonce, say, watch } from "./live.js";
import { count, elements, fragment, make } from "./html.js";

export function start() {
  const form = document.querySelector("form[data-room]");
  const log = document.getElementById("log");
  const lang = document.documentElement.lang || undefined;
  const list = log.firstElementChild;
  const { room, wait, failed, again, change, mend, me, name, zone } = form.dataset;
  const text = form.elements.text;
  const newer = form.querySelector("[data-newer]");
  const status = form.querySelector("[data-state]");
  const here = document.getElementById("here");
  const pending = new Map(); // nonce → element
  const unsent = new Map(); // nonce → [words, sure]
  let below = 0, online = false;

  const seqOf = (e) => Number(e.dataset.seq) || 0;
  const lines = () => [...log.querySelectorAll("[data-seq]")];
  const toldOf = (e) => Number(e.dataset.told) || seqOf(e);
  const lastSeq = () => lines().reduce((n, e) => Math.max(n, toldOf(e)), 0);
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => {
    log.scrollTop = log.scrollHeight;
    below = 0;
    newer.hidden = true;
  };

  // place puts a line where its number belongs, once; lines not yet numbered stay last.
  function place(line, seq, id, mine) {
    const stay = mine || atEnd();
    log.querySelector("[data-empty]")?.remove();
    pending.get(id)?.remove();
    pending.delete(id);
    own(line, mine);
    line.dataset.seq = seq;
    const had = seq && log.querySelector(`[data-seq="${Number(seq)}"]`);
    if (had) { // it was changed
      line.classList.toggle("more", had.classList.contains("more"));
      if (toldOf(line) > toldOf(had)) had.replaceWith(line);
      return;
    }
    if (toldOf(line) > seq && seq < seqOf(lines()[0] ?? line)) return; // of one that is not on this page
    const before = lines().reverse().find((e) => seqOf(e) < seq);
    const first = lines()[0] ?? log.querySelector(".waiting");
    before ? before.after(line) : list.insertBefore(line, first);
    line.classList.toggle("more", !!line.dataset.by && before?.dataset.by === line.dataset.by && line.previousElementSibling === before);
    if (stay) return toEnd();
    newer.textContent = count(newer, ++below);
    newer.hidden = false;
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

  // own puts the way to change it on a line of the reader's, which came as for everybody.
  function own(line, mine) {
    const { id, by } = line.dataset;
    if (!id || !(mine || (me && by === me)) || line.querySelector("[data-own]")) return;
    const a = make("a", { className: "quiet small", href: `/said/${Number(id)}/change`, textContent: mend });
    a.dataset.own = "";
    line.querySelector("header").append(a);
  }

  async function fill() { // the gap was too wide for the socket
    try {
      for (const e of await fragment(`${location.pathname}?after=${lastSeq()}`, "messages"))
        if (seqOf(e)) place(e, seqOf(e), e.dataset.nonce);
    } catch { /* the next hint asks again */ }
  }

  function deliver(words, id, sure = false) {
    const old = pending.get(id);
    const note = make("p", { className: "small quiet", textContent: wait });
    const line = make("div", { className: "say waiting" }, make("div", {}, make("header", {}, make("b", { textContent: name })), make("p", { textContent: words }), note));
    if (old) old.replaceWith(line);
    else list.append(line);
    line.classList.toggle("more", !!me && lines().pop()?.dataset.by === me);
    pending.set(id, line);
    toEnd();
    say(room, words, id, sure, form.elements.told?.value ?? "").then(({ seq }) => {
      if (!pending.has(id) || !seq) return; // the line itself came already
      Object.assign(line.dataset, { seq, by: me });
      line.classList.remove("waiting");
      note.remove();
    }).catch((why) => {
      if (!pending.has(id)) return;
      if (!why.message && !online) return void unsent.set(id, [words, sure]); // sent when the connection is back
      const act = (textContent, onclick) => make("button", { type: "button", className: "act", textContent, onclick });
      const acts = [act(why.hint || again, () => deliver(words, id, !!why.hint))];
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

  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const words = text.value.trim();
    text.focus();
    if (!words) return;
    text.value = "";
    deliver(words, nonce());
  });
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      form.requestSubmit();
    } else if (e.key === "ArrowUp" && !text.value) [...log.querySelectorAll("[data-own]")].pop()?.click();
  });
  newer.addEventListener("click", toEnd);
  log.addEventListener("scroll", () => atEnd() && !newer.hidden && toEnd(), { passive: true });
  addEventListener("beforeunload", (e) => (log.querySelector(".waiting") || text.value.trim()) && e.preventDefault());

  watch((now) => {
    online = now.online;
    status.hidden = online;
    status.textContent = online ? "" : now.words || status.dataset.offline;
    if (!online) return;
    const again = [...unsent];
    unsent.clear();
    for (const [id, [words, sure]] of again) deliver(words, id, sure);
  });
  join(room, {
    after: lastSeq(),
    on(m) {
      if (m.is === "message" || m.is === "altered") {
        const [line] = elements(m.html);
        if (line) place(local(line), m.of, m.nonce, pending.has(m.nonce));
      } else if (m.is === "hidden") log.querySelector(`[data-seq="${Number(m.of)}"]`)?.remove();
      else if (m.is === "changed") fill();
      else if (m.is === "here" && here) here.replaceChildren(...m.people.map((p) => make("li", { textContent: p })));
      else if (m.is === "left") {
        status.hidden = false;
        status.textContent = m.words;
        form.querySelector("button:not([type=button])").disabled = true;
      }
    },
  });
  toEnd();
}
