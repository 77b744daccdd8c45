package forum

import (
	"context"
	"strings"
)

// OldURL says under which path a mail stood in the archive that was brought in.
type OldURL struct{ Path, MessageID string }

const keepURL = "INSERT INTO old_urls (path, post_id) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET post_id = excluded.post_id"

// longPath is how long a path may be that is kept.
const longPath = 500

// KeepOldURLs keeps the paths under which mails of the board's archive stood, and tells how many of the mails are there: by
// the operator.
func (f *Forum) KeepOldURLs(ctx context.Context, by Actor, b BoardID, all []OldURL) (kept int, err error) {
	err = f.write(ctx, "keep old urls", func(w *writer) error {
		kept = 0
		if err := mayAdminister(by); err != nil {
			return err
		}
		for _, u := range all {
			if !strings.HasPrefix(u.Path, "/") || len(u.Path) > longPath {
				continue
			}
			n, err := w.changed(`INSERT INTO old_urls (path, post_id) SELECT CAST(? AS TEXT), i.post_id FROM imported i WHERE i.board_id = ? AND i.key = ? AND i.post_id <> 0
				ON CONFLICT (path) DO UPDATE SET post_id = excluded.post_id`, u.Path, b, keyOfMail(u.MessageID))
			if err != nil {
				return err
			}
			kept += int(n)
		}
		return nil
	})
	return kept, err
}

// FindOldURL gives the post that stood under a path elsewhere, if the actor may read it; else that answers as if it had never
// been there.
func (f *Forum) FindOldURL(ctx context.Context, by Actor, path string) (id PostID, err error) {
	defer during(&err, "find old url")
	if len(path) > longPath {
		return 0, Absent()
	}
	err = one(ctx, f.store.read, &id, "SELECT p.id FROM old_urls o JOIN posts p ON p.id = o.post_id"+postPlaces+" WHERE o.path = ? AND p.erased_at = 0 AND ?", path, postGate(by))
	return id, err
}
