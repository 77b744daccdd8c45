// Files are sent as soon as they are chosen, pasted or dropped; the server answers with the list as it is then.
// Markup: <div data-files data-failed="…"> <input type="hidden" name="files"> <input type="file" name="upload" multiple>
// <button name="attach|drop|clean">… </div> in a form.
import { fragment } from "./html.js";

export function start() {
  for (const box of document.querySelectorAll("[data-files]")) {
    const form = box.closest("form");
    let part = box, work = Promise.resolve();

    async function ask(change) {
      const body = new FormData();
      body.append("files", part.querySelector("[name=files]").value);
      change(body);
      part.setAttribute("aria-busy", "true");
      try {
        const [fresh] = await fragment("/files", "files", { method: "POST", body });
        part.replaceWith(fresh);
        part = fresh;
        enhance();
        part.querySelector("[type=file]").focus();
      } catch {
        part.removeAttribute("aria-busy");
        const p = Object.assign(document.createElement("p"), { className: "error", textContent: box.dataset.failed });
        part.querySelector(".field").replaceChildren(p);
      }
      form.querySelector("[data-send]").disabled = false;
    }
    const later = (change) => {
      form.querySelector("[data-send]").disabled = true; // not without what is on its way
      work = work.then(() => ask(change));
    };
    const send = (files) => [...files].forEach((f) => later((body) => body.append("upload", f, f.name)));

    function enhance() {
      const input = part.querySelector("[type=file]");
      part.querySelector("[name=attach]").hidden = true;
      input.addEventListener("change", () => send(input.files));
      for (const b of part.querySelectorAll("[name=drop], [name=clean]"))
        b.addEventListener("click", (e) => {
          e.preventDefault();
          later((body) => body.append(b.name, b.value));
        });
    }
    enhance();
    form.addEventListener("paste", (e) => {
      if (e.clipboardData?.files.length && !e.clipboardData.types.includes("text/plain")) {
        e.preventDefault();
        send(e.clipboardData.files);
      }
    });
    form.addEventListener("dragover", (e) => e.dataTransfer?.types.includes("Files") && e.preventDefault());
    form.addEventListener("drop", (e) => {
      if (!e.dataTransfer?.files.length) return;
      e.preventDefault();
      send(e.dataTransfer.files);
    });
  }
}
