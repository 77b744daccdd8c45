package forum

import (
	"crypto/sha256"
	"encoding/hex"
)

// Purpose is one thing that a member may agree to. What is agreed to is a text of a
// version; a new version is asked anew (P25).
type Purpose struct {
	Name    string // also the stem of its words in the catalogue: "consent.NAME"
	Version string
	Needed  bool // an account cannot do without
}

// Purposes is the one register of consents: a consent to anything else cannot be recorded.
var Purposes = []Purpose{
	{Name: "terms", Version: "1", Needed: true},
}

// consent records that the member agrees to the purpose in today's version, and to what words.
func (w *writer) consent(m MemberID, purpose, words string) error {
	for _, p := range Purposes {
		if p.Name == purpose {
			hash, err := w.wording(words)
			return either(err, w.exec("INSERT INTO consents (id, member_id, purpose, version, given_at, wording) VALUES (?, ?, ?, ?, ?, ?)", w.id(), m, p.Name, p.Version, w.now, hash))
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
}

// NoticeKind is one kind of service message (P10). What a member does not want to get is
// kept as their word on the words of a version (P22).
type NoticeKind struct {
	Name    string // also the stem of its words in the catalogue: "notice.NAME"
	Version string
	Needful bool // what the use of an account makes it necessary to know: it comes whatever was said
}

// NoticeKinds is the one register of what staff may mail to many: a message of another kind
// cannot be written. There is none of marketing, so none is sent (P5).
var NoticeKinds = []NoticeKind{
	{Name: "functionality", Version: "1", Needful: true}, // outages, changes that concern an account, safety
	{Name: "billing", Version: "1", Needful: true},
	{Name: "features", Version: "1"},
	{Name: "help-desk", Version: "1"},
}

func noticeKind(name string) (NoticeKind, bool) {
	for _, k := range NoticeKinds {
		if k.Name == name {
			return k, true
		}
	}
	return NoticeKind{}, false
}
