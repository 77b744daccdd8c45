package forum

import (
	"context"
	"slices"
)

// Processor is who really stands behind a service outside (P26): what data goes there the register of providers says.
type Processor struct {
	Name      string // of Providers
	Who       string // company or body
	Country   string // where it works on the data
	Safeguard string // by what the data is safe there: a contract, a decision on adequacy
	ChangedAt Instant
}

// ReadProcessors gives those who are registered, by name. They are public.
func (f *Forum) ReadProcessors(ctx context.Context) (out []Processor, err error) {
	defer during(&err, "read processors")
	err = f.store.read.scan(ctx, &out, "SELECT name, who, country, safeguard, changed_at FROM processors ORDER BY name")
	return out, err
}

// RegisterProcessor names who stands behind a service, before data goes there. Administrators and privacy officers, and the operator, only.
func (f *Forum) RegisterProcessor(ctx context.Context, by Actor, p Processor) error {
	return f.write(ctx, "register processor", func(w *writer) error {
		if err := mayPublishPolicy(by); err != nil {
			return err
		}
		if !slices.ContainsFunc(Providers, func(v Provider) bool { return v.Name == p.Name }) {
			return Absent()
		}
		var wrong problems
		p.Who, p.Country, p.Safeguard = wrong.line("company", p.Who, 200), wrong.line("country", p.Country, 100), wrong.line("safeguard", p.Safeguard, 500)
		if err := wrong.err(); err != nil {
			return err
		}
		if err := w.exec(`INSERT INTO processors (name, who, country, safeguard, changed_by, changed_at) VALUES (?0, ?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (name) DO UPDATE SET who = ?1, country = ?2, safeguard = ?3, changed_by = ?4, changed_at = ?5`, p.Name, p.Who, p.Country, p.Safeguard, by.Member, w.now); err != nil {
			return err
		}
		return w.log(by, "register-processor", 0, 0, p.Name+": "+p.Who+", "+p.Country+": "+p.Safeguard)
	})
}
