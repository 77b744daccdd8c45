// <a data-copy href="/p/42">… <span aria-live="polite" data-done="Copied">Link</span></a>: puts its address on the clipboard.
export function start() {
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[data-copy]");
    if (!link || !navigator.clipboard || e.button || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const said = link.querySelector("[data-done]");
    const words = said.textContent;
    navigator.clipboard.writeText(link.href).then(
      () => {
        said.textContent = said.dataset.done;
        setTimeout(() => (said.textContent = words), 3000);
      },
      () => (location.href = link.href),
    );
  });
}
