package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

func feedPath(group, board string) string { return "/feeds/" + group + "/" + board }

// publicFeed is the feed of a board that is open to all, as a visitor reads it, whoever asks.
func (d *Door) publicFeed(r *request) error {
	f, err := d.Forum.ReadPublicFeed(r.ctx, r.Params("group"), r.Params("board"))
	if err != nil {
		return err
	}
	return d.sendFeed(r, &f)
}

// ownFeed is the feed at a member's address, in their name: whoever is logged in does not matter.
func (d *Door) ownFeed(r *request) error {
	f, err := d.Forum.ReadOwnFeed(r.ctx, r.Params("token"))
	if err != nil {
		return err
	}
	return d.sendFeed(r, &f)
}

// entry is one thing in a feed. HTML is "" where a title is all.
type entry struct {
	ID, Href, Title, Author, HTML string
	At                            time.Time
}

// entries are what a feed shows; of what is confidential one line, which says that there is something new.
func (d *Door) entries(r *request, f *forum.BoardFeed) (out []entry) {
	board := d.absolute(boardPath(f.Group.Slug, f.Board.Slug))
	if f.Quiet {
		if f.NewAt != 0 {
			out = append(out, entry{ID: board + "#" + decimal(f.NewAt), Href: board, Title: r.words.T("feeds.something-new"), Author: f.Group.Name, At: f.NewAt.Time()})
		}
		return out
	}
	links := d.links(r.ctx)
	links.Base = strings.TrimSuffix(d.Base.String(), "/")
	for i := range f.Topics {
		p := &f.Topics[i]
		href := d.absolute(postPath(p.ID))
		out = append(out, entry{ID: href, Href: href, Title: p.Title, Author: voice(r.words, p.AuthorID, p.Author, p.Veiled).Name, HTML: links.Through(p.HTML), At: p.PostedAt.Time()})
	}
	return out
}

// sendFeed sends it in the form that the address names, unless the reader has these bytes already.
func (d *Door) sendFeed(r *request, f *forum.BoardFeed) (err error) {
	var body []byte
	all := d.entries(r, f)
	switch r.Params("form") {
	case "atom.xml":
		r.Set(fiber.HeaderContentType, "application/atom+xml; charset=utf-8")
		body, err = d.atom(d.org.get(r.ctx, d), f, all)
	case "feed.json":
		r.Set(fiber.HeaderContentType, "application/feed+json; charset=utf-8")
		body, err = d.jsonFeed(d.org.get(r.ctx, d), f, all)
	default:
		err = forum.Absent()
	}
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	r.Set(fiber.HeaderETag, tag)
	r.Set(fiber.HeaderCacheControl, "private, no-cache")
	r.Set("X-Robots-Tag", "noindex")
	if r.Get(fiber.HeaderIfNoneMatch) == tag {
		return r.SendStatus(fiber.StatusNotModified)
	}
	return r.Send(body)
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomEntry struct {
	ID      string    `xml:"id"`
	Title   string    `xml:"title"`
	Updated string    `xml:"updated"`
	Author  string    `xml:"author>name"`
	Link    atomLink  `xml:"link"`
	Content *atomText `xml:"content,omitempty"`
}

// atom writes RFC 4287. The address of a member's own feed is not in it: it would go wherever the file goes.
func (d *Door) atom(org view.Organisation, f *forum.BoardFeed, all []entry) ([]byte, error) {
	board := d.absolute(boardPath(f.Group.Slug, f.Board.Slug))
	out := struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  atomPerson  `xml:"author"`
		Rights  string      `xml:"rights"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}{ID: board, Title: f.Board.Name + " · " + f.Group.Name, Updated: time.Unix(0, 0).UTC().Format(time.RFC3339), Links: []atomLink{{"alternate", board}}}
	out.Author, out.Rights = atomPerson{org.Name, cmp.Or(org.Site, d.absolute("/"))}, imprint(org)
	if !f.Own {
		out.Links = append(out.Links, atomLink{"self", d.absolute(feedPath(f.Group.Slug, f.Board.Slug) + "/atom.xml")})
	}
	for i, e := range all {
		a := atomEntry{ID: e.ID, Title: e.Title, Updated: e.At.UTC().Format(time.RFC3339), Author: e.Author, Link: atomLink{"alternate", e.Href}}
		if e.HTML != "" {
			a.Content = &atomText{"html", e.HTML}
		}
		if i == 0 {
			out.Updated = a.Updated
		}
		out.Entries = append(out.Entries, a)
	}
	body, err := xml.Marshal(out)
	return append([]byte(xml.Header), body...), err
}

// imprint is whose feed it is (P1).
func imprint(o view.Organisation) string {
	return strings.Trim(strings.Join([]string{o.Name, o.Address, o.Contact}, ", "), ", ")
}

// atomPerson is who publishes a feed.
type atomPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri"`
}

type jsonAuthor struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html,omitempty"`
	Text      string       `json:"content_text,omitempty"`
	Published string       `json:"date_published"`
	Authors   []jsonAuthor `json:"authors"`
}

// jsonFeed writes JSON Feed 1.1, in which each item has some content.
func (d *Door) jsonFeed(org view.Organisation, f *forum.BoardFeed, all []entry) ([]byte, error) {
	out := struct {
		Version string       `json:"version"`
		Title   string       `json:"title"`
		Home    string       `json:"home_page_url"`
		Feed    string       `json:"feed_url,omitempty"`
		About   string       `json:"description"`
		Authors []jsonAuthor `json:"authors"`
		Items   []jsonItem   `json:"items"`
	}{Version: "https://jsonfeed.org/version/1.1", Title: f.Board.Name + " · " + f.Group.Name, Home: d.absolute(boardPath(f.Group.Slug, f.Board.Slug)), Items: []jsonItem{}}
	out.About, out.Authors = imprint(org), []jsonAuthor{{Name: org.Name, URL: cmp.Or(org.Site, d.absolute("/"))}}
	if !f.Own {
		out.Feed = d.absolute(feedPath(f.Group.Slug, f.Board.Slug) + "/feed.json")
	}
	for _, e := range all {
		item := jsonItem{ID: e.ID, URL: e.Href, Title: e.Title, HTML: e.HTML, Published: e.At.UTC().Format(time.RFC3339), Authors: []jsonAuthor{{Name: e.Author}}}
		if e.HTML == "" {
			item.Text = e.Title
		}
		out.Items = append(out.Items, item)
	}
	return json.Marshal(out)
}

// makeFeed gives the member an address for the feed of a board.
func (d *Door) makeFeed(r *request) error {
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	if err := d.Forum.MakeFeed(r.ctx, r.actor, b.Board.ID); err != nil {
		return err
	}
	return r.done("/account/feeds", "feed-made")
}

// feeds lists the member's addresses.
func (d *Door) feeds(r *request) error {
	all, err := d.Forum.ReadFeeds(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.Feeds
	for _, a := range all {
		row := view.FeedRow{ID: a.ID, Place: a.Place, Address: d.absolute("/feeds/" + a.Token), MadeAt: a.MadeAt, UsedAt: a.UsedAt}
		if row.Place == "" {
			row.Place = r.words.T("feeds.out-of-reach")
		}
		p.Rows = append(p.Rows, row)
	}
	return r.render(view.FeedsPage(r.shell(r.words.T("feeds.title")), p))
}

func (d *Door) endFeed(r *request) error {
	if err := d.Forum.EndFeed(r.ctx, r.actor, r.id("id")); err != nil {
		return err
	}
	return r.done("/account/feeds", "feed-ended")
}
