package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// BookmarkDraft is what the form that keeps a post says.
type BookmarkDraft struct {
	Note string // for oneself
	On   string // day of the reminder, "2006-01-02" in the member's zone; "": none
}

// Bookmark is a post that a member keeps for themself; nobody else knows of it.
type Bookmark struct {
	PlacedPost
	Note       string
	KeptAt     Instant // 0: it is not kept
	RemindAt   Instant // 0: never
	RemindedAt Instant
}

const (
	mostBookmarks = 2000
	mostNote      = 500 // characters
)

// KeepPost keeps a post that the actor may read, or changes what they noted of it.
func (f *Forum) KeepPost(ctx context.Context, by Actor, id PostID, d BookmarkDraft) error {
	return f.write(ctx, "keep post", func(w *writer) error {
		if err := w.one(&id, "SELECT p.id FROM posts p"+postPlaces+" WHERE p.id = ? AND p.erased_at = 0 AND ?", id, postGate(by)); err != nil {
			return err
		}
		if err := mayKeep(by); err != nil {
			return err
		}
		var p problems
		d.Note = p.text("note", d.Note, mostNote)
		at, err := w.remindAt(by, id, d.On, &p)
		if err != nil {
			return err
		}
		var n int
		if err := w.one(&n, "SELECT count(*) FROM bookmarks WHERE member_id = ? AND post_id <> ?", by.Member, id); err != nil {
			return err
		}
		if n >= mostBookmarks {
			p.add("note", "error.too-many-bookmarks", "Most", mostBookmarks)
		}
		if err := p.err(); err != nil {
			return err
		}
		return w.exec(`INSERT INTO bookmarks (member_id, post_id, note, kept_at, remind_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (member_id, post_id) DO UPDATE SET note = excluded.note, remind_at = excluded.remind_at,
			reminded_at = CASE WHEN bookmarks.remind_at = excluded.remind_at THEN bookmarks.reminded_at ELSE 0 END`, by.Member, id, d.Note, w.now, at)
	})
}

// remindAt is the member's hour of digests on the day.
func (w *writer) remindAt(by Actor, id PostID, day string, p *problems) (Instant, error) {
	if day == "" {
		return 0, nil
	}
	var hour int
	if err := w.one(&hour, "SELECT digest_hour FROM members WHERE id = ?", by.Member); err != nil {
		return 0, err
	}
	loc := by.location()
	on, err := time.ParseInLocation("2006-01-02", day, loc)
	if err != nil {
		p.add("on", "error.remind-day")
		return 0, nil
	}
	at := At(time.Date(on.Year(), on.Month(), on.Day(), hour, 0, 0, 0, loc))
	var had Instant // a reminder that was, and stays as it is when only the note is changed
	if err := w.scan(w.ctx, &had, "SELECT coalesce(max(remind_at), 0) FROM bookmarks WHERE member_id = ? AND post_id = ?", by.Member, id); err != nil {
		return 0, err
	}
	if at != had && (at <= w.now || at > w.now.add(5*366*24*time.Hour)) {
		p.add("on", "error.remind-day")
	}
	return at, nil
}

// DropBookmark keeps a post no longer. Twice is once.
func (f *Forum) DropBookmark(ctx context.Context, by Actor, id PostID) error {
	return f.write(ctx, "drop bookmark", func(w *writer) error {
		return either(mayKeep(by), w.exec("DELETE FROM bookmarks WHERE member_id = ? AND post_id = ?", by.Member, id))
	})
}

const bookmarkColumns = "SELECT " + placedFields + ", coalesce(k.note, '') AS note, coalesce(k.kept_at, 0) AS kept_at, coalesce(k.remind_at, 0) AS remind_at, coalesce(k.reminded_at, 0) AS reminded_at FROM posts p JOIN members m ON m.id = p.author_id" + postPlaces

// ReadBookmark reads a post that the actor may read, with what they noted of it if they keep it.
func (f *Forum) ReadBookmark(ctx context.Context, by Actor, id PostID) (b Bookmark, err error) {
	defer during(&err, "read bookmark")
	err = one(ctx, f.store.read, &b, bookmarkColumns+" LEFT JOIN bookmarks k ON k.post_id = p.id AND k.member_id = ? WHERE p.id = ? AND p.erased_at = 0 AND ?", by.Member, id, postGate(by))
	f.veilPlaced(&b.PlacedPost)
	return b, err
}

// BookmarkCursor says where a page of bookmarks goes on: after the last one shown.
type BookmarkCursor struct {
	KeptAt Instant
	Post   PostID
}

// ReadBookmarks reads a page of the posts that the actor keeps and may read now, the newest first.
func (f *Forum) ReadBookmarks(ctx context.Context, by Actor, from BookmarkCursor) (out []Bookmark, more bool, err error) {
	defer during(&err, "read bookmarks")
	after := bun.SafeQuery("1 = 1")
	if from.Post != 0 {
		after = bun.SafeQuery("(k.kept_at, k.post_id) < (?, ?)", from.KeptAt, from.Post)
	}
	err = f.store.read.scan(ctx, &out, bookmarkColumns+" JOIN bookmarks k ON k.post_id = p.id WHERE k.member_id = ? AND p.erased_at = 0 AND ? AND ? ORDER BY k.kept_at DESC, k.post_id DESC LIMIT ?",
		by.Member, postGate(by), after, noticesPerPage+1)
	if more = len(out) > noticesPerPage; more {
		out = out[:noticesPerPage]
	}
	for i := range out {
		f.veilPlaced(&out[i].PlacedPost)
	}
	return out, more, err
}

// RemindKept turns the bookmarks whose day has come into notices.
func (f *Forum) RemindKept(ctx context.Context) error {
	return f.write(ctx, "remind kept", func(w *writer) error {
		const due = "remind_at > 0 AND reminded_at = 0 AND remind_at <= ?0"
		if err := w.exec(`INSERT INTO notices (member_id, post_id, why, made_at, mail_due) SELECT m.id, p.id, ?1, CAST(?0 AS BIGINT), ?2 FROM bookmarks k
			JOIN members m ON m.id = k.member_id JOIN posts p ON p.id = k.post_id WHERE `+due+`
			ON CONFLICT (member_id, post_id) DO UPDATE SET why = excluded.why, made_at = excluded.made_at, read_at = 0, mail_due = excluded.mail_due, mail_id = 0`, w.now, RemindsOfOwn, mailDue(w.now, "5")); err != nil {
			return err
		}
		return w.exec("UPDATE bookmarks SET reminded_at = ?0 WHERE "+due, w.now)
	})
}
