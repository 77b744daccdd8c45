package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// MailedQuotes gives the posts quoted by a post that may stand in a mail of it to the member: those that they may read
// themselves now, and everybody for whom the quoting post is, since an answer to the mail quotes what stands in it; out of
// places of which what is said goes out by mail, and no more confidential than the quoting post.
func (f *Forum) MailedQuotes(ctx context.Context, to MemberID, in *PlacedPost) (out []PlacedPost, err error) {
	ids := References(in.HTML)
	if ids == nil {
		return nil, nil
	}
	defer during(&err, "mailed quotes")
	by, err := f.ActorFor(ctx, to)
	if err != nil || by.Member == 0 {
		return nil, err
	}
	by.byMail = true
	a := in.Audience
	err = f.store.read.scan(ctx, &out, placedColumns+postPlaces+` WHERE p.id IN (?0) AND p.erased_at = 0 AND g.no_list = 0 AND p.class <= ?1 AND p.class < ?2 AND g.class < ?2 AND ?3
		AND NOT (?4 OR ?5 OR ?6 OR ?7 OR ?8) ORDER BY p.id`, bun.List(ids), in.Class, SealedClass, postGate(by), uncovered(a, "p"), uncovered(a, "t"), shutOut(a, "g"), joinedAfter("p"), joinedAfter("t"))
	for i := range out {
		f.veilPlaced(&out[i])
	}
	return out, err
}
