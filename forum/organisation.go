package forum

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"peergroups/forum/disclose"
	"peergroups/forum/markup"
)

// Organisation is the body whose forum this is (P1): shown in footers, policies and mails.
type Organisation struct {
	Name    string
	Seal    string // one or two letters
	Address string
	Contact string // a mail address
	Site    string // its own web site: an address that begins with https:// or http://; or ""
	Logo    string // names its picture (ReadLogo); "": the letters of the seal stand for it
	Trusted string // domains whose links need no notice page (P23), one a line

	Registration Registering // who may ask for an account
}

// Registering says who may ask for an account.
type Registering string

// The ways. A body that has said nothing is open.
const (
	OpenRegistration   Registering = "open"
	ByInvitationOnly   Registering = "invited" // whose address a moderator invited into a group
	ClosedRegistration Registering = "closed"
)

var domainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

func (o *Organisation) check(p *problems) {
	o.Name = p.line("org_name", o.Name, 80)
	o.Seal, o.Address, o.Contact = markup.Line(o.Seal), markup.Line(o.Address), markup.Line(o.Contact)
	if utf8.RuneCountInString(o.Seal) > 2 {
		p.add("org_seal", "error.too-long", "Most", 2)
	}
	if utf8.RuneCountInString(o.Address) > 200 {
		p.add("org_address", "error.too-long", "Most", 200)
	}
	o.Trusted = strings.Join(strings.Fields(strings.ToLower(o.Trusted)), "\n")
	p.most("org_trusted", o.Trusted, 4000)
	for domain := range strings.Lines(o.Trusted) {
		if !domainForm.MatchString(strings.TrimSpace(domain)) {
			p.add("org_trusted", "error.domains")
			break
		}
	}
	if o.Registration == "" {
		o.Registration = OpenRegistration
	}
	if o.Registration != OpenRegistration && o.Registration != ByInvitationOnly && o.Registration != ClosedRegistration {
		p.add("org_registration", "error.choose")
	}
	if o.Site = strings.TrimSpace(o.Site); o.Site != "" {
		site, err := url.Parse(o.Site)
		if err != nil || site.Scheme != "https" && site.Scheme != "http" || !domainForm.MatchString(strings.ToLower(site.Hostname())) || site.User != nil || len(o.Site) > 200 {
			p.add("org_site", "error.site")
		}
	}
	if !plainAddress(o.Contact) {
		p.add("org_contact", "error.email-contact")
	}
}

func (w *writer) organisation(o Organisation) error {
	for name, value := range map[string]string{"org.name": o.Name, "org.seal": o.Seal, "org.address": o.Address, "org.contact": o.Contact, "org.site": o.Site, "org.trusted": o.Trusted, "org.registration": string(o.Registration)} {
		if err := w.setting(name, value); err != nil {
			return err
		}
	}
	return nil
}

// setting keeps one value of the forum's own settings.
func (w *writer) setting(name, value string) error {
	return w.exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
}

// set gives a setting; "" where there is none.
func set(ctx context.Context, q querier, name string) (value string, err error) {
	if err = one(ctx, q, &value, "SELECT value FROM settings WHERE name = ?", name); KindOf(err) == NotFound {
		return "", nil
	}
	return value, err
}

// Describe sets the organisation's profile. Administrators only.
func (f *Forum) Describe(ctx context.Context, by Actor, o Organisation) error {
	return f.write(ctx, "describe organisation", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		var p problems
		if o.check(&p); p != nil {
			return p.err()
		}
		if err := w.organisation(o); err != nil {
			return err
		}
		return w.log(by, "describe", 0, 0, "")
	})
}

// logoSide is how long a side of the picture is at most, in pixels.
const logoSide = 128

// SetLogo sets the organisation's picture, made anew and small; none of it takes it away. Administrators only.
func (f *Forum) SetLogo(ctx context.Context, by Actor, raw []byte) error {
	if err := mayAdminister(by); err != nil {
		return err
	}
	var small []byte
	mark := ""
	if len(raw) > 0 {
		var err error
		if small, err = disclose.Thumbnail(raw, logoSide); err != nil {
			return Wrong("logo", "error.logo")
		}
		sum := sha256.Sum256(small)
		mark = hex.EncodeToString(sum[:8])
	}
	return f.write(ctx, "set logo", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		for name, value := range map[string]string{"org.logo": mark, "logo": base64.StdEncoding.EncodeToString(small)} {
			if err := w.setting(name, value); err != nil {
				return err
			}
		}
		return w.log(by, "describe", 0, 0, "")
	})
}

// ReadLogo gives the organisation's picture, a JPEG or PNG, by its name.
func (f *Forum) ReadLogo(ctx context.Context, name string) (b []byte, err error) {
	defer during(&err, "read logo")
	var text string
	if err = one(ctx, f.store.read, &text, "SELECT value FROM settings WHERE name = 'logo' AND value <> '' AND EXISTS (SELECT 1 FROM settings o WHERE o.name = 'org.logo' AND o.value = ?)", name); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

// ReadOrganisation gives the profile; every field is empty before the forum is set up.
func (f *Forum) ReadOrganisation(ctx context.Context) (o Organisation, err error) {
	defer during(&err, "read organisation")
	var rows []struct{ Name, Value string }
	if err = f.store.read.scan(ctx, &rows, "SELECT name, value FROM settings WHERE name LIKE 'org.%'"); err != nil {
		return o, err
	}
	for _, r := range rows {
		switch r.Name {
		case "org.name":
			o.Name = r.Value
		case "org.seal":
			o.Seal = r.Value
		case "org.address":
			o.Address = r.Value
		case "org.contact":
			o.Contact = r.Value
		case "org.site":
			o.Site = r.Value
		case "org.logo":
			o.Logo = r.Value
		case "org.trusted":
			o.Trusted = r.Value
		case "org.registration":
			o.Registration = Registering(r.Value)
		}
	}
	return o, nil
}

// IsSetUp tells whether the forum has its first administrator.
func (f *Forum) IsSetUp(ctx context.Context) (yes bool, err error) {
	defer during(&err, "is set up")
	var n int
	err = f.store.read.scan(ctx, &n, "SELECT count(*) FROM (SELECT 1 FROM members LIMIT 1) x")
	return n > 0, err
}
