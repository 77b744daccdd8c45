// Offers what may be meant while something is typed into a search field: by arrows and Enter, or a press. Enter without a choice searches.
// Markup: <form> <input type="search"> <ul id="suggested" role="listbox" data-within="group=1&…" hidden></ul>; the server says what.
import { fragment } from "./html.js";

export function start() {
  const list = document.querySelector("#suggested");
  const field = list.closest("form").querySelector("input");
  let timer, at = -1, asked;
  const choose = (n) => {
    const all = list.children;
    all[at]?.removeAttribute("aria-selected");
    at = all.length && n >= -1 ? (n === -1 || n === all.length ? -1 : n) : all.length - 1;
    all[at]?.setAttribute("aria-selected", "true");
    all[at]?.scrollIntoView({ block: "nearest" });
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", all[at].id);
  };
  const go = (li) => li && location.assign(li.dataset.href);
  const show = (is) => {
    list.hidden = !is;
    field.setAttribute("aria-expanded", is);
    if (!is) choose(-1);
  };
  const ask = async () => {
    const q = field.value;
    if (q === asked) return; // a second answer would take away what was chosen of the first
    asked = q;
    const body = new URLSearchParams(list.dataset.within);
    body.set("q", q);
    try {
      const [found] = await fragment("/search/suggest", "suggestions", { method: "POST", body });
      if (q !== field.value || document.activeElement !== field) return;
      choose(-1);
      list.replaceChildren(...found.children);
      show(list.children.length > 0);
    } catch {
      asked = undefined;
      show(false);
    }
  };
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  show(false);
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  field.addEventListener("focus", () => {
    if (field.value !== asked || list.children.length === 0) ask();
    else show(true);
  });
  field.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.key === "Escape" && !list.hidden) show(false);
    else if (e.key === "ArrowDown" && !list.hidden) choose(at + 1);
    else if (e.key === "ArrowUp" && !list.hidden) choose(at - 1);
    else if (e.key === "Enter" && at >= 0 && !list.hidden) go(list.children[at]);
    else return;
    e.preventDefault();
  });
  field.addEventListener("blur", () => setTimeout(() => show(false), 200));
  list.addEventListener("pointerdown", (e) => e.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (e) => go(e.target.closest("li")));
  if (document.activeElement === field) ask();
}
