package view

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"peergroups/forum"
)

// Links leads the links of members' texts that leave the site through a notice page, which
// names where they go (P23).
type Links struct {
	Base    string                 // of the notice page's address: "" on our own pages, BASE_URL in mails
	Own     string                 // our own host
	Trusted string                 // domains that need no notice, one a line
	Known   []forum.MemberID       // members whose mention the reader sees as one; others look as if there were no such handle
	Seal    func(to string) string // proves that an address stood in a text of ours
}

// outLink is how forum/markup writes a link that leaves; nothing that members write looks so.
var outLink = regexp.MustCompile(`<a href="(https?://[^"]*)"([^>]*) class="((?:image )?out)"`)

// mentionLink is how it writes that somebody is called; nothing that members write looks so.
var mentionLink = regexp.MustCompile(`<a class="mention" href="/m/([0-9]{1,18})">([^<]*)</a>`)

// Through rewrites the links of a cooked text.
func (l Links) Through(text string) string {
	if strings.Contains(text, `class="mention"`) {
		text = mentionLink.ReplaceAllStringFunc(text, func(a string) string {
			m := mentionLink.FindStringSubmatch(a)
			if id, err := strconv.ParseInt(m[1], 10, 64); err == nil && slices.Contains(l.Known, forum.MemberID(id)) {
				return a
			}
			return m[2]
		})
	}
	if l.Base != "" { // a mail does not stand on our site
		text = strings.ReplaceAll(text, `<a href="/`, `<a href="`+l.Base+`/`)
	}
	if !strings.Contains(text, `out"`) {
		return text
	}
	return outLink.ReplaceAllStringFunc(text, func(a string) string {
		m := outLink.FindStringSubmatch(a)
		to := html.UnescapeString(m[1])
		if l.trusts(to) {
			return a
		}
		return `<a href="` + html.EscapeString(l.Base+"/out?to="+url.QueryEscape(to)+"&s="+l.Seal(to)) + `" data-to="` + m[1] + `"` + m[2] + ` class="` + m[3] + `"`
	})
}

func (l Links) trusts(to string) bool {
	host := hostOf(to)
	if host == "" {
		return false
	}
	return host == l.Own || slices.ContainsFunc(strings.Fields(l.Trusted), func(domain string) bool {
		return host == domain || strings.HasSuffix(host, "."+domain)
	})
}

func hostOf(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// shorteners hide where they lead in the end.
var shorteners = strings.Fields(`bit.ly buff.ly cutt.ly goo.gl is.gd lnkd.in ow.ly rb.gy rebrand.ly s.id shorturl.at t.co t.ly tiny.cc tinyurl.com v.gd`)

// Out is the notice page of a link that leaves.
type Out struct{ To string }

func (p Out) host() string { return hostOf(p.To) }

// hidden tells whether the host only leads on to somewhere else.
func (p Out) hidden() bool { return slices.Contains(shorteners, p.host()) }

// open tells whether what is sent there can be read on the way.
func (p Out) open() bool { return strings.HasPrefix(p.To, "http://") }
