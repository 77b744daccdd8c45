package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A notice tells a member, within the forum, of a post: once for each post and person, for the strongest reason. The
// row holds no text. Whether it is there at all is asked through the gate of the post whenever it is shown or counted:
// what somebody may not read any more they are not told of, nor that they once were.

// Why is the reason for which somebody has a notice.
type Why int64

// The reasons, the strongest first.
const (
	MentionsYou Why = iota + 1
	AnswersYou
	OpensTopic    // on a board of which they want to be told so
	PostedThere   // where they want to be told of every post
	RemindsOfOwn  // they kept the post, and asked to be reminded
	OpensTagged   // a topic with a tag of which they want to be told so
	SaidInTalk    // in a talk: the first of what they have not read there
	FoundInSearch // what they keep to look for, and asked to be told of

	// Of bells (bell.go).
	InvitesToTalk
	TakesIn        // into the circle of a room
	AsksForMinutes // whether what they said may stand there
)

var whyNames = [...]string{"", "mention", "answer", "topic", "post", "reminder", "tag", "talk", "search", "invites", "circle", "minutes"}

// String names the reason.
func (y Why) String() string { return whyNames[min(max(y, 0), AsksForMinutes)] }

// Notice is one as its member sees it.
type Notice struct {
	PlacedPost
	Why            Why
	MadeAt, ReadAt Instant
	Note           string // that the member put to a post they kept
	Search         string // in which it was found, as the member calls it
}

// Notify writes down who is to be told of a post, as far as they may read it now; of one that was changed, those whom
// it mentions. Twice is once. QueuePost does it for new posts.
func (f *Forum) Notify(ctx context.Context, id PostID, changed bool) error {
	return f.write(ctx, "notify", func(w *writer) error {
		if changed {
			return w.notify(id, "SELECT mn.member_id, 1 AS why FROM mentions mn WHERE mn.post_id = ?0")
		}
		return w.notify(id, toldOf)
	})
}

// toldOf are those who may want to hear of a post that was just written, by their reasons. ?0 is the post.
const toldOf = `SELECT mn.member_id, 1 AS why FROM mentions mn WHERE mn.post_id = ?0
	UNION ALL SELECT q.author_id, 2 FROM posts a JOIN posts q ON q.id = a.reply_to WHERE a.id = ?0
	UNION ALL SELECT o.author_id, 2 FROM posts a JOIN topics o ON o.id = a.topic_id WHERE a.id = ?0 AND a.reply_to = 0
	UNION ALL SELECT l.member_id, 3 FROM posts a JOIN topics o ON o.id = a.topic_id JOIN levels l ON l.topic_id = 0 AND l.board_id = o.board_id WHERE a.id = ?0 AND a.n = 1 AND l.level IN (1, 3)
	UNION ALL SELECT ft.member_id, 6 FROM posts a JOIN topics o ON o.id = a.topic_id JOIN boards ob ON ob.id = o.board_id JOIN topic_tags tt ON tt.topic_id = o.id
		JOIN tags tg ON tg.id = tt.tag_id AND tg.group_id = ob.group_id JOIN followed_tags ft ON ft.tag_id = tg.id WHERE a.id = ?0 AND a.n = 1
	UNION ALL SELECT l.member_id, 4 FROM posts a JOIN topics o ON o.id = a.topic_id JOIN levels l ON l.topic_id = 0 AND l.board_id = o.board_id AND l.level = 1 WHERE a.id = ?0
	UNION ALL SELECT l.member_id, 4 FROM posts a JOIN levels l ON l.topic_id = a.topic_id AND l.board_id = 0 AND l.level = 1 WHERE a.id = ?0`

// notify gives a notice to those of the candidates who may read the post now, whose level lets the reason through, and
// who do not ignore its author.
func (w *writer) notify(id PostID, candidates string) error {
	return w.noticed(`INSERT INTO notices (member_id, post_id, why, made_at, mail_due)
		SELECT m.id, p.id, min(x.why), CAST(?1 AS BIGINT), ?6 FROM (`+candidates+`) x JOIN members m ON m.id = x.member_id AND m.standing = ?2
		JOIN posts p ON p.id = ?0`+postPlaces+` WHERE m.id <> p.author_id AND ?3 AND NOT ?4
		AND CASE ?5 WHEN 1 THEN 1 WHEN 2 THEN CASE WHEN x.why IN (1, 2, 6, 8) THEN 1 ELSE 0 END WHEN 3 THEN CASE WHEN x.why IN (3, 6, 8) THEN 1 ELSE 0 END ELSE 0 END = 1
		GROUP BY m.id, p.id ON CONFLICT DO NOTHING RETURNING member_id`, id, w.now, Active, mayRead(w.now), ignored(bun.SafeQuery("m.id"), "p"), levelOf(bun.SafeQuery("m.id"), "t"), mailDue(w.now, "min(x.why)"))
}

// noticed writes notices down, and states whom they are for.
func (w *writer) noticed(query string, args ...any) error {
	var told []MemberID
	if err := w.scan(w.ctx, &told, query, args...); err != nil || len(told) == 0 {
		return err
	}
	w.state(Noticed{told})
	return nil
}

// ignored is the SQL condition under which a member ignores who wrote a post. Who speaks behind a mask cannot be
// ignored: whose posts were folded would be told by it.
func ignored(member schema.QueryWithArgs, p string) schema.QueryWithArgs {
	return bun.SafeQuery("(?0.class <> ?2 AND EXISTS (SELECT 1 FROM ignores ig WHERE ig.member_id = ?1 AND ig.ignored_id = ?0.author_id))", bun.Ident(p), member, ChathamClass)
}

// noticed is the FROM and WHERE of the notices n that the actor has now: of posts p that they may read.
func noticed(by Actor) schema.QueryWithArgs {
	me := bun.SafeQuery("?", by.Member)
	return bun.SafeQuery(`FROM notices n JOIN posts p ON p.id = n.post_id JOIN members m ON m.id = p.author_id`+postPlaces+`
		LEFT JOIN bookmarks k ON k.member_id = n.member_id AND k.post_id = n.post_id
		WHERE n.member_id = ?0 AND p.erased_at = 0 AND ?1 AND (n.why = ?4 OR NOT ?2) AND (n.why <> ?3 OR EXISTS (SELECT 1 FROM mentions mn WHERE mn.post_id = p.id AND mn.member_id = ?0))
		AND (n.why <> ?4 OR k.member_id IS NOT NULL)`, me, postGate(by), ignored(me, "p"), MentionsYou, RemindsOfOwn)
}

// NoticeCursor says where a page of notices goes on: after the last one shown.
type NoticeCursor struct {
	MadeAt Instant
	Post   PostID
}

const noticesPerPage = 30

// ReadNotices reads a page of the actor's notices, newest first.
func (f *Forum) ReadNotices(ctx context.Context, by Actor, from NoticeCursor) (out []Notice, more bool, err error) {
	defer during(&err, "read notices")
	after := bun.SafeQuery("1 = 1")
	if from.Post != 0 {
		after = bun.SafeQuery("(n.made_at, n.post_id) < (?, ?)", from.MadeAt, from.Post)
	}
	err = f.store.read.scan(ctx, &out, "SELECT "+placedFields+", n.why, n.made_at, n.read_at, coalesce(k.note, '') AS note, "+searchNamed+" ? AND ? ORDER BY n.made_at DESC, n.post_id DESC LIMIT ?",
		noticed(by), bun.SafeQuery("? AND ?", shownInApp(bun.SafeQuery("?", by.Member)), after), noticesPerPage+1)
	if more = len(out) > noticesPerPage; more {
		out = out[:noticesPerPage]
	}
	for i := range out {
		f.veilPlaced(&out[i].PlacedPost)
	}
	return out, more, err
}

// MostCounted is up to where notices are counted.
const MostCounted = 100

// CountNotices counts the actor's unread notices, up to MostCounted.
func (f *Forum) CountNotices(ctx context.Context, by Actor) (n int, err error) {
	defer during(&err, "count notices")
	err = one(ctx, f.store.read, &n, "SELECT (SELECT count(*) FROM (SELECT 1 ?0 AND n.read_at = 0 AND ?2 LIMIT ?3) x) + (SELECT count(*) FROM (SELECT 1 ?1 AND n.read_at = 0 AND ?2 LIMIT ?3) y) + (SELECT count(*) FROM (?4) n WHERE n.read_at = 0)",
		noticed(by), noticedSaid(by), shownInApp(bun.SafeQuery("?", by.Member)), MostCounted, rung(by))
	return min(n, MostCounted), err
}

// MarkNotices marks the actor's notices as read, or with a post the one of it; at is what undoes it.
func (f *Forum) MarkNotices(ctx context.Context, by Actor, post PostID) (at Instant, err error) {
	err = f.write(ctx, "mark notices", func(w *writer) error {
		at = w.now
		if err := mayKeep(by); err != nil {
			return err
		}
		if post == 0 {
			const all = " SET read_at = ? WHERE member_id = ? AND read_at = 0"
			if err := either(w.exec("UPDATE room_notices"+all, w.now, by.Member), w.exec("UPDATE bells"+all, w.now, by.Member)); err != nil {
				return err
			}
		}
		return w.exec("UPDATE notices SET read_at = ? WHERE member_id = ? AND read_at = 0 AND (post_id = ? OR ? = 0)", w.now, by.Member, post, post)
	})
	return at, err
}

// UnmarkNotices makes those unread again that were marked at the time.
func (f *Forum) UnmarkNotices(ctx context.Context, by Actor, at Instant) error {
	return f.write(ctx, "unmark notices", func(w *writer) error {
		const back = " SET read_at = 0 WHERE member_id = ? AND read_at = ? AND read_at > 0"
		return either(mayKeep(by), either(w.exec("UPDATE notices"+back, by.Member, at), either(w.exec("UPDATE room_notices"+back, by.Member, at), w.exec("UPDATE bells"+back, by.Member, at))))
	})
}
