package forum

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// HeldDraft is text that came by mail, or back from moderators, and waits for its writer's word: nothing of it was
// posted, nobody else reads it.
type HeldDraft struct {
	ID       int64
	MemberID MemberID
	GroupID  GroupID
	BoardID  BoardID
	TopicID  TopicID
	ReplyTo  PostID
	Title    string // of the new topic, or of the one that is answered
	Place    string
	Source   string
	Trimmed  string
	Door     Door
	Key      string
	HeldAt   Instant
	Why      string
	Beside   string // Draft.BesideText
	Files    []File `bun:"-"` // where one is read
	Later    int64  `bun:"-"` // the number of the ScheduledTopic that it was made; 0: it was not
}

// Why a mail is held.
const (
	Unacknowledged = "acknowledge" // its writer was not told yet who reads along
	Unproved       = "unproved"    // nothing proves that it comes from its writer
	Elsewhere      = "elsewhere"   // it is written to other people, or nothing proves to whom
	OtherReaders   = "readers"     // the mail that it answers told of others who read an answer than those who would now
	OwnName        = "own-name"    // it says who wrote it, where others are shown a mask
	Quotes         = "quotes"      // it quotes what was written for fewer people than read along now
	Telling        = "telling"     // a document that came with it tells more than it shows
	Confidence     = "confidence"  // something in it looks like one, in a group that wants to know first (P20)
)

// heldBack refuses with Held what waits for its writer's word before it is posted.
func (w *writer) heldBack(by Actor, g *Group, d *Draft) error {
	if err := w.quotesNarrower(g, d); err != nil {
		return err
	}
	if d.Why == "" && d.named && g.Class == ChathamClass {
		d.Why = OwnName
	}
	if d.Why == "" && d.doubtful && g.HoldMail {
		d.Why = Confidence
	}
	if d.Why != "" {
		return Refuse(Held, "drafts.why."+d.Why)
	}
	return w.acknowledged(by, g, d.Door)
}

// reachesOthers notes that an answer by mail would reach people of whom its writer was not told: its topic was moved or merged,
// or the group has become another, since the mail went out. An answer that only cites a post has been told whom that is for.
func (w *writer) reachesOthers(d *Draft, now Audience) error {
	if d.Door != ByMail || d.sure || d.Why != "" || d.ReplyTo == 0 && d.token == "" {
		return nil
	}
	told := func(a Audience) bool { return w.f.toldBy(d.token, a) }
	if d.token == "" {
		var post Audience
		if err := w.one(&post, "SELECT reach, reach_of, from_join FROM posts WHERE id = ?", d.ReplyTo); err != nil {
			return err
		}
		told = func(a Audience) bool { return a == post }
	}
	for _, a := range []Audience{now, {Reach: Public}, {Reach: Registered}, {Reach: Certified}, {Reach: Members, Of: now.Of}} {
		if (a == now || a.WiderThan(now)) && told(a) {
			return nil
		}
	}
	d.Why = OtherReaders
	return nil
}

// quotesNarrower notes that a mail quotes, in its visible text, what not all who will read the answer may read: the post that
// it answers, or what stands in no post above it that is for them. A mail program quotes whole mails, and in those may stand
// what other places said.
func (w *writer) quotesNarrower(g *Group, d *Draft) error {
	if d.Door != ByMail || d.sure || d.Why != "" || d.ReplyTo == 0 {
		return nil
	}
	quoted := quotedLines(d.Source)
	if quoted == nil {
		return nil
	}
	if len(quoted) > mostQuoted {
		d.Why = Quotes
		return nil
	}
	var above []string
	err := w.scan(w.ctx, &above, `SELECT p.plain FROM posts a JOIN posts p ON p.topic_id = a.topic_id AND p.n <= a.n WHERE a.id = ?0 AND p.erased_at = 0
		AND NOT (?1 OR ?3) AND NOT EXISTS (SELECT 1 FROM posts x WHERE x.id = ?0 AND (?2 OR ?4)) ORDER BY p.n DESC LIMIT 50`,
		d.ReplyTo, uncovered(g.Audience(), "p"), uncovered(g.Audience(), "x"), joinedAfter("p"), joinedAfter("x"))
	for i := range above {
		above[i] = collapsed(above[i])
	}
	for _, line := range quoted {
		if !slices.ContainsFunc(above, func(plain string) bool { return strings.Contains(plain, line) }) {
			d.Why = Quotes
			break
		}
	}
	return err
}

// mostQuoted is how many lines of a quotation are looked for: whoever quotes more is asked.
const mostQuoted = 200

// joinedAfter is the SQL condition under which somebody who joined later does not read an item i that is for those who were in.
func joinedAfter(i string) schema.QueryWithArgs {
	return bun.SafeQuery("(?0.reach = 3 AND ?0.from_join = 1 AND EXISTS (SELECT 1 FROM memberships lj WHERE lj.group_id = ?0.reach_of AND lj.standing = ?1 AND lj.joined_at > ?0.posted_at))", bun.Ident(i), In)
}

// quotedLines are the lines of a mail that are quoted in its visible text, but those too short to tell anything.
func quotedLines(source string) (out []string) {
	for line := range strings.SplitSeq(source, "\n") {
		if words := collapsed(strings.TrimLeft(line, "> ")); strings.HasPrefix(line, ">") && utf8.RuneCountInString(words) > 8 {
			out = append(out, words)
		}
	}
	return out
}

// collapsed has one space wherever a text has space.
func collapsed(text string) string { return strings.Join(strings.Fields(text), " ") }

// mostHeld is how many drafts of a member wait at most: as many as the page of them shows.
const mostHeld = 100

// hold keeps what came by mail and must not be posted yet (P19). On the other doors the page
// itself keeps the text, and the refusal is all there is. Who sends it is perhaps not the
// member, so it is counted apart from their posts, and they hear of it once a day.
func (w *writer) hold(by Actor, why error, board BoardID, topic TopicID, d Draft) error {
	if d.Door != ByMail || d.approved || KindOf(why) != Held {
		return why
	}
	if d.Why == "" {
		d.Why = Unacknowledged
	}
	id := w.id()
	n, err := w.changed(`INSERT INTO drafts (id, member_id, board_id, topic_id, reply_to, title, source, trimmed, door, key, held_at, why)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (member_id, key) DO NOTHING`,
		id, by.Member, board, topic, d.ReplyTo, d.Title, d.Source, d.Trimmed, d.Door, d.Key, w.now, d.Why)
	if err != nil || n == 0 {
		return err
	}
	if err := w.spend(postsOfMember, "hold", by.key()); err != nil {
		return err
	}
	if d.Why == Unproved { // anybody can write in their name
		if err := w.spend(unprovedOfMember, "unproved", by.key()); err != nil {
			return err
		}
	}
	var waiting int
	if err := w.one(&waiting, "SELECT count(*) FROM drafts WHERE member_id = ?", by.Member); err != nil {
		return err
	}
	if waiting > mostHeld {
		return Refuse(TooMany, "error.too-many-drafts")
	}
	return either(either(w.keepFiles(by, id, d.Files), w.leaveOut(by, &d, 0)), either(w.came(by, board, FateHeld, &d), w.noteHeld("note.held", id, by.Member)))
}

// noteHeld tells the writer of held drafts that there are some, with each note once a day.
func (w *writer) noteHeld(note string, draft int64, m MemberID) error {
	err := w.spend(notesOfHeld, note, Actor{Member: m}.key())
	if KindOf(err) == TooMany {
		return nil
	}
	if err != nil {
		return err
	}
	w.state(DraftWaits{Member: m, Draft: draft, Note: note})
	return w.queue(note, draft, m)
}

const draftColumns = `SELECT d.id, d.member_id, b.group_id, d.board_id, d.topic_id, d.reply_to, CASE WHEN t.id IS NULL THEN d.title ELSE t.title END AS title,
	g.name AS place, d.source, d.trimmed, d.door, d.key, d.held_at, d.why, d.beside FROM drafts d JOIN boards b ON b.id = d.board_id JOIN groups g ON g.id = b.group_id
	LEFT JOIN topics t ON t.id = d.topic_id AND ? WHERE d.member_id = ? AND ?`

// BesideText puts into a line what stands beside the text of a new topic: its tags, its poll and that it is a special notice;
// "": nothing does.
func (d *Draft) BesideText() string {
	if len(d.Tags) == 0 && d.Poll.Options == "" && !d.Special {
		return ""
	}
	line, _ := json.Marshal(beside{d.Tags, d.Poll, d.Special}) // of numbers and text: it cannot fail
	return string(line)
}

type beside struct {
	Tags    []TagID
	Poll    PollDraft
	Special bool `json:",omitempty"`
}

// TakeBeside puts it back.
func (d *Draft) TakeBeside(line string) {
	var b beside
	if json.Unmarshal([]byte(line), &b) == nil {
		d.Tags, d.Poll, d.Special = b.Tags, b.Poll, b.Special
	}
}

// Drafts lists the actor's held drafts, newest first, in places that still let them in.
func (f *Forum) Drafts(ctx context.Context, by Actor) (out []HeldDraft, err error) {
	defer during(&err, "drafts")
	err = f.store.read.scan(ctx, &out, draftColumns+" ORDER BY d.id DESC LIMIT ?", itemGate(by, "t"), by.Member, placeGate(by, "g"), mostHeld)
	return out, err
}

// CountDrafts counts the actor's held drafts.
func (f *Forum) CountDrafts(ctx context.Context, by Actor) (n int, err error) {
	defer during(&err, "count drafts")
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM drafts d JOIN boards b ON b.id = d.board_id JOIN groups g ON g.id = b.group_id WHERE d.member_id = ? AND ?", by.Member, placeGate(by, "g"))
	return n, err
}

// ReadDraft gives one of the actor's held drafts.
func (f *Forum) ReadDraft(ctx context.Context, by Actor, id int64) (d HeldDraft, err error) {
	defer during(&err, "read draft")
	if err = one(ctx, f.store.read, &d, draftColumns+" AND d.id = ?", itemGate(by, "t"), by.Member, placeGate(by, "g"), id); err == nil {
		err = f.store.read.scan(ctx, &d.Files, fileColumns+" WHERE fl.waiting_id = ? AND fl.author_id = ? AND fl.post_id = 0 ORDER BY fl.id", id, by.Member)
	}
	return d, err
}

// Release acknowledges who reads by mail in the draft's group, then posts the draft through
// the same verbs as every door. told is the wording the actor saw. Broken off in between,
// the draft is still there, and its key keeps it from being posted twice.
func (f *Forum) Release(ctx context.Context, by Actor, id int64, told string) (t TopicID, err error) {
	d, err := f.ReadDraft(ctx, by, id)
	if err != nil {
		return 0, err
	}
	if err := f.write(ctx, "release", func(w *writer) error { return w.acknowledge(by, d.GroupID, d.Door, told) }); err != nil {
		return 0, err
	}
	draft := Draft{Title: d.Title, Source: d.Source, Trimmed: d.Trimmed, Key: d.Key, ReplyTo: d.ReplyTo, Door: d.Door, sure: true}
	draft.TakeBeside(d.Beside)
	for _, file := range d.Files {
		draft.Files = append(draft.Files, file.ID)
	}
	if d.TopicID != 0 {
		var p *Post
		if p, err = f.Reply(ctx, by, d.TopicID, draft); err == nil {
			t = p.TopicID
		}
	} else {
		var topic *Topic
		if topic, err = f.StartTopic(ctx, by, d.BoardID, draft); err == nil {
			t = topic.ID
		}
	}
	if Waits(err) { // for a moderator now
		return 0, either(f.Discard(ctx, by, id), err)
	}
	if err != nil {
		return 0, err
	}
	return t, f.Discard(ctx, by, id)
}

// patience is how long a held draft waits before each reminder, and before it is thrown away.
// The last comes first: who was not reminded in time is told the newest only.
var patience = []struct {
	note  string
	after time.Duration
}{{"note.held-over", 14 * 24 * time.Hour}, {"note.held-week", 6 * 24 * time.Hour}, {"note.held-day", 24 * time.Hour}}

// RemindHeld reminds the writers of held drafts after one and after six days, and throws
// away after fourteen, which it tells them.
func (f *Forum) RemindHeld(ctx context.Context) error {
	return f.write(ctx, "remind held", func(w *writer) error {
		for i, p := range patience {
			query := "UPDATE drafts SET reminded = ?0 WHERE reminded < ?0 AND held_at <= ?1 AND why NOT IN (?2) RETURNING id, member_id"
			if i == 0 {
				query = "DELETE FROM drafts WHERE reminded < ?0 AND held_at <= ?1 AND why NOT IN (?2) RETURNING id, member_id"
			}
			var waiting []struct {
				ID       int64 `bun:"id"`
				MemberID MemberID
			}
			if err := w.scan(w.ctx, &waiting, query, len(patience)-i, w.now.add(-p.after), bun.List(back)); err != nil {
				return err
			}
			for _, d := range waiting {
				if err := w.noteHeld(p.note, d.ID, d.MemberID); err != nil {
					return err
				}
			}
		}
		return w.exec("DELETE FROM drafts WHERE why IN (?) AND held_at <= ?", bun.List(back), w.now.add(-backKept))
	})
}

// Discard throws one of the actor's held drafts away; doing it twice is doing it once.
func (f *Forum) Discard(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "discard", func(w *writer) error {
		if err := w.thrown(id, by); err != nil {
			return err
		}
		return either(w.takeDown("post_id = 0 AND waiting_id IN (SELECT d.id FROM drafts d WHERE d.id = ? AND d.member_id = ?)", id, by.Member),
			w.exec("DELETE FROM drafts WHERE id = ? AND member_id = ?", id, by.Member))
	})
}

// Beginning gives the draft's first words, about n characters, as plain text.
func (d HeldDraft) Beginning(n int) string {
	return markup.Excerpt(markup.Cook(d.Source, markup.Options{}).Text, n)
}
