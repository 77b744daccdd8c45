package view

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"peergroups/forum"
	"peergroups/server/text"
)

func decimal[T ~int64 | ~int](n T) string { return strconv.FormatInt(int64(n), 10) }

// initials are what a face shows: of the first and the last word of a name.
func (f Face) initials() string {
	words := strings.Fields(f.Name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return string([]rune{unicode.ToUpper(first[0])}) + strings.ToUpper(string(first[1:]))
}

// hue is one of eight colours, made of the id.
func (f Face) hue() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.key()))
	return strconv.Itoa(int(h.Sum32() % 8))
}

// key tells whether two lines are of the same person, also behind masks.
func (f Face) key() string {
	if f.ID == 0 {
		return f.Name
	}
	return decimal(f.ID)
}

func (f Face) href() string { return "/m/" + decimal(f.ID) }

// AudienceIn puts the audience of an item, which may be narrower than its group's, into the
// words of the group that it stands in.
// What was moved there from another group is for members of that one, which is not named.
func AudienceIn(a forum.Audience, place forum.GroupID, v forum.Visibility, group string) Audience {
	if a.Reach == forum.Members && a.Of != place {
		return Audience{Audience: a, Hidden: true}
	}
	return Audience{Audience: a, Hidden: v == forum.Hidden, Group: group}
}

// class and icon carry the meaning of an audience together with its words.
func (a Audience) class() string {
	return strings.TrimSpace("audience " + a.kind())
}

// kind is "open", "sealed" or, for every other circle, "".
func (a Audience) kind() string {
	switch {
	case a.Hidden && a.Reach == forum.Members || a.Reach == forum.InCircle:
		return "sealed"
	case a.Reach == forum.Public:
		return "open"
	default:
		return ""
	}
}

// sameAs tells whether it is the circle of the place around it.
func (a Audience) sameAs(place *Audience) bool { return place != nil && a.Audience == place.Audience }

func (a Audience) icon() string {
	switch {
	case a.Hidden && a.Reach == forum.Members || a.Reach == forum.InCircle:
		return "shield"
	case a.Reach == forum.Public:
		return "eye"
	default:
		return "lock"
	}
}

// words of the audience line: "24 members of Family mediation", "Everyone", "31 certified mediators".
func (a Audience) words(w text.Words) string {
	if a.People != "" {
		return a.People
	}
	if a.Reach == forum.Members && a.Group == "" {
		return w.T("audience.elsewhere")
	}
	stem := "audience." + [...]string{"public", "registered", "certified", "members", "members", "circle"}[min(max(a.Reach, 0), forum.InCircle)]
	if a.Readers > 0 && a.Reach != forum.Public {
		return w.T(stem+"-count", "Count", a.Readers, "Group", a.Group)
	}
	return w.T(stem, "Group", a.Group)
}

// button is what the send button says: "Post to 24 members".
func (a Audience) button(w text.Words) string {
	switch {
	case a.Reach == forum.Public:
		return w.T("compose.post-to-everyone")
	case a.Readers > 0:
		return w.T("compose.post-to-"+[...]string{"", "registered", "certified", "members"}[min(a.Reach, forum.Members)], "Count", a.Readers)
	default:
		return w.T("compose.post")
	}
}

func (s Shell) windowTitle() string {
	title := s.Title
	if s.Org.Name != "" {
		title += " · " + s.Org.Name
	}
	if len(s.Problems) > 0 {
		title = s.T("problem.prefix") + " " + title
	}
	return title
}

func (s Shell) loginHref() string { return "/login?next=" + url.QueryEscape(s.Here) }

func (f Form) value(name string) string   { return f.Values[name] }
func (f Form) problem(name string) string { return f.Errors[name] }

// id is the id of a field's input. Forms that share a page have a prefix of their own.
func (f Form) id(name string) string { return f.prefix + name }

// within gives the form's ids a prefix.
func (f Form) within(prefix string) Form {
	f.prefix = prefix
	return f
}

// aria ties a field to its hint and to what is wrong with it.
func (f Form) aria(name, hint string) templ.Attributes {
	ids := ""
	if hint != "" {
		ids = f.id(name) + "-hint"
	}
	if f.problem(name) == "" {
		if ids == "" {
			return nil
		}
		return templ.Attributes{"aria-describedby": ids}
	}
	return templ.Attributes{"aria-describedby": strings.TrimSpace(ids + " " + f.id(name) + "-error"), "aria-invalid": "true"}
}

// pointing leads the summary of problems to the fields of the form in which they are.
func (s Shell) pointing(forms ...Form) Shell {
	problems := append([]Problem(nil), s.Problems...)
	for i, p := range problems {
		for _, f := range forms {
			if f.problem(p.Field) != "" {
				problems[i].Field = f.id(p.Field)
			}
		}
	}
	s.Problems = problems
	return s
}

// current marks a link of the navigation that leads to this very page.
func (s Shell) current(path string) templ.Attributes {
	if here, _, _ := strings.Cut(s.Here, "?"); here == path {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// currentPage marks a link to where one is.
func currentPage(here bool) templ.Attributes {
	if here {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

func at(i forum.Instant) time.Time { return i.Time() }

var modes = []forum.Mode{forum.Each, forum.Daily, forum.Weekly, forum.Index, forum.Special, forum.NoMail}

func modeKey(m forum.Mode) string {
	return "mode." + [...]string{"none", "each", "daily", "weekly", "index", "special"}[min(max(m, 0), forum.Special)]
}

func doorKey(d forum.Door) string { return [...]string{"board", "mail", "room"}[min(max(d, 0), 2)] }

func paragraphs(s string) []string { return strings.Split(strings.TrimSpace(s), "\n\n") }

func acknowledgeAction(p Acknowledge) string {
	if p.Action != "" {
		return p.Action
	}
	return p.GroupHref + "/acknowledge"
}

// acknowledgeHistory says what those who come later read.
func acknowledgeHistory(p Acknowledge) string {
	if p.Audience.FromJoin {
		return "acknowledge.later-from-join"
	}
	return "acknowledge.later-all"
}

// acknowledgeElse says who else reads: nobody, or whoever belongs to so wide a circle.
func acknowledgeElse(p Acknowledge) string {
	if p.Audience.Reach == forum.Public {
		return "acknowledge.else-public"
	}
	return "acknowledge.else-nobody"
}

// emailHint: the first administrator is not asked to confirm.
func emailHint(s Shell, p Register) string {
	if p.SetUp {
		return ""
	}
	return s.T("field.email-hint")
}

func registerButton(p Register) string {
	if p.SetUp {
		return "set-up.button"
	}
	return "register.continue"
}

// RegisterDetails are the fields of a registration that are looked over before it is made.
var RegisterDetails = []string{"name", "handle", "email", "title", "business_address", "business_phone", "other_contact", "zone"}

// VisibilityKey names a visibility in the catalogue.
func VisibilityKey(v forum.Visibility) string {
	if v < forum.PublicToRead || v > forum.Hidden {
		return "error.choose"
	}
	return "visibility." + v.String()
}

// emblem is the icon that the group has chosen, or that of its visibility.
func (g GroupRow) emblem() string {
	if g.Icon == "" || g.Icon == forum.GroupIcons[0] {
		return g.Audience.icon()
	}
	return g.Icon
}

// inside counts those who are in the group, of all whom its moderators see.
func (p Manage) inside() (n int) {
	for _, m := range p.Members {
		if m.Standing == forum.In && m.Role >= forum.Participant {
			n++
		}
	}
	return n
}

func iconWords(s Shell) (out []string) {
	for _, name := range forum.GroupIcons {
		out = append(out, s.T("icon."+name))
	}
	return out
}

func hueWords(s Shell) (out []string) {
	for n := range 9 {
		out = append(out, s.T("hue."+strconv.Itoa(n)))
	}
	return out
}

// LastDay is the last day on which a certificate runs: it ends with that day.
func LastDay(until forum.Instant) string {
	return at(until).UTC().Add(-time.Second).Format("2 January 2006")
}

var hours, hourWords = func() (values, words []string) {
	for h := range 24 {
		values = append(values, strconv.Itoa(h))
		words = append(words, fmt.Sprintf("%02d:00", h))
	}
	return values, words
}()

// with puts something beside the page.
func (s Shell) with(aside templ.Component) Shell {
	s.Aside = aside
	return s
}

// host is what its own web site is called.
func (o Organisation) host() string {
	site, err := url.Parse(o.Site)
	if err != nil {
		return o.Site
	}
	return strings.TrimPrefix(site.Host, "www.")
}

// line is the name with the address, as far as they are known.
func (o Organisation) line() string {
	if o.Name == "" || o.Address == "" {
		return o.Name + o.Address
	}
	return o.Name + ", " + o.Address
}

// troubleHeading is what a page that says no is headed with: by its status, if there are words.
func troubleHeading(w text.Words, p Trouble) string {
	if p.Title != "" {
		return w.T(p.Title)
	}
	if key := "trouble.heading-" + strconv.Itoa(p.Status); w.Has(key) {
		return w.T(key)
	}
	return w.T("trouble.heading")
}

// What a browser calls itself holds the names of others too: the first that fits is it.
var (
	browsers = [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}}
	systems  = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// device says in short what signed in; what is not known is shown as it called itself.
func device(w text.Words, agent string) string {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser, system := first(browsers), first(systems)
	if browser == "" || system == "" {
		return agent
	}
	return w.T("sessions.browser-on", "Browser", browser, "System", system)
}

// ready writes what was rendered before.
func ready(article []byte) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := w.Write(article)
		return err
	})
}

// isPost tells whether a rendered article is that of the post.
func isPost(article []byte, id forum.PostID) bool {
	return id != 0 && bytes.HasPrefix(article, []byte(`<article class="post" id="p`+decimal(id)+`"`))
}

// byMail is how many boards of a group come by mail.
func byMail(w text.Words, boards int) string {
	if boards == 0 {
		return w.T("mode.none")
	}
	return w.T("group.mail", "Count", boards)
}

// asideKey says in a sentence what the audience line says in a few words.
func asideKey(a Audience) string {
	switch {
	case a.Reach == forum.Public:
		return "aside.public"
	case a.FromJoin:
		return "aside.from-join"
	default:
		return "aside.closed"
	}
}
