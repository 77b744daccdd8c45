package forum

import (
	"context"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"peergroups/forum/markup"
)

// Standing is where a member stands with the body. Only Active members act.
type Standing int64

// The standings.
const (
	Unconfirmed Standing = iota // the address is not proved yet
	Active
	Suspended
	OfArchive // stands for those who wrote an imported archive: nobody logs in as it, and no mail goes to it
	Former    // whose account was erased: nobody is behind it any more
)

// memberNamed finds whom the staff mean by a user name or a mail address: who has an account, suspended or not.
func (w *writer) memberNamed(login string) (id MemberID, err error) {
	err = w.one(&id, "SELECT id FROM members WHERE (handle_key = ? OR email_key = ?) AND standing IN (?, ?) LIMIT 1", handleKey(login), fold(strings.TrimSpace(login)), Active, Suspended)
	return id, err
}

// Registration is what the registration form asks for (P6).
type Registration struct {
	Handle, Password, Name, Title, Email         string
	BusinessAddress, BusinessPhone, OtherContact string
	Language, Zone                               string
	Agreed                                       bool   // to the terms: whoever asks for an account must
	Terms                                        string // their words today
	Instead                                      string // RegisteredToken of an earlier one, whose address was mistyped; or ""
	Shown                                        string // WordingOf those that were shown; "": it is not asked
}

var handleForm = regexp.MustCompile(`^[\p{L}\p{N}]+([._-][\p{L}\p{N}]+)*$`)

// fold makes the key under which twins of a name or address are one: Unicode
// compatibility form, case folded.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// nameKey is a name as others look for it: folded, and without accents.
func nameKey(s string) string {
	plain := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)))
	key, _, err := transform.String(plain, fold(s))
	if err != nil {
		key = fold(s)
	}
	return joinedLetters.Replace(key)
}

// joinedLetters are letters whose accent Unicode does not take apart.
var joinedLetters = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "æ", "ae", "œ", "oe", "ı", "i")

// likeLatin are letters of other scripts that look like Latin ones in most fonts.
var likeLatin = strings.NewReplacer("а", "a", "ɑ", "a", "α", "a", "в", "b", "с", "c", "ϲ", "c", "ԁ", "d", "е", "e", "һ", "h", "і", "i", "ι", "i", "ı", "i", "ј", "j", "κ", "k", "к", "k", "ӏ", "l",
	"м", "m", "н", "h", "ո", "n", "о", "o", "ο", "o", "σ", "o", "օ", "o", "р", "p", "ρ", "p", "ԛ", "q", "ѕ", "s", "т", "t", "τ", "t", "υ", "u", "ս", "u", "ν", "v", "ѵ", "v", "ѡ", "w", "ԝ", "w",
	"х", "x", "χ", "x", "у", "y", "γ", "y", "ү", "y")

// handleKey is fold for a handle: names that look alike are one, so that nobody can be taken
// for somebody else.
func handleKey(s string) string { return likeLatin.Replace(fold(s)) }

// oneScript tells whether the letters of a name are of one script.
func oneScript(s string) bool {
	var of *unicode.RangeTable
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		if of == nil {
			for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Hebrew, unicode.Arabic, unicode.Georgian, unicode.Devanagari, unicode.Hangul, unicode.Thai} {
				if unicode.Is(script, r) {
					of = script
				}
			}
			if of == nil {
				return true // a script that nothing of ours looks like
			}
		}
		if !unicode.Is(of, r) {
			return false
		}
	}
	return true
}

// CheckDetails names what is wrong with all but the password, a user ID that is taken, too: so that it can be mended before
// the answers are looked over. source is where the request came from.
func (f *Forum) CheckDetails(ctx context.Context, r Registration, source string) error {
	var p problems
	r.details(&p)
	if p != nil {
		return p.err()
	}
	if err := f.spend(ctx, checksOfSource, "check-details", source); err != nil {
		return err
	}
	taken, err := handleTaken(ctx, f.store.read, &r, f.earlier(r.Instead), f.instant())
	if err == nil && taken {
		err = handleProblem()
	}
	return err
}

func (r *Registration) check(p *problems) {
	r.details(p)
	p.password(r.Password)
}

func (r *Registration) details(p *problems) {
	r.Name = p.line("name", r.Name, 100)
	r.Handle = strings.TrimSpace(r.Handle)
	if n := utf8.RuneCountInString(r.Handle); n < 2 || n > 30 || !handleForm.MatchString(r.Handle) || !oneScript(r.Handle) {
		p.add("handle", "error.handle")
	}
	r.Title = markup.Line(r.Title)
	p.most("title", r.Title, 100)
	p.most("business_phone", r.BusinessPhone, 100)
	p.most("business_address", r.BusinessAddress, 1000)
	p.most("other_contact", r.OtherContact, 1000)
	r.Email = strings.TrimSpace(r.Email)
	if !plainAddress(r.Email) {
		p.add("email", "error.email")
	}
	if _, err := time.LoadLocation(r.Zone); err != nil {
		p.add("zone", "error.choose")
	}
}

// plainAddress accepts one bare address: no display name, comment, quotes, list or line break.
func plainAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && !strings.ContainsAny(s, "\"()<>,; \r\n\t")
}

// member writes the rows of a new member.
func (w *writer) member(r Registration, hash string, s Standing) (MemberID, error) {
	id := MemberID(w.id())
	confirmed := Instant(0)
	if s == Active {
		confirmed = w.now
	}
	n, err := w.changed(`INSERT INTO members (id, handle, handle_key, name, name_key, title, email, email_key, password_hash, standing, language, zone, confirmed_at, created_at, policies_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, id, r.Handle, handleKey(r.Handle), r.Name, nameKey(r.Name), r.Title, r.Email,
		fold(r.Email), hash, s, r.Language, r.Zone, confirmed, w.now, w.now)
	if err == nil && n == 0 {
		err = w.taken(r)
	}
	if err != nil {
		return 0, err
	}
	return id, w.exec("INSERT INTO registrations (member_id, business_address, business_phone, other_contact) VALUES (?, ?, ?, ?)",
		id, r.BusinessAddress, r.BusinessPhone, r.OtherContact)
}

// taken says which of the names is somebody else's.
func (w *writer) taken(r Registration) error {
	var handles int
	if err := w.one(&handles, "SELECT count(*) FROM members WHERE handle_key = ?", handleKey(r.Handle)); err != nil {
		return err
	}
	var p problems
	if handles > 0 {
		p.add("handle", "error.handle-taken")
	} else {
		p.add("email", "error.address-taken")
	}
	return p.err()
}

// SetUp describes the organisation and makes the first administrator of an empty forum, by
// the holder of the one-time link; once there is a member it is over.
func (f *Forum) SetUp(ctx context.Context, token string, r Registration, o Organisation) (m MemberID, err error) {
	if _, err := f.unseal("set-up", token, 0); err != nil {
		return 0, err
	}
	var p problems
	o.check(&p)
	r.check(&p)
	if err := p.err(); err != nil {
		return 0, err
	}
	hash, err := hashPassword(ctx, r.Password)
	if err != nil {
		return 0, err
	}
	err = f.write(ctx, "set up", func(w *writer) error {
		if err := w.lockLog(); err != nil { // the other node waits
			return err
		}
		var n int
		if err := w.one(&n, "SELECT (SELECT count(*) FROM members) + (SELECT count(*) FROM portal_imports)"); err != nil {
			return err
		}
		if n > 0 {
			return Refuse(Closed, "error.already-set-up")
		}
		if m, err = w.member(r, hash, Active); err != nil {
			return err
		}
		if err := w.organisation(o); err != nil {
			return err
		}
		for _, role := range Roles {
			if err := w.exec("INSERT INTO grants (member_id, role, granted_by, granted_at) VALUES (?, ?, ?, ?)", m, role, m, w.now); err != nil {
				return err
			}
		}
		return w.log(Actor{Member: m}, "set-up", int64(m), 0, "")
	})
	return m, err
}

// Appoint gives a member of the group a role in it: by its owners.
func (f *Forum) Appoint(ctx context.Context, by Actor, id GroupID, whom MemberID, role GroupRole) error {
	return f.write(ctx, "appoint", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil { // of two owners who put each other down one stays
			return err
		}
		g, err := w.owned(by, id)
		if err != nil {
			return err
		}
		if whom == by.Member {
			return Refuse(Forbidden, "error.not-yourself")
		}
		if role < Participant || role > Owner {
			return Refuse(Invalid, "error.choose")
		}
		n, err := w.changed(`UPDATE memberships SET role = ?0, role_at = CASE WHEN role >= ?1 AND ?0 >= ?1 THEN role_at ELSE ?2 END
			WHERE group_id = ?3 AND member_id = ?4 AND standing = ?5 AND role >= ?6`, role, Moderator, w.now, g.ID, whom, In, Participant)
		if err != nil {
			return err
		}
		if n == 0 {
			return Absent()
		}
		return w.log(by, "appoint", int64(whom), g.ID, "")
	})
}

// Adopt takes members over from a list that the body keeps: by an administrator, who
// answers for their addresses. Names or addresses that are taken are refused.
func (f *Forum) Adopt(ctx context.Context, by Actor, all []Registration) (ids []MemberID, err error) {
	hashes := make([]string, len(all))
	same := map[string]string{} // the demo's members share one password, and so one hash
	for i := range all {
		var p problems
		all[i].check(&p)
		if err := p.err(); err != nil {
			return nil, err
		}
		if hashes[i] = same[all[i].Password]; hashes[i] == "" {
			if hashes[i], err = hashPassword(ctx, all[i].Password); err != nil {
				return nil, err
			}
			same[all[i].Password] = hashes[i]
		}
	}
	err = f.write(ctx, "adopt", func(w *writer) error {
		ids = nil
		if err := mayAdminister(by); err != nil {
			return err
		}
		for i, r := range all {
			id, err := w.member(r, hashes[i], Active)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return w.log(by, "adopt", int64(len(all)), 0, "")
	})
	return ids, err
}
