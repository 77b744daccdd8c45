package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// MailedQuotes gives the posts quoted by a cooked text that may stand in a mail to the member: those that they may read
// themselves now, out of places of which what is said goes out by mail.
func (f *Forum) MailedQuotes(ctx context.Context, to MemberID, html string) (out []PlacedPost, err error) {
	ids := References(html)
	if ids == nil {
		return nil, nil
	}
	defer during(&err, "mailed quotes")
	by, err := f.ActorFor(ctx, to)
	if err != nil || by.Member == 0 {
		return nil, err
	}
	by.byMail = true
	err = f.store.read.scan(ctx, &out, placedColumns+postPlaces+" WHERE p.id IN (?) AND p.erased_at = 0 AND g.no_list = 0 AND p.class < ? AND g.class < ? AND ? ORDER BY p.id",
		bun.List(ids), SealedClass, SealedClass, postGate(by))
	for i := range out {
		f.veilPlaced(&out[i])
	}
	return out, err
}
