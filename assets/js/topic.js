// New posts of the open topic are put below the last one, changed ones in their place; reading position and focus
// stay. Markup: <div id="posts" data-on="topic:12" data-head="17"> <article class="post" id="p42" data-v="1">… </div>
// <p role="status" id="posts-news" data-one="1 new post" data-many="{n} new posts"></p>
import { join } from "./live.js";
import { count, fragment } from "./html.js";

export function start() {
  const posts = document.getElementById("posts");
  const news = document.getElementById("posts-news");
  const link = document.querySelector('link[rel="next"]'); // not the last page: the pager leads on
  let head = Number(posts.dataset.head) || 0, fresh = 0, busy = false, again = false;
  if (link) return;

  function put(e) {
    if (!e.matches("article.post[id]")) return;
    const old = document.getElementById(e.id);
    if (!old) posts.append(e), fresh++;
    else if (old.dataset.v !== e.dataset.v) {
      const sign = old.contains(document.activeElement) && document.activeElement.form?.sign?.value;
      old.replaceWith(e);
      if (sign) e.querySelector(`[name=sign][value="${sign}"] ~ button`)?.focus();
    }
    return true;
  }

  async function fetchNew() {
    if (busy) return void (again = true);
    busy = true;
    try {
      const last = [...posts.querySelectorAll(":scope > article.post")].pop();
      const ids = (await fragment(location.pathname + location.search, "posts")).map((e) => put(e) && e.id); // changed, taken back
      const shown = [...posts.querySelectorAll(":scope > article.post")];
      for (const e of shown.slice(0, shown.findIndex((s) => s.id === ids.at(-1)) + 1)) ids.includes(e.id) || e.remove(); // moved away
      for (const e of await fragment(`${location.pathname}?after=${last ? last.id.slice(1) : 0}`, "posts")) put(e);
      if (fresh && news) news.textContent = count(news, fresh);
    } catch { /* the next hint or join asks again */ }
    busy = false;
    if (again) {
      again = false;
      fetchNew();
    }
  }

  posts.addEventListener("submit", async (e) => { // a sign below a post: given without leaving the page
    if (!e.target.sign) return;
    e.preventDefault();
    await fetch(e.target.action, { method: "POST", redirect: "manual", body: new URLSearchParams(new FormData(e.target)) }).catch(() => e.target.submit());
    fetchNew();
  });
  join(posts.dataset.on, {
    after: head,
    on(m) {
      if (m.is === "joined" && m.head !== head) {
        head = m.head;
        fetchNew();
      } else if (m.is === "changed") fetchNew();
      else if (m.is === "left" && news) news.textContent = m.words;
    },
  });
  const seen = () => {
    if (news && fresh && posts.getBoundingClientRect().bottom <= innerHeight) {
      fresh = 0;
      news.textContent = "";
    }
  };
  addEventListener("scroll", seen, { passive: true });
}
