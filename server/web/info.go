package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/search"
	"peergroups/server/view"
)

func (d *Door) cookiesPage(r *request) error {
	var p view.Cookies
	for _, k := range cookies {
		life := r.words.T("cookie.until-closed")
		switch {
		case k.Lifetime == 0:
		case k.Lifetime < time.Hour:
			life = r.words.T("cookie.minutes", "Count", int(k.Lifetime/time.Minute))
		default:
			life = r.words.T("cookie.days", "Count", int(k.Lifetime/(24*time.Hour)))
		}
		p.Cookies = append(p.Cookies, view.Cookie{Name: k.Name, Purpose: r.words.T(k.Purpose), Lifetime: life, Kind: r.words.T("cookie.kind-" + k.Kind)})
	}
	return r.render(view.CookiesPage(r.shell(r.words.T("cookies.title")), p))
}

func (d *Door) providers(r *request) error {
	var p view.Providers
	for _, s := range forum.Providers {
		if slices.Contains(d.Used, s.Setting) {
			stem := "provider." + s.Name
			p.Providers = append(p.Providers, view.Provider{Name: r.words.T(stem), Service: r.words.T(stem + ".service"), Data: r.words.T(stem + ".data")})
		}
	}
	return r.render(view.ProvidersPage(r.shell(r.words.T("providers.title")), p))
}

func (d *Door) privacy(r *request) error {
	var p view.Privacy
	for _, row := range slices.Concat(forum.Data, forum.Copies) {
		if row.Kind != forum.NotPersonal {
			p.Data = append(p.Data, view.DataRow{What: r.words.T("data.what." + row.Table), Purpose: r.words.T(row.Purpose),
				Retention: r.words.T(row.Retention), Erasure: r.words.T("data.erasure." + row.Erasure)})
		}
	}
	return r.render(view.PrivacyPage(r.shell(r.words.T("privacy.title")), p))
}

func (d *Door) terms(r *request) error {
	return r.render(view.TermsPage(r.shell(r.words.T("terms.title"))))
}

// conduct shows the code of conduct, in the wording of today or an earlier one that somebody declared.
func (d *Door) conduct(r *request) error {
	words, version, err := d.Forum.ReadConduct(r.ctx, r.Params("version"))
	if err != nil {
		return err
	}
	if words == "" {
		words = r.words.T("conduct.standard")
	}
	return r.render(view.ConductPage(r.shell(r.words.T("conduct.title")), view.Conduct{HTML: d.links(r.ctx).Through(markup.Cook(words, markup.Options{}).HTML), Version: version, Today: r.Params("version") == ""}))
}

func (d *Door) contact(r *request) error {
	return r.render(view.ContactPage(r.shell(r.words.T("contact.title"))))
}

// find searches. The engine only proposes: each hit is shown if the forum lets the actor
// read it now. Cursors are sealed, since an engine's say where in its list a hit stands.
func (d *Door) find(r *request) error {
	q := search.Query{Text: strings.TrimSpace(r.Query("q")), Kinds: []string{"post"}, OwnAuthor: int64(r.actor.Member), Cursor: d.Forum.Reveal("search", r.Query("cursor"))}
	p := view.Search{Query: q.Text, Sort: "relevance", Asked: q.Text != ""}
	if r.Query("sort") == "newest" {
		q.Sort, p.Sort = search.Newest, "newest"
	}
	s := r.shell(r.words.T("search.title"))
	s.Query, s.NoIndex = q.Text, true
	if !p.Asked {
		return r.render(view.SearchPage(s, p))
	}
	terms, err := d.Forum.Audiences(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for _, term := range terms {
		q.Readers = append(q.Readers, search.Reader{Term: term})
	}
	posts, next, err := d.seek(r, q)
	if errors.Is(err, search.ErrCursor) { // of other words, or another reader: the first page
		q.Cursor = ""
		posts, next, err = d.seek(r, q)
	}
	if err == nil && len(posts) == 0 && q.Cursor == "" { // no visible post has all words: those that have any
		q.Mode = search.Any
		posts, next, err = d.seek(r, q)
	}
	if err != nil {
		return err
	}
	for i := range posts {
		p.Hits = append(p.Hits, r.hit(&posts[i], p.Query))
	}
	if next != "" {
		s.Next = "/search?q=" + queryEscape(q.Text) + "&sort=" + p.Sort + "&cursor=" + d.Forum.Conceal("search", next)
	}
	return r.render(view.SearchPage(s, p))
}

const (
	hitsPerPage = 20
	mostSeeks   = 5 // questions to the engine for one page
)

// seek asks the engine until a page of posts that the actor may read is full, and one more is
// found: that alone shows a next page, which begins after the last one shown. So neither
// tells of hits that are hidden; behind very many of them visible ones are not found.
func (d *Door) seek(r *request, q search.Query) (posts []forum.PlacedPost, next string, err error) {
	after := map[forum.PostID]string{}
	q.Limit = hitsPerPage + 1
	for range mostSeeks {
		found, err := d.Search.Search(r.ctx, q)
		if err != nil {
			return nil, "", err
		}
		ids := make([]forum.PostID, len(found.Hits))
		for i, h := range found.Hits {
			ids[i] = forum.PostID(h.ID)
			after[ids[i]] = h.Cursor
		}
		visible, err := d.Forum.VisiblePosts(r.ctx, r.actor, ids)
		if err != nil {
			return nil, "", err
		}
		if posts = append(posts, visible...); len(posts) > hitsPerPage {
			posts = posts[:hitsPerPage]
			return posts, after[posts[hitsPerPage-1].ID], nil
		}
		if found.Cursor == "" {
			break
		}
		q.Cursor, q.Limit = found.Cursor, 100
	}
	return posts, "", nil
}

func (r *request) hit(post *forum.PlacedPost, query string) view.Hit {
	h := view.Hit{Href: postPath(post.ID), Title: post.Title, Place: post.GroupName + " · " + post.BoardName,
		Author: voice(r.words, post.AuthorID, post.Author, post.Veiled), At: post.PostedAt,
		Audience: view.AudienceIn(post.Audience, post.GroupID, post.GroupVis, post.GroupName)}
	if post.Class != forum.SealedClass {
		h.Excerpt, h.Marks = excerptAround(post.Plain, query)
	}
	return h
}

const excerptLen = 220 // bytes, about

// excerptAround gives the part of a text around the first word of the query found in it,
// and where the query's words stand in that part.
func excerptAround(text, query string) (string, [][2]int) {
	text = strings.Join(strings.Fields(text), " ")
	lower := strings.ToLower(text)
	if len(lower) != len(text) { // some letters change their length: no marks rather than wrong ones
		lower = strings.Map(func(c rune) rune { return c }, text)
	}
	words := strings.FieldsFunc(strings.ToLower(query), func(c rune) bool { return strings.ContainsRune(" \"-+", c) })
	at := len(text)
	for _, w := range words {
		if i := strings.Index(lower, w); i >= 0 && i < at {
			at = i
		}
	}
	if at == len(text) {
		at = 0
	}
	from := boundary(text, max(0, at-excerptLen/3))
	to := boundary(text, min(len(text), from+excerptLen))
	part, low := text[from:to], lower[from:to]
	var marks [][2]int
	for i := 0; i < len(low); {
		n := 0
		for _, w := range words {
			if strings.HasPrefix(low[i:], w) {
				n = max(n, len(w))
			}
		}
		if n > 0 {
			marks = append(marks, [2]int{i, i + n})
		}
		i += max(n, 1)
	}
	if from > 0 {
		part = "…" + part
		for i := range marks {
			marks[i][0] += len("…")
			marks[i][1] += len("…")
		}
	}
	if to < len(text) {
		part += "…"
	}
	return part, marks
}

// boundary moves back to the beginning of a character.
func boundary(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// asset sends a file that may be kept for ever: its name changes with its content.
func (d *Door) asset(c *fiber.Ctx) error {
	f, ok := assets.Lookup(c.Path())
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderContentType, f.ContentType)
	if f.Gzip != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(f.Gzip)
	}
	return c.Send(f.Body)
}

// livez says that the process answers; readyz that what it stands on does.
func (d *Door) livez(c *fiber.Ctx) error { return c.SendString("ok\n") }

func (d *Door) readyz(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := d.Ready(ctx); err != nil {
		d.Log.Warn("not ready", "err", err)
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ok\n")
}

func (d *Door) securityText(c *fiber.Ctx) error {
	o := d.org.get(context.Background(), d)
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString("Contact: mailto:" + o.Contact + "\nExpires: " + d.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339) + "\nCanonical: " + d.absolute("/.well-known/security.txt") + "\n")
}

func (d *Door) robots(c *fiber.Ctx) error {
	return c.SendString("User-agent: *\nDisallow: /search\nDisallow: /account\nDisallow: /staff\n")
}
