package forum

import (
	"context"
	"strings"
	"unicode"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
	"golang.org/x/text/unicode/norm"

	"peergroups/forum/markup"
)

// Showing is what a member lets others see beyond name and title, field by field: Public to Certified,
// or Nobody (P8). Listed are those who find them in the directory, as long as a certificate of theirs
// runs; Place, Areas, Languages and About are seen by the same.
type Showing struct {
	EmailTo, AddressTo, PhoneTo, ContactTo Reach

	Listed                         Reach `bun:"listed_to"`
	Place, Areas, Languages, About string
}

// Circles are those to whom a field can be shown, the narrowest first.
var Circles = []Reach{Nobody, Certified, Registered, Public}

const showingFields = "pr.email_to, pr.address_to, pr.phone_to, pr.contact_to, pr.listed_to, pr.place, pr.areas, pr.languages, pr.about"

// ReadShowing reads what the actor lets others see. To whom nothing was shown yet the words of their newest application are
// offered, so that they need not be written twice.
func (f *Forum) ReadShowing(ctx context.Context, by Actor) (s Showing, err error) {
	defer during(&err, "read showing")
	if by.Member == 0 {
		return s, Refuse(Forbidden, "error.sign-in-first")
	}
	err = one(ctx, f.store.read, &s, "SELECT "+showingFields+" FROM profiles pr WHERE pr.member_id = ?", by.Member)
	if KindOf(err) == NotFound {
		s = Showing{EmailTo: Nobody, AddressTo: Nobody, PhoneTo: Nobody, ContactTo: Nobody, Listed: Nobody}
		var said struct{ Place, Areas, Languages string }
		err = one(ctx, f.store.read, &said, "SELECT a.place, a.areas, a.languages FROM applications a WHERE a.member_id = ? ORDER BY a.id DESC LIMIT 1", by.Member)
		s.Place, s.Areas, s.Languages = markup.Line(said.Place), markup.Line(said.Areas), markup.Line(said.Languages)
		if KindOf(err) == NotFound {
			err = nil
		}
	}
	return s, err
}

func (s *Showing) check(p *problems) {
	for field, to := range map[string]Reach{"email_to": s.EmailTo, "address_to": s.AddressTo, "phone_to": s.PhoneTo, "contact_to": s.ContactTo, "listed_to": s.Listed} {
		if to < Public || to > Nobody || to == Members {
			p.add(field, "error.choose")
		}
	}
	s.Place, s.Areas, s.Languages = markup.Line(s.Place), markup.Line(s.Areas), markup.Line(s.Languages)
	p.most("place", s.Place, 100)
	p.most("areas", s.Areas, 300)
	p.most("languages", s.Languages, 200)
	p.most("about", s.About, 1000)
	s.About = markup.Neutral(s.About)
}

// Show sets what the actor lets others see. It holds from the next page on, for every reader.
func (f *Forum) Show(ctx context.Context, by Actor, s Showing) error {
	return f.write(ctx, "show", func(w *writer) error {
		if by.Member == 0 {
			return Refuse(Forbidden, "error.sign-in-first")
		}
		var p problems
		if s.check(&p); p != nil {
			return p.err()
		}
		if err := w.exec(`INSERT INTO profiles (member_id, email_to, address_to, phone_to, contact_to, listed_to, place, areas, languages, about, changed_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (member_id) DO UPDATE SET email_to = excluded.email_to, address_to = excluded.address_to,
			phone_to = excluded.phone_to, contact_to = excluded.contact_to, listed_to = excluded.listed_to, place = excluded.place, areas = excluded.areas,
			languages = excluded.languages, about = excluded.about, changed_at = excluded.changed_at`,
			by.Member, s.EmailTo, s.AddressTo, s.PhoneTo, s.ContactTo, s.Listed, s.Place, s.Areas, s.Languages, s.About, w.now); err != nil {
			return err
		}
		return w.reword(by.Member)
	})
}

// reword writes down anew by what words the directory finds a member: none of who is not listed.
func (w *writer) reword(m MemberID) error {
	if err := w.exec("DELETE FROM profile_words WHERE member_id = ?", m); err != nil {
		return err
	}
	var row struct {
		Name, Title string
		Showing
	}
	err := w.one(&row, "SELECT m.name, m.title, "+showingFields+" FROM members m JOIN profiles pr ON pr.member_id = m.id WHERE m.id = ? AND pr.listed_to < ?", m, Nobody)
	if KindOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	words := map[string]bool{}
	for kind, text := range map[string]string{areaWord: row.Areas, languageWord: row.Languages, placeWord: row.Place, "": strings.Join([]string{row.Name, row.Title, row.About}, " ")} {
		for _, word := range foundBy(text) {
			words[anyWord+word] = true
			if kind != "" {
				words[kind+word] = true
			}
		}
	}
	for word := range words {
		if err := w.exec("INSERT INTO profile_words (word, member_id) VALUES (?, ?)", word, m); err != nil {
			return err
		}
	}
	return nil
}

// What a word of a profile is of.
const (
	anyWord      = "w:"
	areaWord     = "a:"
	languageWord = "l:"
	placeWord    = "p:"
)

// foundBy are the words by which a text is found: without case, marks of accents and signs.
func foundBy(text string) (out []string) {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(fold(text)))
	for _, word := range strings.FieldsFunc(bare, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if runes := []rune(word); len(runes) > 40 {
			word = string(runes[:40])
		}
		out = append(out, word)
	}
	return out
}

// listedTo is the SQL condition under which the actor finds member m with profile pr in the directory.
func listedTo(by Actor, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("(pr.listed_to <= ? AND m.standing = ? AND ?)", by.level(), Active, certifiedAt("m", now))
}

// shownTo gives the field of a member to those to whom they show it, and "" to others.
func shownTo(by Actor, column, field string) schema.QueryWithArgs {
	return bun.SafeQuery("CASE WHEN pr.? <= ? THEN ? ELSE '' END", bun.Ident(column), by.level(), bun.Ident(field))
}
