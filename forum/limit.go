package forum

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// limit is how often something may be tried within a time.
type limit struct {
	most  int64
	every time.Duration
}

// The limits. Buckets are kept under a hash: an address that was tried is nobody's to read.
var (
	loginsOfName      = limit{10, 15 * time.Minute}
	loginsOfAll       = limit{100, 15 * time.Minute}
	loginsOfSource    = limit{60, 15 * time.Minute}
	codesOfMember     = limit{10, 15 * time.Minute}
	codesOfDay        = limit{60, 24 * time.Hour}
	codesOfSource     = limit{60, 15 * time.Minute}
	passwordsOfOwn    = limit{10, 15 * time.Minute}
	checksOfSource    = limit{60, time.Hour}
	registrations     = limit{10, time.Hour}
	mailsOfStranger   = limit{3, 24 * time.Hour}
	resetsOfMember    = limit{3, time.Hour}
	resetsOfSource    = limit{20, time.Hour}
	postsOfMember     = limit{120, 10 * time.Minute}
	filesOfMember     = limit{60, 10 * time.Minute}
	hintsOfMember     = limit{600, 10 * time.Minute}
	keepsOfMember     = limit{600, 10 * time.Minute}
	reactionsOfMember = limit{300, 10 * time.Minute}
	saysOfMember      = limit{120, time.Minute}
	looksOfMember     = limit{60, time.Hour}
	detailsOfMember   = limit{20, 24 * time.Hour}
	downloadsOfMember = limit{5, 24 * time.Hour}
	verifications     = limit{60, 15 * time.Minute}
	searchesOfOne     = limit{300, 10 * time.Minute}
	asksOfMember      = limit{10, 24 * time.Hour}
	invitesOfOne      = limit{5, 24 * time.Hour}
	arrivalsOfMember  = limit{200, 24 * time.Hour}
	arrivalsOfAll     = limit{1000, time.Hour}
	houseMails        = limit{200, 24 * time.Hour}
	notesOfHouse      = limit{1, time.Hour}
	unprovedOfMember  = limit{40, 24 * time.Hour}
	answersByMail     = limit{1, 24 * time.Hour}
	notesOfHeld       = limit{1, 24 * time.Hour}
	takesOfMember     = limit{60, 24 * time.Hour}
	minutesOfMember   = limit{20, 24 * time.Hour}
	reportsOfMember   = limit{20, 24 * time.Hour}
	notesOfMember     = limit{200, 24 * time.Hour}
	circularsOfOne    = limit{20, 24 * time.Hour}
	triesOfList       = limit{5, time.Hour}
	triesOfCircular   = limit{30, time.Hour}
	talkTries         = limit{100, 24 * time.Hour}
	notesOfRequests   = limit{6, time.Hour}
	requestsOfOne     = limit{10, 24 * time.Hour}
	talkInvites       = limit{30, 24 * time.Hour}
)

func bucketOf(kind, who string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + who))
	return hex.EncodeToString(sum[:16])
}

// refund takes back a try that was none: what succeeded is no guess.
func (w *writer) refund(kind, who string) error {
	return w.exec("UPDATE attempts SET n = n - 1 WHERE bucket = ? AND n > 0", bucketOf(kind, who))
}

// spend counts one try in its own statement, so that tries in parallel cannot slip through
// together, and refuses when there were too many.
func (w *writer) spend(l limit, kind, who string) error {
	var n int64
	if err := w.one(&n, `INSERT INTO attempts (bucket, n, until_at) VALUES (?0, 1, ?1)
		ON CONFLICT (bucket) DO UPDATE SET n = CASE WHEN attempts.until_at <= ?2 THEN 1 ELSE attempts.n + 1 END,
		until_at = CASE WHEN attempts.until_at <= ?2 THEN ?1 ELSE attempts.until_at END RETURNING n`,
		bucketOf(kind, who), w.now.add(l.every), w.now); err != nil {
		return err
	}
	if n > l.most {
		return &Error{Kind: TooMany, Message: Message{Key: "error.too-many", Args: map[string]any{"Count": int(l.every.Minutes())}}}
	}
	return nil
}

// spend in a transaction of its own: what follows may fail, the try counts.
func (f *Forum) spend(ctx context.Context, l limit, kind, who string) error {
	return f.write(ctx, "count tries", func(w *writer) error { return w.spend(l, kind, who) })
}
