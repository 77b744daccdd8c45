// One websocket per page. Frames hold JSON objects, one a line. After a loss it returns with jittered backoff, joins
// again with the last sequence number seen, and the server fills the gap.
import { fragment } from "./html.js";

const channels = new Map(); // name → {after, on}
const said = new Map(); // nonce → {resolve, reject, timer}
const watchers = new Set();
let socket, tries = 0, timer, stopped = false;
let state = { online: false, words: "" };

const isOpen = () => socket?.readyState === 1;
const send = (o) => isOpen() && socket.send(JSON.stringify(o));

function tell(online, words = "") {
  state = { online, words, stopped };
  for (const w of watchers) w(state);
}

/** Calls f now and on each change with {online, words, stopped}. */
export function watch(f) {
  watchers.add(f);
  f(state);
}

/** Listens on a channel from sequence number `after`; `on` gets each object the server says about it. */
export function join(channel, { after = 0, on }) {
  channels.set(channel, { after, on });
  if (isOpen()) send({ v: 1, do: "join", on: channel, after });
  else connect();
}

export function leave(channel) {
  if (channels.delete(channel)) send({ do: "leave", on: channel });
}

/** Sends what needs no answer; while there is no connection it is dropped. */
export const order = (o) => void send(o);

export const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

/** Says text in a room; resolves when the server has it. After a rejection call again with the same id: it counts once. */
export function say(channel, text, { id = nonce(), sure = false, told = "", to = 0, files = "" } = {}) {
  return new Promise((resolve, reject) => {
    if (!isOpen()) return reject(new Error(""));
    said.set(id, { resolve, reject, timer: setTimeout(() => settle(id, "reject", new Error("")), 15000) });
    send({ do: "say", on: channel, text, nonce: id, sure, told, to, files });
  });
}

function settle(id, how, value) {
  const s = said.get(id);
  if (!s) return;
  said.delete(id);
  clearTimeout(s.timer);
  s[how](value);
}

function receive(m) {
  const c = channels.get(m.on);
  if (m.nonce && m.is === "error") settle(m.nonce, "reject", Object.assign(new Error(m.words), { hint: m.hint }));
  else if (m.nonce) settle(m.nonce, "resolve", m);
  if (!c) return;
  if (m.seq > c.after && m.is !== "ack") c.after = m.seq;
  if (m.is === "left") channels.delete(m.on);
  c.on(m);
}

function connect() {
  clearTimeout(timer);
  if (stopped || channels.size < (bell ? 2 : 1) || (socket && socket.readyState < 2)) return;
  const s = (socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws"));
  s.onopen = () => {
    for (const [on, { after }] of channels) send({ v: 1, do: "join", on, after });
    tell(true);
  };
  s.onmessage = ({ data }) => {
    tries = 0;
    for (const line of data.split("\n")) if (line.trim()) receive(JSON.parse(line));
  };
  s.onclose = ({ code, reason }) => {
    if (s !== socket) return;
    stopped = code === 4403 || code === 4429;
    tell(false, stopped ? reason : "");
    for (const id of [...said.keys()]) settle(id, "reject", new Error(""));
    if (!stopped) timer = setTimeout(connect, Math.min(15000, 300 * 2 ** tries++) * (0.5 + Math.random() / 2));
  };
}

// The bell: what is new is told while a page is open that has a socket anyhow.
const bell = document.querySelector("[data-bell]");
if (bell)
  channels.set(`notices:${bell.dataset.bell}`, { after: 0, on: (m) => m.is === "changed" && fragment("/account/news", "bell").then(([fresh]) => fresh && bell.replaceChildren(...fresh.childNodes)).catch(() => {}) });

function now() {
  if (!document.hidden && navigator.onLine) connect();
}
addEventListener("online", now);
document.addEventListener("visibilitychange", now);
addEventListener("pageshow", now);
setInterval(() => send({ do: "ping" }), 25000);
