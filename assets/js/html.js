// The only door by which server-rendered HTML enters a page. DOMParser runs no scripts; under Trusted Types the policy
// "peergroups" is the one the Content-Security-Policy allows. Never give it text that a person wrote.
const policy = globalThis.trustedTypes?.createPolicy("peergroups", { createHTML: (s) => s }) ?? { createHTML: (s) => s };

/** Elements of a server-rendered fragment, in order. */
export const elements = (html) => [...new DOMParser().parseFromString(policy.createHTML(html), "text/html").body.children];

/** Fetches a fragment of this site; throws with the server's status when it is not one. */
export async function fragment(url, kind, init = {}) {
  const answer = await fetch(url, { ...init, headers: { Accept: `text/html; fragment=${kind}` } });
  if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("text/html")) throw new Error(`${answer.status}`);
  return elements(await answer.text());
}

/** Makes an element from a tag, properties and children; text stays text. */
export function make(tag, props = {}, ...children) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
}

/** The words for a number: data-one ("1 new post") or data-many ("{n} new posts") of an element. */
export const count = (e, n) => ((n === 1 && e.dataset.one) || e.dataset.many || "{n}").replace("{n}", n);
