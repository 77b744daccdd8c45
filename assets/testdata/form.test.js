const area = document.getElementById("source");
const marks = document.querySelector(".marks");
await until("marks shown", () => !marks.hidden);
const style = (kind, text, from, to) => {
  area.value = text;
  area.focus();
  area.setSelectionRange(from, to);
  document.querySelector(`[data-md=${kind}]`).click();
  return area.value;
};
same("bold", style("bold", "say it", 4, 6), "say **it**");
same("selection kept", area.value.slice(area.selectionStart, area.selectionEnd), "it");
same("italic", style("italic", "it", 0, 2), "*it*");
same("code", style("code", "it", 0, 2), "`it`");
same("link", style("link", "it", 0, 2), "[it](https://)");
same("quote", style("quote", "a\nb\nc", 2, 5), "a\n> b\n> c");
same("list", style("list", "a\nb", 0, 3), "- a\n- b");

area.value = "x".repeat(46);
area.dispatchEvent(new Event("input"));
same("left", document.querySelector("[data-left]").textContent, "4 left");
document.querySelector("[data-preview]").click();
await until("preview", () => document.querySelector("[data-preview-out] p")?.textContent === "cooked 46");
document.querySelector("[data-preview]").click();
same("preview folded", document.querySelector("[data-preview-out]").hidden, true);

const offers = document.getElementById("offers");
const type = (text) => {
  area.focus();
  area.value = text;
  area.setSelectionRange(text.length, text.length);
  area.dispatchEvent(new Event("input", { bubbles: true }));
};
type("hello @an");
await until("offers", () => !offers.hidden);
same("the first is chosen", area.getAttribute("aria-activedescendant"), "offer-1");
same("arrow down", [press(area, "ArrowDown"), area.getAttribute("aria-activedescendant")], [true, "offer-2"]);
press(area, "ArrowDown");
press(area, "ArrowUp");
same("round", area.getAttribute("aria-activedescendant"), "offer-2");
press(area, "Enter");
same("taken", [area.value, offers.hidden, area.getAttribute("aria-activedescendant")], ["hello @anna ", true, null]);
same("arrows are arrows again", press(area, "ArrowDown"), false);
type("me@an");
await new Promise((r) => setTimeout(r, 400));
same("an address is no mention", offers.hidden, true);
type("(@");
await until("offers of nothing typed", () => !offers.hidden);
press(area, "Escape");
same("closed", [offers.hidden, area.value], [true, "(@"]);
type("@zo");
await new Promise((r) => setTimeout(r, 400));
same("nobody", offers.hidden, true);
type("@a");
await until("offers again", () => !offers.hidden);
offers.children[0].dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, cancelable: true }));
same("pressed", area.value, "@ann ");

let sends = 0;
const form = area.form;
form.addEventListener("submit", (e) => {
  if (!e.defaultPrevented) sends++;
  e.preventDefault();
});
const leaving = new Event("beforeunload", { cancelable: true });
dispatchEvent(leaving);
same("warns of unsaved text", leaving.defaultPrevented, true);
press(area, "Enter");
same("Enter is a newline", sends, 0);
press(area, "Enter", { ctrlKey: true });
press(area, "Enter", { ctrlKey: true });
same("sent once", sends, 1);

const show = document.querySelector("[data-show]");
await until("show", () => !show.hidden);
show.click();
same("shown", [document.getElementById("password").type, show.textContent], ["text", "Hide"]);
show.click();
same("hidden", [document.getElementById("password").type, show.textContent], ["password", "Show"]);

await until("relative", () => /years ago/.test(document.querySelector("time").textContent));

area.blur();
same("keys start off", press(document.body, "j"), false);
await until("help", () => press(document.body, "?") || document.querySelector("dialog").open);
document.querySelector("dialog").close();
press(document.body, "j");
same("j", document.activeElement.id, "one");
press(document.activeElement, "j");
same("j j", document.activeElement.id, "two");
press(document.activeElement, "k");
same("k", document.activeElement.id, "one");
press(document.body, "/");
same("/", document.activeElement.id, "q");
same("not in fields", press(document.activeElement, "j"), false);
press(document.body, "r");
same("r", document.activeElement.id, "source");
