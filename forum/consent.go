package forum

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Purpose is one thing that a member may agree to. What is agreed to is a text of a
// version; a new version is asked anew (P25).
type Purpose struct {
	Name    string // also the stem of its words in the catalogue: "consent.NAME"
	Version string
	Needed  bool // an account cannot do without
}

// Purposes is the one register of consents: a consent to anything else cannot be recorded. What
// is not needed is off until it is given.
var Purposes = []Purpose{
	{Name: "terms", Version: "1", Needed: true},
	{Name: "third-parties", Version: "1"},
	{Name: "marketing", Version: "1"},
	{Name: AnalyticsService, Version: "1"}, // asked only while analytics are on
}

// Consent is a member's word on a text of a version (P22, P25).
type Consent struct {
	Purpose     string // of Purposes or Policies
	Version     string
	Words       string // that they were shown; "" where those were not kept yet
	Hash        string // of them
	How         string // "given", "deemed" by use, or "refused"
	GivenAt     Instant
	WithdrawnAt Instant // 0: it holds
}

// ReadConsents gives all that the actor ever agreed to or refused, the newest first.
func (f *Forum) ReadConsents(ctx context.Context, by Actor) (out []Consent, err error) {
	defer during(&err, "read consents")
	err = f.store.read.scan(ctx, &out, `SELECT c.purpose, c.version, coalesce(y.words, '') AS words, c.wording AS hash, c.how, c.given_at, c.withdrawn_at FROM consents c
		LEFT JOIN wordings y ON y.hash = c.wording WHERE c.member_id = ? ORDER BY c.given_at DESC, c.id DESC LIMIT 500`, by.Member)
	return out, err
}

// Consents tells whether the actor's consent to a purpose holds.
func Consents(all []Consent, purpose string) bool {
	for _, c := range all { // the newest counts
		if c.Purpose == purpose {
			return c.How != "refused" && c.WithdrawnAt == 0
		}
	}
	return false
}

// SetConsent records that the actor agrees to a purpose, by the words that they were shown, or does so no more (P22). What an account cannot do
// without cannot be withdrawn but with the account.
func (f *Forum) SetConsent(ctx context.Context, by Actor, purpose, words string, yes bool) error {
	return f.write(ctx, "set consent", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		if err := w.lockMembers(by.Member); err != nil {
			return err
		}
		i := slices.IndexFunc(Purposes, func(p Purpose) bool { return p.Name == purpose })
		switch {
		case i < 0:
			return Absent()
		case Purposes[i].Needed:
			return Refuse(Forbidden, "error.consent-needed")
		}
		if purpose == AnalyticsService && yes { // nobody is asked while they are off
			if id, err := set(w.ctx, w, analyticsSetting); err != nil || id == "" {
				return either(err, Absent())
			}
		}
		if yes { // what was stopped before comes again
			return either(w.agree(by.Member, purpose, Purposes[i].Version, words, "given"), w.exec("UPDATE opt_outs SET ended_at = ? WHERE member_id = ? AND kind = ? AND ended_at = 0", w.now, by.Member, purpose))
		}
		return w.withdrawConsent(by.Member, purpose)
	})
}

func (w *writer) withdrawConsent(m MemberID, purpose string) error {
	return w.exec("UPDATE consents SET withdrawn_at = ? WHERE member_id = ? AND purpose = ? AND withdrawn_at = 0 AND how <> 'refused'", w.now, m, purpose)
}

// agrees is the SQL condition under which the consent of the member of a column to the purpose of another holds.
func agrees(member, purpose string) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM consents co WHERE co.member_id = ? AND co.purpose = ? AND co.withdrawn_at = 0 AND co.how = 'given')", bun.Ident(member), bun.Ident(purpose))
}

// consent records that the member agrees to the purpose in today's version, and to what words.
func (w *writer) consent(m MemberID, purpose, words string) error {
	for _, p := range Purposes {
		if p.Name == purpose {
			var t PolicyText
			switch err := w.one(&t, policyColumns+"WHERE po.name = ? AND "+current, p.Name); {
			case KindOf(err) == NotFound: // the program's own words
				return w.agree(m, p.Name, p.Version, words, "given")
			case err != nil:
				return err
			case t.Words != words: // published while the form was open, or on another node
				var wrong problems
				wrong.add(p.Name, "error.terms-amended")
				return wrong.err()
			}
			return w.agree(m, p.Name, decimal(t.Version), words, "given")
		}
	}
	return Refuse(Internal, "error.not-found")
}

// WordingOf is the hash under which words stand that somebody agrees to.
func WordingOf(words string) string {
	sum := sha256.Sum256([]byte(words))
	return hex.EncodeToString(sum[:])
}

// wording keeps words that somebody agrees to, once, and gives their hash.
func (w *writer) wording(words string) (hash string, err error) {
	hash = WordingOf(words)
	return hash, w.exec("INSERT INTO wordings (hash, words, first_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", hash, words, w.now)
}

// Provider is a service outside the program that may receive personal data (P26). Which of
// them a forum really uses follows from its configuration.
type Provider struct {
	Name    string // stem of its words in the catalogue: "provider.NAME"
	Setting string // the setting that names it
}

// Providers is the one register of service providers: the program calls no other.
var Providers = []Provider{
	{"relay", "SMTP_URL"}, {"database", "DATABASE_URL"}, {"broker", "REDIS_URL"}, {"search", "MEILI_URL"}, {"login", "OIDC_ISSUER"},
	{AnalyticsService, AnalyticsService}, // no setting of the operator's: an administrator turns it on
}

// NoticeKind is one kind of service message (P10). What a member does not want to get is
// kept as their word on the words of a version (P22).
type NoticeKind struct {
	Name    string // also the stem of its words in the catalogue: "notice.NAME"
	Version string
	Needful bool // what the use of an account makes it necessary to know: it comes whatever was said
	Asked   bool // it comes only to those whose consent to the purpose of its name holds
}

// NoticeKinds is the one register of what staff may mail to many: a message of another kind
// cannot be written. Marketing comes to nobody who did not ask for it (P5).
var NoticeKinds = []NoticeKind{
	{Name: "functionality", Version: "1", Needful: true}, // outages, changes that concern an account, safety
	{Name: "billing", Version: "1", Needful: true},
	{Name: TransferMail, Version: "1", Needful: true},
	{Name: "features", Version: "1"},
	{Name: "help-desk", Version: "1"},
	{Name: "marketing", Version: "1", Asked: true},
}

func noticeKind(name string) (NoticeKind, bool) {
	for _, k := range NoticeKinds {
		if k.Name == name {
			return k, true
		}
	}
	return NoticeKind{}, false
}
