package forum

import (
	"context"

	"peergroups/forum/markup"
)

// Topic is a titled sequence of posts.
type Topic struct {
	ID       TopicID `bun:"id"`
	BoardID  BoardID
	AuthorID MemberID
	Title    string
	Slug     string
	Audience
	PostedAt   Instant
	LastPostAt Instant
	Posts      int // that the reader may see: a count is a copy too
	Pinned     bool
	LockedAt   Instant
	Version    int64
	Class      Class
	MaskOf     int64   // under whose masks its author speaks: of the topic where they began
	MergedInto TopicID // its posts stand there now; 0: here
	Accepted   PostID  // the answer of a question; 0: none
	Tagged     bool    // it may have tags
	Mine       bool    `bun:"-"` // the reader began it; on its page only
	NoAnswers  bool    `bun:"-"` // of its board, where it was loaded for writing or reading
	Slow       int     // seconds between two posts of one member; 0: none
	Titled     bool    // its title is by moderators
	Special    bool    // it was begun as a special notice
}

// Draft is text not yet posted, from any door.
type Draft struct {
	Title   string // of a new topic
	Source  string // Markdown
	Trimmed string // what a mail quoted, kept folded under the post
	Key     string // the form's or mail's own mark: the same key twice is one post
	ReplyTo PostID // 0: to the topic
	Door    Door
	Files   []FileID // of its writer, not posted yet
	Told    string   // what its form said of who reads it (Group.Told); "": nothing
	Kept    int64    // version of the Writing that its form knew; 0: none
	Tags    []TagID  // of a new topic
	Poll    PollDraft
	Special bool   // of a new topic: a special notice
	Later   int64  // of a new topic: the number under which it was scheduled; 0: it was not
	Why     string // it is held whatever was acknowledged, for this reason; "": nothing is against it

	mentioned []MemberID // set as it is cooked

	due      Instant   // when it was to be posted, of a scheduled topic whose turn it is
	dueSince Instant   // when that was written
	gap      bool      // that it is there may be known to others
	class    Class     // of the group it is posted in
	sure     bool      // its writer has seen it and goes on
	doubtful bool      // something in it looks like a confidence
	named    bool      // it says who wrote it
	approved bool      // a moderator has looked at it
	packed   []byte    // the mail that it came in
	verdict  string    // on who sent that
	token    string    // of the reply address that it was sent to
	leftOut  []LeftOut // files of a mail that were not taken
	at       Instant   // when it was written, of an archive; 0: now
}

// boardSeen loads a board whose place lets the actor in today.
func (w *writer) boardSeen(by Actor, id BoardID) (*Board, *Group, standing, error) {
	var b Board
	err := w.one(&b, boardColumns+`
		JOIN groups g ON g.id = b.group_id WHERE b.id = ? AND ?`, id, placeGate(by, "g"))
	if err != nil {
		return nil, nil, standing{}, err
	}
	g, s, _, err := w.groupSeen(by, b.GroupID)
	return &b, g, s, err
}

// StartTopic opens a topic on a board with its first post. Held: it waits, for its writer's word or for a moderator.
func (f *Forum) StartTopic(ctx context.Context, by Actor, board BoardID, d Draft) (t *Topic, err error) {
	cooked, err := f.cook(ctx, &d) // outside the transaction: nothing is rendered inside it
	if err := either(err, f.doubt(ctx, by, &d)); err != nil {
		return nil, err
	}
	var held error
	err = f.write(ctx, "start topic", func(w *writer) error {
		t, held, err = w.startTopic(by, board, d, cooked)
		return err
	})
	return t, either(err, held)
}

// startTopic is StartTopic; held says why it waits.
func (w *writer) startTopic(by Actor, board BoardID, d Draft, cooked markup.Cooked) (t *Topic, held, err error) {
	if err := w.stillDue(by, &d); err != nil {
		return nil, nil, err
	}
	n, err := w.checkTopic(by, board, &d, cooked, new(problems))
	if err != nil {
		return nil, nil, err
	}
	b, g := n.board, n.group
	if prior, err := w.posted(by, d.Key); err != nil || prior != nil {
		if err == nil {
			t = new(Topic)
			err = w.one(t, topicByID, prior.TopicID)
		}
		return t, nil, err
	}
	if err := w.stillScheduled(by, &d); err != nil {
		return nil, nil, err
	}
	if held = w.heldBack(by, g, &d); held != nil {
		return nil, held, w.hold(by, held, b.ID, 0, d)
	}
	held, err = w.vetted(by, g, n.standing, &d, cooked)
	if held == nil && err == nil {
		err = w.spendPost(by, &d)
	}
	if held != nil || err != nil {
		if err == nil {
			err = w.unschedule(by, d.Later)
		}
		return nil, held, either(err, w.wait(by, held, WaitingPost{GroupID: g.ID, BoardID: b.ID, Audience: g.Audience(), Told: g.Told(g.Audience()), Class: g.Class}, d))
	}
	t = &Topic{ID: TopicID(w.id()), BoardID: b.ID, AuthorID: by.Member, Title: d.Title, Slug: slugOf(d.Title, g.Audience().Reach),
		Audience: g.Audience(), PostedAt: w.now, LastPostAt: w.now, Posts: 1, Version: 1, Special: d.Special}
	if err := w.exec(`INSERT INTO topics (id, board_id, author_id, title, slug, reach, reach_of, from_join, posted_at, last_post_at, class, mask_of, special)
		VALUES (?0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?0, ?10)`, t.ID, b.ID, by.Member, t.Title, t.Slug, t.Reach, t.Of, bit(t.FromJoin), w.now, g.Class, bit(t.Special)); err != nil {
		return nil, nil, err
	}
	d.class, d.gap = g.Class, g.TellsGaps()
	first, err := w.post(by, t, t.Audience, d, cooked)
	if err == nil {
		err = either(w.poll(first.ID, d.Poll, n.options, n.until), w.tag(t.ID, d.Tags))
	}
	if err == nil {
		err = either(w.unschedule(by, d.Later), w.logSpecial(by, t, g))
	}
	return t, nil, either(err, w.written(by, WritingAt{Board: board}, d.Kept))
}

// spendPost counts a post of the actor's; what waited was counted when it was written.
func (w *writer) spendPost(by Actor, d *Draft) error {
	if d.approved {
		return nil
	}
	return w.spend(postsOfMember, "post", by.key())
}

// newTopic is where a topic goes whose form was checked, and its poll.
type newTopic struct {
	board   *Board
	group   *Group
	options []string
	until   Instant
	standing
}

// checkTopic refuses who may not open a topic on a board, and what is wrong with its form, besides what p says already.
func (w *writer) checkTopic(by Actor, board BoardID, d *Draft, c markup.Cooked, p *problems) (n newTopic, err error) {
	if n.board, n.group, n.standing, err = w.boardSeen(by, board); err == nil {
		err = either(mayStartTopic(by, n.standing, n.board), mayWrite(by, n.standing, n.group, d.Door))
	}
	if err != nil {
		return n, err
	}
	d.Title = p.line("title", d.Title, 150)
	d.check(p)
	p.maySpecial(d, n.standing)
	p.stillTold("source", d.Told, n.group, n.group.Audience())
	if err = w.mayQuote(by, c.HTML, n.group.Audience(), p); err != nil {
		return n, err
	}
	n.options, n.until = w.checkPoll(by, n.group, d.Poll, p)
	if err = w.checkTags(n.group.ID, d.Tags, p); err == nil {
		err = p.err()
	}
	return n, err
}

// slugOf is what stands in a topic's address: words of the title, where everybody may know it. Addresses are
// pasted, kept by browsers and written into logs.
func slugOf(title string, r Reach) string {
	if r != Public {
		return "topic"
	}
	return markup.Slug(title)
}

const (
	topicFields = `t.id, t.board_id, t.author_id, t.title, t.slug, t.reach, t.reach_of, t.from_join, t.posted_at,
	t.last_post_at, t.pinned, t.locked_at, t.version, t.merged_into, t.class, t.mask_of, t.accepted, t.tagged, t.slow, t.titled_by > 0 AS titled, t.special`
	topicColumns = "SELECT " + topicFields + " FROM topics t"
	topicByID    = topicColumns + " WHERE t.id = ?"
)

// topicSeen loads a topic that the actor may read today.
func (w *writer) topicSeen(by Actor, id TopicID) (*Topic, *Group, standing, error) {
	var t Topic
	if err := w.one(&t, topicByID+` AND ?`, id, itemGate(by, "t")); err != nil {
		return nil, nil, standing{}, err
	}
	b, g, s, err := w.boardSeen(by, t.BoardID)
	if err == nil {
		t.NoAnswers = b.NoAnswers
	}
	return &t, g, s, err
}

// Lock closes a topic for replies, by a moderator of its group; Unlock opens it again.
func (f *Forum) Lock(ctx context.Context, by Actor, id TopicID, reason string) error {
	return f.setLock(ctx, by, id, true, reason)
}

// Unlock opens a locked topic again.
func (f *Forum) Unlock(ctx context.Context, by Actor, id TopicID, reason string) error {
	return f.setLock(ctx, by, id, false, reason)
}

func (f *Forum) setLock(ctx context.Context, by Actor, id TopicID, lock bool, reason string) error {
	return f.write(ctx, "lock topic", func(w *writer) error {
		if err := w.lockRow("topics", int64(id)); err != nil {
			return err
		}
		t, g, s, err := w.topicSeen(by, id)
		if err != nil {
			return err
		}
		if err := mayModerate(by, s); err != nil {
			return err
		}
		act, at := "unlock", Instant(0)
		if lock {
			act, at = "lock", w.now
		}
		if (t.LockedAt != 0) == lock {
			return nil // the double click
		}
		var p problems
		if reason = p.why(reason); p != nil {
			return p.err()
		}
		if err := w.exec("UPDATE topics SET locked_at = ?, version = version + 1 WHERE id = ?", at, t.ID); err != nil {
			return err
		}
		w.state(TopicChanged{t.ID})
		return w.log(by, act, int64(t.ID), g.ID, reason)
	})
}

// TopicPage is what the page of a topic shows.
type TopicPage struct {
	Topic      Topic
	Board      Board
	Group      Group
	In         bool // the actor is a member of the group
	MutedUntil Instant
	Role       GroupRole
	Posts      []Post
	Withheld   int // posts that the actor may not read, and may know of
	More       bool
	People     int
	Head       int64 // changes with each post that the actor may read
	Read       int64 // N of the last post that the actor has read
	Chosen     Chosen
	Tags       []Tag
	Stubs      []Stub      // of posts that were split off
	Answer     *PlacedPost // the accepted one; nil: none that the actor may read
	Further    bool        // others that they have not read stand on a later page
	Told       bool        // a post on the page has a notice that the actor has not read
}

const postsPerPage = 20
