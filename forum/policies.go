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

// PublishPolicy amends a text, at once (P30). The same again changes nothing. Administrators and privacy officers only.
func (f *Forum) PublishPolicy(ctx context.Context, by Actor, d PolicyDraft) error {
	return f.write(ctx, "publish policy", func(w *writer) error {
		if err := mayPublishPolicy(by); err != nil {
			return err
		}
		if !slices.Contains(Policies, d.Name) {
			return Absent()
		}
		if err := w.lockLog(); err != nil {
			return err
		}
		last := PolicyText{Version: 1}
		if err := w.one(&last, policyColumns+"WHERE po.name = ? AND "+current, d.Name); err != nil && KindOf(err) != NotFound {
			return err
		}
		var p problems
		if d.Words = p.text("text", d.Words, MaxPolicy); d.Words == "" {
			p.add("text", "error.empty.text")
		}
		d.Changes = p.needed("changes", d.Changes, 2000)
		if last.Version > 1 && last.Words == d.Words && last.Changes == d.Changes && last.Asks == d.Asks { // a double click
			return nil
		}
		if last.Version != d.After {
			p.add("text", "error.policy-amended")
		}
		if err := p.err(); err != nil {
			return err
		}
		id, now := w.id(), w.f.instant() // later than what others published while this waited
		if err := w.exec("INSERT INTO policies (id, name, version, words, changes, asks, published_by, published_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			id, d.Name, last.Version+1, d.Words, d.Changes, bit(d.Asks), by.Member, now); err != nil {
			return err
		}
		return either(w.exec("DELETE FROM policy_uses WHERE policy_id IN (SELECT po.id FROM policies po WHERE po.name = ? AND po.version <= ?)", d.Name, last.Version),
			w.log(by, "publish-policy", id, 0, d.Name+" "+decimal(last.Version+1)+": "+markup.Line(d.Changes)))
	})
}

// PolicyNotice is an amended text of which a member is told. It asks where any version after the last one that they gave their consent to does: what
// was asked once is not taken for agreed by a later amendment.
type PolicyNotice struct {
	PolicyText
	ShownAt, UsedAt, DoneAt Instant
	Answer                  string // to this version, where it asks: "given", "refused" or ""
}

// A text counts as shown when the page is over on which it was told of: pages ask for things at the same time. It is told of for a while.
const (
	pageOver  = time.Minute
	toldOfFor = 14 * 24 * time.Hour
)

const noticesOfPolicies = `SELECT po.id, po.name, po.version, po.words, po.changes, po.published_at, coalesce(u.shown_at, 0) AS shown_at, coalesce(u.used_at, 0) AS used_at, coalesce(u.done_at, 0) AS done_at,
	EXISTS (SELECT 1 FROM policies a WHERE a.name = po.name AND a.asks <> 0 AND a.version > coalesce((SELECT max(g.version) FROM policies g JOIN consents gc ON gc.member_id = ?0 AND gc.purpose = g.name
		AND gc.version = CAST(g.version AS TEXT) AND gc.how = 'given' AND gc.withdrawn_at = 0 WHERE g.name = po.name), 1)) AS asks,
	coalesce((SELECT c.how FROM consents c WHERE c.member_id = ?0 AND c.purpose = po.name AND c.version = CAST(po.version AS TEXT) AND c.how <> 'deemed' ORDER BY c.given_at DESC, c.id DESC LIMIT 1), '') AS answer
	FROM policies po LEFT JOIN policy_uses u ON u.policy_id = po.id AND u.member_id = ?0 WHERE ` + current

// TellPolicies gives the amended texts of which the actor is to be told on this page, and notes that they are. Who goes on after that uses the forum
// under them, which is recorded as deemed consent (P30, P25), unless an answer is asked; going on is not to read them, nor to look where to leave.
func (f *Forum) TellPolicies(ctx context.Context, by Actor, goesOn bool) (out []PolicyNotice, err error) {
	if by.Member == 0 {
		return nil, nil
	}
	const since = noticesOfPolicies + " AND po.published_at > (SELECT m.policies_at FROM members m WHERE m.id = ?0) ORDER BY po.published_at, po.id"
	var all []PolicyNotice
	if err = f.store.read.scan(ctx, &all, since, by.Member); err != nil {
		return nil, err
	}
	changes := false
	for i := range all {
		told, changed := all[i].told(f.instant(), goesOn)
		if changes = changes || changed; told {
			out = append(out, all[i])
		}
	}
	if !changes && len(out) > 0 || len(all) == 0 {
		return out, nil
	}
	return out, f.write(ctx, "tell policies", func(w *writer) error {
		if err := w.lockMembers(by.Member); err != nil {
			return err
		}
		all = nil
		if err := w.scan(w.ctx, &all, since, by.Member); err != nil {
			return err
		}
		left, newest := false, Instant(0)
		for i := range all {
			n := &all[i]
			newest = max(newest, n.PublishedAt)
			told, changed := n.told(w.now, goesOn)
			left = left || told
			if !changed {
				continue
			}
			if err := w.notePolicy(by.Member, n); err != nil {
				return err
			}
		}
		if !left && newest > 0 { // done with all of these: the next pages need not ask
			return w.exec("UPDATE members SET policies_at = ? WHERE id = ? AND policies_at < ?", newest, by.Member, newest)
		}
		return nil
	})
}

// told tells whether a member is told of the text now, and whether that is to be noted: that it is shown, or that they went on.
func (n *PolicyNotice) told(now Instant, goesOn bool) (told, noted bool) {
	switch {
	case n.DoneAt > 0 || n.Asks && n.Answer != "":
		return false, false
	case n.ShownAt == 0:
		n.ShownAt = now
		return true, true
	case n.Asks:
		return true, false
	case n.UsedAt == 0 && goesOn && n.ShownAt.add(pageOver) <= now:
		n.UsedAt = now
		return true, true
	}
	return n.UsedAt == 0 || n.ShownAt.add(toldOfFor) > now, false
}

func (w *writer) notePolicy(m MemberID, n *PolicyNotice) error {
	if n.UsedAt == 0 {
		return w.exec("INSERT INTO policy_uses (member_id, policy_id, shown_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", m, n.ID, n.ShownAt)
	}
	return either(w.exec("UPDATE policy_uses SET used_at = ? WHERE member_id = ? AND policy_id = ?", n.UsedAt, m, n.ID), w.agree(m, n.Name, decimal(n.Version), n.Words, "deemed"))
}

// ReadPolicyAnswers gives the texts that hold and ask the actor for an answer, with the one they gave: it can be changed.
func (f *Forum) ReadPolicyAnswers(ctx context.Context, by Actor) (out []PolicyNotice, err error) {
	defer during(&err, "read policy answers")
	var all []PolicyNotice
	err = f.store.read.scan(ctx, &all, noticesOfPolicies+" ORDER BY po.name", by.Member)
	for _, n := range all {
		if n.Asks || n.Answer != "" {
			out = append(out, n)
		}
	}
	return out, err
}

// AnswerPolicy is the actor's word on an amended text: that they have read of it, or, where it asks, whether they agree. It can be said again.
func (f *Forum) AnswerPolicy(ctx context.Context, by Actor, name string, version int64, yes bool) error {
	return f.write(ctx, "answer policy", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		if err := w.lockMembers(by.Member); err != nil {
			return err
		}
		var t PolicyNotice
		if err := w.one(&t, noticesOfPolicies+" AND po.name = ?1", by.Member, name); err != nil {
			return err
		}
		switch asks := t.Asks || t.Answer != ""; {
		case t.Version > version && version > 1:
			return Refuse(Closed, "error.policy-over")
		case t.Version != version || !asks && !yes:
			return Absent()
		}
		if err := w.exec(`INSERT INTO policy_uses (member_id, policy_id, shown_at, used_at, done_at) VALUES (?0, ?1, ?2, ?2, ?2)
			ON CONFLICT (member_id, policy_id) DO UPDATE SET done_at = ?2`, by.Member, t.ID, w.now); err != nil {
			return err
		}
		how := map[bool]string{true: "given", false: "refused"}[yes]
		if !t.Asks && t.Answer == "" {
			how = "deemed"
		}
		if !yes { // to what was before they agree no more, either
			if err := w.withdrawConsent(by.Member, t.Name); err != nil {
				return err
			}
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
