package forum

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"peergroups/forum/disclose"
)

// Parties are names that a member wants to be warned of before they write them (P20). They
// are the confidences themselves: the store holds a keyed hash of each, which finds it in a
// text and tells nothing else.

const mostParties = 200

func (f *Forum) partyKey(m MemberID, folded string) string {
	mac := hmac.New(sha256.New, f.secret)
	mac.Write(fmt.Appendf(nil, "party\x00%d\x00%s", m, folded))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// AddParties adds the names of a list, one a line.
func (f *Forum) AddParties(ctx context.Context, by Actor, names string) error {
	return f.write(ctx, "add parties", func(w *writer) error {
		if by.Member == 0 {
			return Refuse(Forbidden, "error.sign-in-first")
		}
		var p problems
		if p.most("names", names, 20_000); p != nil {
			return p.err()
		}
		added := 0
		for name := range strings.Lines(names) {
			folded, words := disclose.Folded(name)
			if folded == "" {
				continue
			}
			if err := w.exec("INSERT INTO parties (member_id, key, words, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", by.Member, f.partyKey(by.Member, folded), words, w.now); err != nil {
				return err
			}
			added++
		}
		var n int
		if err := w.one(&n, "SELECT count(*) FROM parties WHERE member_id = ?", by.Member); err != nil {
			return err
		}
		switch {
		case added == 0:
			p.add("names", "error.empty.names")
		case n > mostParties:
			p.add("names", "error.too-many-names", "Most", mostParties)
		}
		return p.err()
	})
}

// ForgetParties deletes all names of the actor's list.
func (f *Forum) ForgetParties(ctx context.Context, by Actor) error {
	return f.write(ctx, "forget parties", func(w *writer) error {
		return w.exec("DELETE FROM parties WHERE member_id = ?", by.Member)
	})
}

// CountParties counts the names of the actor's list.
func (f *Forum) CountParties(ctx context.Context, by Actor) (n int, err error) {
	defer during(&err, "count parties")
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM parties WHERE member_id = ?", by.Member)
	return n, err
}

// CountHint counts that a text is looked through while it is written: a script asks whenever the writer rests.
func (f *Forum) CountHint(ctx context.Context, by Actor) error {
	return f.spend(ctx, hintsOfMember, "hint", by.key())
}

// FindConfidences finds in a text what looks like a confidence, the names of the actor's list
// included. Nothing is kept of it.
func (f *Forum) FindConfidences(ctx context.Context, by Actor, text string) (found []disclose.Finding, err error) {
	defer during(&err, "find confidences")
	found = disclose.Find(text, nil)
	var rows []struct {
		Key   string
		Words int
	}
	if err = f.store.read.scan(ctx, &rows, "SELECT key, words FROM parties WHERE member_id = ? ORDER BY words DESC", by.Member); err != nil || len(rows) == 0 {
		return found, err
	}
	known := map[string]bool{}
	var lengths []int
	for _, r := range rows {
		known[r.Key] = true
		if len(lengths) == 0 || lengths[len(lengths)-1] != r.Words {
			lengths = append(lengths, r.Words)
		}
	}
	names := disclose.Names(text, lengths, func(folded string) bool { return known[f.partyKey(by.Member, folded)] })
	return disclose.Merge(found, names), nil
}

// doubt looks for confidences in what came by mail, where no page has shown them to its writer.
func (f *Forum) doubt(ctx context.Context, by Actor, d *Draft) error {
	if d.Door != ByMail || d.sure {
		return nil
	}
	found, err := f.FindConfidences(ctx, by, d.Title+"\n"+d.Source)
	if err != nil {
		return err
	}
	d.doubtful = len(found) > 0
	d.named, err = f.tellsItsWriter(ctx, by, d)
	return err
}

// tellsItsWriter tells whether a draft names who writes it, or their address, in its text, its title or the name of a file: mail
// programs put a signature below each mail.
func (f *Forum) tellsItsWriter(ctx context.Context, by Actor, d *Draft) (bool, error) {
	if by.Member == 0 {
		return false, nil
	}
	var email string
	if err := one(ctx, f.store.read, &email, "SELECT email FROM members WHERE id = ?", by.Member); err != nil {
		return false, err
	}
	var names []string
	if len(d.Files) > 0 {
		if err := f.store.read.scan(ctx, &names, "SELECT name FROM files WHERE id IN (?)", bun.List(d.Files)); err != nil {
			return false, err
		}
	}
	told := strings.Join(append(names, d.Title, d.Source, d.Trimmed), "\n")
	return slices.ContainsFunc([]string{by.Name, by.Handle, email}, func(name string) bool { return len(NamesIn(told, name)) > 0 }), nil
}
