const log = document.getElementById("log");
const text = document.getElementById("text");
const state = document.querySelector("[data-state]");
const seqs = () => [...log.querySelectorAll("[data-seq]")].map((e) => Number(e.dataset.seq)).slice(29);
const line = (seq, by, words) => `<div class="say" data-by="${by}"><span class="face">X</span><div><header><b>X</b></header><p>${words}</p></div></div>`;
const message = (seq, words, nonce, by = 7) => ({ is: "message", on: "room:3", seq, of: seq, html: line(seq, by, words), nonce });
const write = (words, more) => {
  text.value = words;
  return press(text, "Enter", more);
};
const ws = await until("socket", () => sockets[0]);
same("offline until joined", state.hidden, false);
ws.open();
same("joins after the last line", ws.sent[0], { v: 1, do: "join", on: "room:3", after: 30 });
same("online", state.hidden, true);

same("shift+Enter is a newline", write("a", { shiftKey: true }), false);
write("Hello <b>all</b>");
same("field emptied", text.value, "");
const said = ws.sent.at(-1);
same("says", [said.do, said.on, said.text], ["say", "room:3", "Hello <b>all</b>"]);
same("shown at once, as text", log.querySelector(".waiting p").textContent, "Hello <b>all</b>");
ws.say(message(32, "two", undefined, 9), { is: "ack", nonce: said.nonce, seq: 31 });
await until("acknowledged", () => !log.querySelector(".waiting"));
ws.say(message(31, "Hello", said.nonce), message(31, "Hello", said.nonce), message(32, "two"));
same("ordered and once", seqs(), [30, 31, 32]);

write("Refused");
ws.say({ is: "error", nonce: ws.sent.at(-1).nonce, words: "You are muted" });
const refusal = document.querySelector("[data-refused]");
await until("refusal", () => !refusal.hidden);
same("refused words are given back, with the reason", [text.value, refusal.textContent, log.querySelectorAll(".waiting").length], ["Refused", "You are muted Load", 0]);
press(text, "Enter");
same("and the reason goes when they are sent again", refusal.hidden, true);
const first = ws.sent.filter((o) => o.do === "say").at(-1).nonce;
ws.say(message(33, "Refused", first));
same("answered", [seqs(), log.querySelectorAll(".waiting").length], [[30, 31, 32, 33], 0]);

log.scrollTop = 0;
ws.say(message(34, "new", undefined, 9), message(35, "newer", undefined, 9));
const newer = document.querySelector("[data-newer]");
same("no jump", [log.scrollTop, newer.hidden, newer.textContent], [0, false, "2 new messages"]);
same("grouped", log.firstElementChild.lastElementChild.classList.contains("more"), true);
newer.click();
same("at the end", newer.hidden, true);

const altered = (seq, of, words, by = 9) => ({ is: "altered", on: "room:3", seq, of, html: line(of, by, words).replace("<div ", `<div data-told="${seq}" data-id="5${of}" `) });
ws.say(altered(36, 35, "newer, mended"), altered(37, 12, "earlier than this page"));
same("changed in its place", [seqs(), log.querySelector('[data-seq="35"] p').textContent], [[30, 31, 32, 33, 34, 35], "newer, mended"]);
ws.say(altered(38, 33, "mine, mended", 7), { is: "hidden", on: "room:3", seq: 39, of: 34 });
same("hidden is gone", seqs(), [30, 31, 32, 33, 35]);

// Answers, signs and what they stand at.
const of = log.querySelector('[data-seq="35"]');
of.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
of.querySelector(".deeds > :last-child").click();
same("one answers", [document.querySelector("[data-answers]").hidden, document.querySelector("[name=reply_to]").value, document.activeElement.id], [false, "535", "text"]);
write("An answer");
const answer = ws.sent.filter((o) => o.do === "say").at(-1);
same("it names what it answers, once", [answer.to, document.querySelector("[name=reply_to]").value], [535, ""]);
const answering = line(39, 7, "An answer").replace("<p>", '<a class="cited" href="/said/535" data-of="35"><b>X</b> <span>newer, mended</span></a><p>');
ws.say({ ...message(39, "", answer.nonce), seq: 39.1, html: answering });
same("what is answered stands above", log.querySelector(".cited").textContent, "X newer, mended");
ws.say({ ...altered(39.2, 35, "taken"), html: line(35, 9, "").replace("<div ", '<div data-told="39.2" data-id="535" ').replace("<p></p>", '<div class="prose">other words</div>') });
same("an answer says what that is now", log.querySelector(".cited span").textContent, "other words");
ws.say({ is: "hidden", on: "room:3", seq: 39.3, of: 35 });
same("and nothing of what is gone", [log.querySelector(".cited"), log.querySelector('[data-seq="35"]')], [null, null]);

write("On the way");
const lost = ws.sent.at(-1).nonce;
ws.drop(4000);
await until("offline", () => !state.hidden);
same("offline words", [state.hidden, /stays here/.test(state.textContent)], [false, true]);
write("While away");
await until("both wait", () => log.querySelectorAll(".waiting").length === 2 && !log.querySelector(".failed"));
const leaving = new Event("beforeunload", { cancelable: true });
dispatchEvent(leaving);
same("warns of unsent text", leaving.defaultPrevented, true);
const next = await until("returns", () => sockets[1]);
next.open();
same("resumes after all it was told", next.sent[0].after, 39.3);
await until("sent by itself", () => next.sent.filter((o) => o.do === "say").length === 2);
next.say(message(40, "On the way", lost), { is: "typing", on: "room:3", id: 9, name: "<i>Kofi</i>" });
same("arrived after all", [seqs().at(-1), log.querySelectorAll(".waiting").length], [40, 1]);
same("who writes, as text", document.querySelector("[data-typists]").textContent, "<i>Kofi</i> …");
next.say({ is: "ack", nonce: next.sent.filter((o) => o.do === "say").at(-1).nonce, seq: 41 });
await until("all sent", () => !log.querySelector(".waiting"));
next.say({ is: "left", on: "room:3", words: "You left" });
same("left", [state.textContent, document.querySelector(".in button").disabled], ["You left", true]);
