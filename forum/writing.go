package forum

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"peergroups/forum/markup"
)

// WritingAt is where something is written: of its four one is set.
type WritingAt struct {
	Board BoardID // a topic for it
	Topic TopicID // an answer
	Post  PostID  // its change
	Room  RoomID  // a message
}

func (d WritingAt) row() (kind string, ref int64) {
	switch {
	case d.Board != 0:
		return "board", int64(d.Board)
	case d.Topic != 0:
		return "topic", int64(d.Topic)
	case d.Room != 0:
		return "room", int64(d.Room)
	}
	return "post", int64(d.Post)
}

// WritingAtOf is the place of a kind and a number, as a form sends them.
func WritingAtOf(kind string, ref int64) WritingAt {
	switch kind {
	case "board":
		return WritingAt{Board: BoardID(ref)}
	case "topic":
		return WritingAt{Topic: TopicID(ref)}
	case "room":
		return WritingAt{Room: RoomID(ref)}
	}
	return WritingAt{Post: PostID(ref)}
}

// Writing is what a member has begun to write on the web and not posted: one at each place. Nobody else reads it, and
// no words of others are in it but what they copied. It goes when it is posted, and ninety days after it was touched.
type Writing struct {
	Title     string
	Source    string
	ReplyTo   PostID
	Files     string  // their numbers, with a space between
	Beside    string  // of a topic: Draft.BesideText
	Version   int64   // counts its changes; 0: there is none
	ChangedAt Instant // when it was kept
}

const (
	mostWritings = 100
	writingKept  = 90 * 24 * time.Hour
)

// KeepWriting keeps what the actor has written so far at a place where they may read. w.Version is the one that the window
// knows; where another window kept a newer one the answer is Conflict and nothing is lost, unless over says that this one
// counts. Without title and text it is thrown away. It gives the new version.
func (f *Forum) KeepWriting(ctx context.Context, by Actor, at WritingAt, d Writing, over bool) (version int64, err error) {
	err = f.write(ctx, "keep writing", func(w *writer) error {
		if err := w.spend(keepsOfMember, "writing", by.key()); err != nil {
			return err
		}
		if err := w.mayKeepAt(by, at); err != nil {
			return err
		}
		kind, ref := at.row()
		if err := w.lockRow("members", int64(by.Member)); err != nil {
			return err
		}
		var now struct {
			Version int64
			Places  int
		}
		if err := w.one(&now, "SELECT coalesce(max(CASE WHEN kind = ? AND ref = ? THEN version ELSE 0 END), 0) AS version, count(*) AS places FROM writings WHERE member_id = ?", kind, ref, by.Member); err != nil {
			return err
		}
		if now.Version > d.Version && !over {
			return Refuse(Conflict, "error.newer-writing")
		}
		if strings.TrimSpace(d.Title+d.Source+d.Beside) == "" {
			version = 0
			return w.exec("DELETE FROM writings WHERE member_id = ? AND kind = ? AND ref = ?", by.Member, kind, ref)
		}
		if now.Version == 0 && now.Places >= mostWritings {
			return Refuse(TooMany, "error.too-many-writings")
		}
		var p problems
		d.check(&p)
		version = max(now.Version, d.Version) + 1
		return either(p.err(), w.exec(`INSERT INTO writings (member_id, kind, ref, title, source, reply_to, files, beside, version, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (member_id, kind, ref) DO UPDATE SET title = excluded.title, source = excluded.source, reply_to = excluded.reply_to, files = excluded.files, beside = excluded.beside,
				version = excluded.version, changed_at = excluded.changed_at`, by.Member, kind, ref, d.Title, d.Source, d.ReplyTo, d.Files, d.Beside, version, w.now))
	})
	return version, err
}

func (d *Writing) check(p *problems) {
	d.Title = markup.Line(d.Title)
	p.most("title", d.Title, 150)
	p.most("files", d.Files, 1000)
	p.most("poll_options", d.Beside, 10_000)
	if utf8.RuneCountInString(d.Source) > MaxSource {
		p.add("source", "error.too-long", "Most", MaxSource)
	}
}

// mayKeepAt refuses where the actor may not read, or does not write.
func (w *writer) mayKeepAt(by Actor, at WritingAt) error {
	if by.Member == 0 {
		return Refuse(Forbidden, "error.sign-in-first")
	}
	var err error
	switch {
	case at.Board != 0:
		_, _, _, err = w.boardSeen(by, at.Board)
	case at.Topic != 0:
		_, _, _, err = w.topicSeen(by, at.Topic)
	case at.Room != 0:
		var r *Room
		if r, _, _, err = w.roomSeen(by, at.Room); err == nil && (r.OffRecord || r.Keep != KeepAlways) {
			err = Refuse(Closed, "error.no-drafts-there") // it would stay longer than what is said
		}
	default:
		_, err = w.ownPost(by, at.Post)
	}
	return err
}

// written throws away what was kept at a place up to the version that the posted form knew: what another window kept since stays.
func (w *writer) written(by Actor, at WritingAt, version int64) error {
	if version == 0 {
		return nil
	}
	kind, ref := at.row()
	return w.exec("DELETE FROM writings WHERE member_id = ? AND kind = ? AND ref = ? AND version <= ?", by.Member, kind, ref, version)
}

// DiscardWriting throws away what the actor kept at a place, wherever it is by now. Twice is once.
func (f *Forum) DiscardWriting(ctx context.Context, by Actor, at WritingAt) error {
	return f.write(ctx, "discard writing", func(w *writer) error {
		kind, ref := at.row()
		return w.exec("DELETE FROM writings WHERE member_id = ? AND kind = ? AND ref = ?", by.Member, kind, ref)
	})
}

// ReadWriting gives what the actor kept at a place; Version 0: nothing.
func (f *Forum) ReadWriting(ctx context.Context, by Actor, at WritingAt) (d Writing, err error) {
	defer during(&err, "read writing")
	kind, ref := at.row()
	err = one(ctx, f.store.read, &d, "SELECT title, source, reply_to, files, beside, version, changed_at FROM writings WHERE member_id = ? AND kind = ? AND ref = ?", by.Member, kind, ref)
	if KindOf(err) == NotFound {
		err = nil
	}
	return d, err
}

// WritingRow is one of the actor's writings with where it was written, as far as they may know that today.
type WritingRow struct {
	Writing
	Kind  string
	Ref   int64
	Place string // "": they may not know of it any more; the text is still theirs
	Group string // address of the group, of a board's
	Board string // of a room's, that of the room
}

// Writings lists what the actor kept, newest first.
func (f *Forum) Writings(ctx context.Context, by Actor) (out []WritingRow, err error) {
	defer during(&err, "writings")
	err = f.store.read.scan(ctx, &out, `SELECT x.kind, x.ref, x.title, x.source, x.version, x.changed_at, coalesce(t.title, g.name || ' / ' || b.name, rg.name || ' / ' || r.name, '') AS place, coalesce(g.slug, rg.slug, '') AS "group", coalesce(b.slug, r.slug, '') AS board
		FROM writings x LEFT JOIN posts p ON x.kind = 'post' AND p.id = x.ref AND p.author_id = x.member_id
		LEFT JOIN topics t ON t.id = CASE x.kind WHEN 'topic' THEN x.ref ELSE p.topic_id END AND x.kind NOT IN ('board', 'room') AND ?
			AND EXISTS (SELECT 1 FROM boards tb JOIN groups tg ON tg.id = tb.group_id WHERE tb.id = t.board_id AND ?)
		LEFT JOIN boards b ON x.kind = 'board' AND b.id = x.ref AND EXISTS (SELECT 1 FROM groups bg WHERE bg.id = b.group_id AND ?)
		LEFT JOIN groups g ON g.id = b.group_id LEFT JOIN rooms r ON x.kind = 'room' AND r.id = x.ref AND EXISTS (SELECT 1 FROM groups g WHERE g.id = r.group_id AND ?) LEFT JOIN groups rg ON rg.id = r.group_id WHERE x.member_id = ? ORDER BY x.changed_at DESC LIMIT ?`, itemGate(by, "t"), placeGate(by, "tg"), placeGate(by, "bg"), roomGate(by), by.Member, mostWritings)
	return out, err
}
