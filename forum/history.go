package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// EarlierDetail is what a member's registration said before they changed it (P8). Field is as the
// form calls it.
type EarlierDetail struct {
	Field   string
	Was     string
	UntilAt Instant // when it was changed
}

// identified are the fields by which a certificate says whose it is: reviewers see what they were.
var identified = []string{"name", "title"}

// keepEarlier writes down what the new details of a member replace.
func (w *writer) keepEarlier(m MemberID, d Profile) error {
	var was Profile
	if err := w.one(&was, `SELECT m.name, m.title, r.business_address, r.business_phone, r.other_contact
		FROM members m JOIN registrations r ON r.member_id = m.id WHERE m.id = ?`, m); err != nil {
		return err
	}
	spent := false
	for _, c := range []struct{ field, was, is string }{{"name", was.Name, d.Name}, {"title", was.Title, d.Title},
		{"business_address", was.BusinessAddress, d.BusinessAddress}, {"business_phone", was.BusinessPhone, d.BusinessPhone}, {"other_contact", was.OtherContact, d.OtherContact}} {
		if c.was == c.is {
			continue
		}
		if !spent {
			if err := w.spend(detailsOfMember, "details", Actor{Member: m}.key()); err != nil {
				return err
			}
			spent = true
		}
		if err := w.earlier(m, c.field, c.was); err != nil {
			return err
		}
	}
	return nil
}

// earlier keeps one value that is replaced; that there was none is not kept.
func (w *writer) earlier(m MemberID, field, was string) error {
	if was == "" {
		return nil
	}
	return w.exec("INSERT INTO earlier_details (id, member_id, field, was, until_at) VALUES (?, ?, ?, ?, ?)", w.id(), m, field, was, w.now)
}

// earlierDetails reads what a member's registration said before, newest first: of the fields, or of all.
func earlierDetails(ctx context.Context, q querier, m MemberID, fields ...string) (out []EarlierDetail, err error) {
	of := bun.SafeQuery("1 = 1")
	if fields != nil {
		of = bun.SafeQuery("e.field IN (?)", bun.List(fields))
	}
	err = q.scan(ctx, &out, "SELECT e.field, e.was, e.until_at FROM earlier_details e WHERE e.member_id = ? AND ? ORDER BY e.id DESC LIMIT 500", m, of)
	return out, err
}
