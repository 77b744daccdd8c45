// A stand-in for the websocket, and what the test scripts use.
window.sockets = [];
window.breaches = [];
document.addEventListener("securitypolicyviolation", (e) => breaches.push(`${e.violatedDirective} ${e.blockedURI}`));
addEventListener("error", (e) => breaches.push(e.message));
addEventListener("unhandledrejection", (e) => breaches.push(`${e.reason}`));
window.WebSocket = class {
  constructor(url) {
    this.url = url;
    this.readyState = 0;
    this.sent = [];
    sockets.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  say(...frames) {
    this.onmessage({ data: frames.map((f) => JSON.stringify(f)).join("\n") });
  }
  drop(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
};
window.until = async (what, f) => {
  for (let i = 0; i < 1000; i++) {
    const got = f();
    if (got) return got;
    await new Promise((r) => setTimeout(r, 10));
  }
  throw new Error(`never: ${what}`);
};
window.same = (what, got, want) => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
};
window.press = (on, key, more = {}) => {
  const e = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  on.dispatchEvent(e);
  return e.defaultPrevented;
};
window.finish = () => {
  same("breaches of the policy", breaches, []);
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) throw new Error(`${wide} px wide in ${innerWidth}`);
  return "ok";
};
