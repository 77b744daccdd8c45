// Offers whom one can mention while "@…" is typed: as a list below the text, by arrows and Enter or Tab, or a press.
// Markup: <ul id="offers" role="listbox" hidden> in the form; the server says who.
import { fragment } from "./html.js";

const typed = /(^|[\s(>])@([\p{L}\p{N}._-]{0,40})$/u;

/** Helps in a form's text field; insert(area, from, to, text) puts text there. */
export function offer(form, area, insert) {
  const list = form.querySelector("#offers");
  let timer, at = -1;
  const begins = () => typed.exec(area.value.slice(0, area.selectionStart))?.[2];
  const choose = (n) => {
    const all = list.children;
    all[at]?.removeAttribute("aria-selected");
    at = all.length ? (n + all.length) % all.length : -1;
    all[at]?.setAttribute("aria-selected", "true");
    if (at < 0) area.removeAttribute("aria-activedescendant");
    else area.setAttribute("aria-activedescendant", all[at].id);
  };
  const close = () => {
    list.hidden = true;
    list.replaceChildren();
    choose(0);
  };
  const take = (li) => {
    const to = area.selectionStart;
    insert(area, to - begins().length, to, `${li.dataset.handle} `);
    close();
  };
  const ask = async () => {
    const word = begins();
    if (word === undefined) return close();
    try {
      const { place, ref } = form.elements;
      const [found] = await fragment("/mentions", "mentions", { method: "POST", body: new URLSearchParams({ begins: word, place: place.value, ref: ref.value }) });
      if (word !== begins()) return;
      list.replaceChildren(...found.children);
      list.hidden = !list.children.length;
      choose(0);
    } catch {
      close();
    }
  };
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  area.addEventListener("input", () => {
    clearTimeout(timer);
    if (begins() === undefined) close();
    else timer = setTimeout(ask, 150);
  });
  area.addEventListener("keydown", (e) => {
    if (list.hidden || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || e.isComposing) return;
    if (e.key === "ArrowDown") choose(at + 1);
    else if (e.key === "ArrowUp") choose(at - 1);
    else if (e.key === "Enter" || e.key === "Tab") take(list.children[at]);
    else if (e.key === "Escape") close();
    else return;
    e.preventDefault();
  });
  area.addEventListener("blur", () => setTimeout(close, 200));
  list.addEventListener("pointerdown", (e) => {
    const li = e.target.closest("li");
    if (!li) return;
    e.preventDefault();
    take(li);
  });
}
