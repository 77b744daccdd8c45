// <form data-passkey="get|create" data-options="{…}" hidden> asks the browser's passkeys and sends what they answer.
export function start() {
  const keys = window.PublicKeyCredential;
  for (const f of document.querySelectorAll("[data-passkey]")) {
    const make = f.dataset.passkey === "create";
    const parse = make ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (!keys?.[parse]) continue;
    f.hidden = false;
    f.addEventListener("submit", async (e) => {
      e.preventDefault();
      const told = f.querySelector("[role=alert]");
      told.hidden = true;
      try {
        const publicKey = keys[parse](JSON.parse(f.dataset.options));
        f.elements.response.value = JSON.stringify(await navigator.credentials[make ? "create" : "get"]({ publicKey }));
        f.submit();
      } catch {
        told.hidden = false;
      }
    });
  }
}
