package forum

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"peergroups/forum/markup"
)

// Programme is a qualifying assessment programme that the body accepts (P7). One that was
// retired stays with those who named it, and is offered to nobody.
type Programme struct {
	ID        int64 `bun:"id"`
	Name      string
	AddedAt   Instant
	RetiredAt Instant // 0: it is offered
}

// Programmes lists them all by name; what is retired stands last.
func (f *Forum) Programmes(ctx context.Context, by Actor) (out []Programme, err error) {
	defer during(&err, "programmes")
	if by.Member == 0 {
		return nil, Refuse(Forbidden, "error.sign-in-first")
	}
	err = f.store.read.scan(ctx, &out, "SELECT id, name, added_at, retired_at FROM programmes ORDER BY CASE WHEN retired_at > 0 THEN 1 ELSE 0 END, name, id")
	return out, err
}

// AddProgramme puts a programme on the list: by a reviewer. The same name twice is once.
func (f *Forum) AddProgramme(ctx context.Context, by Actor, name string) (id int64, err error) {
	err = f.write(ctx, "add programme", func(w *writer) error {
		if err := mayReview(by); err != nil {
			return err
		}
		var p problems
		if name = p.line("programme", name, 200); p != nil {
			return p.err()
		}
		if err := w.lockLog(); err != nil { // of two at once the second finds the first
			return err
		}
		err := w.one(&id, "SELECT id FROM programmes WHERE name = ? AND retired_at = 0", name)
		if KindOf(err) != NotFound {
			return err
		}
		id = w.id()
		return either(w.exec("INSERT INTO programmes (id, name, added_at) VALUES (?, ?, ?)", id, name, w.now), w.log(by, "add-programme", id, 0, name))
	})
	return id, err
}

// RenameProgramme changes the name also where it was chosen: by a reviewer.
func (f *Forum) RenameProgramme(ctx context.Context, by Actor, id int64, name string) error {
	return f.write(ctx, "rename programme", func(w *writer) error {
		if err := mayReview(by); err != nil {
			return err
		}
		var p problems
		if name = p.line("programme", name, 200); p != nil {
			return p.err()
		}
		n, err := w.changed("UPDATE programmes SET name = ? WHERE id = ?", name, id)
		if err == nil && n == 0 {
			err = Absent()
		}
		return either(err, w.log(by, "rename-programme", id, 0, name))
	})
}

// RetireProgramme takes a programme off the list, or puts it back on: by a reviewer.
func (f *Forum) RetireProgramme(ctx context.Context, by Actor, id int64, retire bool) error {
	return f.write(ctx, "retire programme", func(w *writer) error {
		if err := mayReview(by); err != nil {
			return err
		}
		at, act := Instant(0), "offer-programme"
		if retire {
			at, act = w.now, "retire-programme"
		}
		n, err := w.changed("UPDATE programmes SET retired_at = ? WHERE id = ?", at, id)
		if err == nil && n == 0 {
			err = Absent()
		}
		return either(err, w.log(by, act, id, 0, ""))
	})
}

// CertificationRules are what the body asks for, and how it decides.
type CertificationRules struct {
	Hours, Mediations int    // either is enough to be certified; 0: nobody is measured by it
	Years             int    // that a certificate runs, where the reviewer says nothing else
	GraceDays         int    // after its end, in which the doors stay open
	Second            bool   // a second reviewer confirms each decision
	Conduct           string // the body's code of conduct; "": the program's own short one
}

var usualRules = CertificationRules{Hours: 200, Mediations: 20, Years: 3}

// ConductVersion names the wording of the code of conduct that is declared today.
func (r CertificationRules) ConductVersion() string {
	if r.Conduct == "" {
		return "standard-1"
	}
	sum := sha256.Sum256([]byte(r.Conduct))
	return hex.EncodeToString(sum[:6])
}

// Reaches tells whether the practice is enough.
func (r CertificationRules) Reaches(hours, mediations int) bool {
	return r.Hours == 0 && r.Mediations == 0 || r.Hours > 0 && hours >= r.Hours || r.Mediations > 0 && mediations >= r.Mediations
}

func (r *CertificationRules) check(p *problems) {
	for _, n := range []struct {
		field     string
		is, least int
		most      int
	}{{"rule_hours", r.Hours, 0, 100_000}, {"rule_mediations", r.Mediations, 0, 100_000}, {"rule_years", r.Years, 1, 20}, {"rule_grace", r.GraceDays, 0, 366}} {
		if n.is < n.least || n.is > n.most {
			p.add(n.field, "error.number-between", "Least", n.least, "Most", n.most)
		}
	}
	r.Conduct = p.text("rule_conduct", markup.Neutral(r.Conduct), 20_000)
}

// ReadRules gives the rules of certification: they are no secret.
func (f *Forum) ReadRules(ctx context.Context) (r CertificationRules, err error) {
	defer during(&err, "read rules")
	return readRules(ctx, f.store.read)
}

// ReadConduct gives a wording of the code of conduct that was ever in force, by its version; "": today's. The words are ""
// where they are the program's own.
func (f *Forum) ReadConduct(ctx context.Context, version string) (words, is string, err error) {
	defer during(&err, "read conduct")
	r, err := readRules(ctx, f.store.read)
	if err != nil || version == "" || version == r.ConductVersion() {
		return r.Conduct, r.ConductVersion(), err
	}
	if version == (CertificationRules{}).ConductVersion() {
		return "", version, nil
	}
	err = one(ctx, f.store.read, &words, "SELECT value FROM settings WHERE name = ?", "cert.conduct."+version)
	return words, version, err
}

func readRules(ctx context.Context, q querier) (CertificationRules, error) {
	r := usualRules
	var rows []struct{ Name, Value string }
	if err := q.scan(ctx, &rows, "SELECT name, value FROM settings WHERE name IN ('cert.hours', 'cert.mediations', 'cert.years', 'cert.grace', 'cert.second', 'cert.conduct')"); err != nil {
		return r, err
	}
	for _, row := range rows {
		n, _ := strconv.Atoi(row.Value) // written below
		switch row.Name {
		case "cert.hours":
			r.Hours = n
		case "cert.mediations":
			r.Mediations = n
		case "cert.years":
			r.Years = n
		case "cert.grace":
			r.GraceDays = n
		case "cert.second":
			r.Second = n == 1
		case "cert.conduct":
			r.Conduct = row.Value
		}
	}
	return r, nil
}

// ChangeRules sets the rules: by an administrator. They hold for what is decided from now
// on. Each wording of the code of conduct is kept under its version, since it was declared.
func (f *Forum) ChangeRules(ctx context.Context, by Actor, r CertificationRules) error {
	return f.write(ctx, "change rules", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		var p problems
		if r.check(&p); p != nil {
			return p.err()
		}
		for name, value := range map[string]string{"cert.hours": strconv.Itoa(r.Hours), "cert.mediations": strconv.Itoa(r.Mediations), "cert.years": strconv.Itoa(r.Years),
			"cert.grace": strconv.Itoa(r.GraceDays), "cert.second": strconv.Itoa(bit(r.Second)), "cert.conduct": r.Conduct, "cert.conduct." + r.ConductVersion(): r.Conduct} {
			if err := w.setting(name, value); err != nil {
				return err
			}
		}
		return w.log(by, "change-rules", 0, 0, "")
	})
}
