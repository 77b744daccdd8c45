// <button type="button" data-show="password" data-hide-word="Hide" aria-controls="password" hidden>Show</button>
export function start() {
  for (const b of document.querySelectorAll("[data-show]")) {
    const input = document.getElementById(b.dataset.show);
    const word = b.textContent;
    b.hidden = false;
    b.addEventListener("click", () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      b.textContent = shown ? word : b.dataset.hideWord;
    });
    input.form?.addEventListener("submit", () => (input.type = "password"));
  }
}
