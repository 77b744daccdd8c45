package forum

import (
	"context"
	"slices"
	"time"

	"peergroups/forum/markup"
)

// PolicyText is one published version of a text by which the body is bound (P30). Version 1 of each is the program's own, and stands in its catalogue.
type PolicyText struct {
	ID          int64 `bun:"id"`
	Name        string
	Version     int64
	Words       string // Markdown
	Changes     string // what is different, in the body's own words
	Asks        bool   // what data is used for has changed: members are asked anew
	PublishedBy MemberID
	PublishedAt Instant
}

// Policies is the register of texts that can be published.
var Policies = []string{"privacy", "terms"}

// PolicyDraft is a text to be published.
type PolicyDraft struct {
	Name           string
	Words, Changes string
	Asks           bool
	After          int64 // the version that it amends: another that was published meanwhile is not written over
}

// MaxPolicy is how long a text may be, in characters.
const MaxPolicy = 60_000

const (
	policyColumns = "SELECT po.id, po.name, po.version, po.words, po.changes, po.asks, po.published_by, po.published_at FROM policies po "
	// current picks of each text the version that holds.
	current = "NOT EXISTS (SELECT 1 FROM policies newer WHERE newer.name = po.name AND newer.version > po.version)"
)

// ReadPolicies gives the published texts that hold today, by name; who has published none is bound by the program's own.
func (f *Forum) ReadPolicies(ctx context.Context) (out []PolicyText, err error) {
	defer during(&err, "read policies")
	err = f.store.read.scan(ctx, &out, policyColumns+"WHERE "+current+" ORDER BY po.name")
	return out, err
}

// ReadPolicy gives all published versions of a text, the newest first.
func (f *Forum) ReadPolicy(ctx context.Context, name string) (out []PolicyText, err error) {
	defer during(&err, "read policy")
	if !slices.Contains(Policies, name) {
		return nil, Absent()
	}
	err = f.store.read.scan(ctx, &out, policyColumns+"WHERE po.name = ? ORDER BY po.version DESC", name)
	return out, err
}

// PublishPolicy amends a text, at once (P30). The same words again change nothing. Administrators and privacy officers only.
func (f *Forum) PublishPolicy(ctx context.Context, by Actor, d PolicyDraft) error {
	return f.write(ctx, "publish policy", func(w *writer) error {
		if err := mayPublishPolicy(by); err != nil {
			return err
		}
		if !slices.Contains(Policies, d.Name) {
			return Absent()
		}
		var p problems
		if d.Words = p.text("text", d.Words, MaxPolicy); d.Words == "" {
			p.add("text", "error.empty.text")
		}
		d.Changes = p.needed("changes", d.Changes, 2000)
		if err := p.err(); err != nil {
			return err
		}
		if err := w.lockLog(); err != nil {
			return err
		}
		last := PolicyText{Version: 1}
		if err := w.one(&last, policyColumns+"WHERE po.name = ? AND "+current, d.Name); err != nil && KindOf(err) != NotFound {
			return err
		}
		switch {
		case last.Version > 1 && last.Words == d.Words: // a double click
			return nil
		case last.Version != d.After:
			p.add("text", "error.policy-amended")
			return p.err()
		}
		id := w.id()
		if err := w.exec("INSERT INTO policies (id, name, version, words, changes, asks, published_by, published_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			id, d.Name, last.Version+1, d.Words, d.Changes, bit(d.Asks), by.Member, w.now); err != nil {
			return err
		}
		return either(w.exec("DELETE FROM policy_uses WHERE policy_id = ?", last.ID), w.log(by, "publish-policy", id, 0, d.Name+" "+decimal(last.Version+1)+": "+markup.Line(d.Changes)))
	})
}

// PolicyNotice is an amended text of which a member is told.
type PolicyNotice struct {
	PolicyText
	ShownAt, UsedAt Instant
	Answer          string // to one that asks: "given", "refused" or ""
}

// A text counts as shown when the page is over on which it was told of: pages ask for things at the same time. It is told of for a while.
const (
	pageOver  = time.Minute
	toldOfFor = 14 * 24 * time.Hour
)

// TellPolicies gives the amended texts of which the actor is to be told now, and notes that they are. Who goes on after that uses the forum under
// them, which is recorded as deemed consent (P30, P25), unless the text asks for a given one.
func (f *Forum) TellPolicies(ctx context.Context, by Actor) (out []PolicyNotice, err error) {
	if by.Member == 0 {
		return nil, nil
	}
	err = f.write(ctx, "tell policies", func(w *writer) error {
		out = nil
		var all []PolicyNotice
		if err := w.scan(w.ctx, &all, `SELECT po.id, po.name, po.version, po.words, po.changes, po.asks, po.published_at, coalesce(u.shown_at, 0) AS shown_at, coalesce(u.used_at, 0) AS used_at,
			coalesce((SELECT c.how FROM consents c WHERE c.member_id = ?0 AND c.purpose = po.name AND c.version = CAST(po.version AS TEXT) AND c.how <> 'deemed' ORDER BY c.given_at DESC, c.id DESC LIMIT 1), '') AS answer
			FROM policies po LEFT JOIN policy_uses u ON u.policy_id = po.id AND u.member_id = ?0 WHERE `+current+` AND po.published_at > (SELECT m.policies_at FROM members m WHERE m.id = ?0)
			AND coalesce(u.done_at, 0) = 0 ORDER BY po.published_at, po.id`, by.Member); err != nil {
			return err
		}
		for i := range all {
			told, err := w.tellPolicy(by, &all[i])
			if err != nil {
				return err
			}
			if told {
				out = append(out, all[i])
			}
		}
		if len(out) == 0 { // done with all: the next pages need not ask
			return w.exec("UPDATE members SET policies_at = (SELECT coalesce(max(po.published_at), 0) FROM policies po) WHERE id = ?", by.Member)
		}
		return nil
	})
	return out, err
}

// tellPolicy notes that the actor is told of a text, or that they went on, and answers whether they are told of it still.
func (w *writer) tellPolicy(by Actor, n *PolicyNotice) (bool, error) {
	switch {
	case n.Asks && n.Answer != "":
		return false, nil
	case n.ShownAt == 0:
		n.ShownAt = w.now
		return true, w.exec("INSERT INTO policy_uses (member_id, policy_id, shown_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", by.Member, n.ID, w.now)
	case n.Asks:
		return true, nil
	case n.UsedAt == 0 && n.ShownAt.add(pageOver) <= w.now:
		n.UsedAt = w.now
		return true, either(w.exec("UPDATE policy_uses SET used_at = ? WHERE member_id = ? AND policy_id = ?", w.now, by.Member, n.ID), w.agree(by.Member, n.Name, decimal(n.Version), n.Words, "deemed"))
	}
	return n.UsedAt == 0 || n.ShownAt.add(toldOfFor) > w.now, nil
}

// AnswerPolicy is the actor's word on an amended text: that they have read of it, or, where it asks, whether they agree. It can be said again.
func (f *Forum) AnswerPolicy(ctx context.Context, by Actor, name string, version int64, yes bool) error {
	return f.write(ctx, "answer policy", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		var t PolicyText
		if err := w.one(&t, policyColumns+"WHERE po.name = ? AND po.version = ?", name, version); err != nil {
			return err
		}
		var newer int
		if err := w.one(&newer, "SELECT count(*) FROM policies WHERE name = ? AND version > ?", name, version); err != nil {
			return err
		}
		if newer > 0 {
			return Refuse(Closed, "error.policy-amended")
		}
		if err := w.exec(`INSERT INTO policy_uses (member_id, policy_id, shown_at, used_at, done_at) VALUES (?0, ?1, ?2, ?2, ?2)
			ON CONFLICT (member_id, policy_id) DO UPDATE SET done_at = ?2`, by.Member, t.ID, w.now); err != nil {
			return err
		}
		how := map[bool]string{true: "given", false: "refused"}[yes]
		if !t.Asks {
			how = "deemed"
		}
		return w.agree(by.Member, t.Name, decimal(t.Version), t.Words, how)
	})
}

// agree records how a member stands to the words of a version, once for each change of their mind.
func (w *writer) agree(m MemberID, purpose, version, words, how string) error {
	hash, err := w.wording(words)
	if err != nil {
		return err
	}
	var last struct {
		How         string
		WithdrawnAt Instant
	}
	if err := w.one(&last, "SELECT how, withdrawn_at FROM consents WHERE member_id = ? AND purpose = ? AND version = ? ORDER BY given_at DESC, id DESC LIMIT 1", m, purpose, version); err != nil && KindOf(err) != NotFound {
		return err
	}
	if last.How == how && last.WithdrawnAt == 0 {
		return nil
	}
	return either(w.exec("UPDATE consents SET withdrawn_at = ? WHERE member_id = ? AND purpose = ? AND version = ? AND withdrawn_at = 0 AND how <> 'refused'", w.now, m, purpose, version),
		w.exec("INSERT INTO consents (id, member_id, purpose, version, given_at, wording, how) VALUES (?, ?, ?, ?, ?, ?, ?)", w.id(), m, purpose, version, w.now, hash, how))
}
