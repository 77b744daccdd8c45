package forum

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// Post is one contribution to a topic.
type Post struct {
	ID       PostID `bun:"id"`
	TopicID  TopicID
	N        int64 // order within the topic; never shown, its gaps would count what is withheld
	AuthorID MemberID
	Author   string
	ReplyTo  PostID
	Audience
	Via      Door
	Source   string
	HTML     string `bun:"html"`
	Plain    string
	PostedAt Instant
	Version  int64

	Class     Class
	MaskOf    int64 // under whose masks it was written: of a topic
	FileCount int
	Files     []File     `bun:"-"`
	Mentioned []MemberID `bun:"-"` // of whom the reader may know that they read it, too; on the page of a topic only
	Veiled    bool       `bun:"-"` // Author is the mask of one of whom the reader is not told
	Mine      bool       `bun:"-"` // the reader wrote it
	Reacted   int64      // changes of its reactions; on the page of a topic only, as:
	Reactions []Reacted  `bun:"-"`
	Special   bool       // it is a special notice, where it was read with its place
	Polled    bool       // there is a poll below it; on the page of a topic only:
	Poll      *Poll      `bun:"-"`
	Ignored   bool       // by name, by the reader; on the page of a topic only

	// Set on the page of a topic only.
	EditedAt        Instant
	Tended          bool    // its words as they stand are by moderators
	HiddenWhy       string  // of Reasons: hidden by moderators, whose words only its author and they are shown; "": not
	HiddenSeen      bool    // it is hidden, and the reader is one of them
	ErasedAt        Instant // taken back: nothing but its place is left
	AuthorVersion   int64
	AuthorCertified bool
	ReplyToAuthorID MemberID // of the post that is answered, where the reader may read that too
	ReplyToAuthor   string
	ReplyToClass    Class
	ReplyToMaskOf   int64
	ReplyToVeiled   bool `bun:"-"`
}

// MaxSource is how long a post may be, in characters; longer talk is a file.
const MaxSource = 60_000

// maxTrimmed is how much of what a mail quotes is kept, in characters.
const maxTrimmed = 20_000

func (d *Draft) check(p *problems) {
	d.Source = strings.TrimSpace(d.Source)
	switch n := utf8.RuneCountInString(d.Source); {
	case n == 0:
		p.add("source", "error.empty.source")
	case n > MaxSource:
		p.add("source", "error.too-long", "Most", MaxSource)
	}
	if r := []rune(d.Trimmed); len(r) > maxTrimmed { // not refused: it was the mail program that added it
		d.Trimmed = string(r[:maxTrimmed-1]) + "…"
	}
	if d.Key == "" || len(d.Key) > 200 {
		p.add("key", "error.key")
	}
}

// cook renders the draft. Ids within its text (footnotes, headings) carry a mark made of the
// draft's key, so that those of several posts on one page stay apart.
func (d *Draft) cook(mention func(handle string) (url string, ok bool)) markup.Cooked {
	if len(d.Source) > 4*MaxSource { // check refuses it
		return markup.Cooked{}
	}
	sum := sha256.Sum256([]byte(d.Key))
	return markup.Cook(d.Source, markup.Options{ID: hex.EncodeToString(sum[:6]), Mention: mention})
}

// Reply adds a post to a topic. The same key twice is one post, given back twice. Held: it waits, for its writer's
// word or for a moderator.
func (f *Forum) Reply(ctx context.Context, by Actor, topic TopicID, d Draft) (post *Post, err error) {
	cooked, err := f.cook(ctx, &d)
	if err := either(err, f.doubt(ctx, by, &d)); err != nil {
		return nil, err
	}
	var held error
	err = f.write(ctx, "reply", func(w *writer) error {
		post, held, err = w.reply(by, topic, d, cooked)
		return err
	})
	return post, either(err, held)
}

// reply is Reply; held says why it waits.
func (w *writer) reply(by Actor, topic TopicID, d Draft, cooked markup.Cooked) (post *Post, held, err error) {
	t, g, s, err := w.answeredTopic(by, topic)
	if err != nil {
		return nil, nil, err
	}
	if prior, err := w.posted(by, d.Key); err != nil || prior != nil {
		return prior, nil, err
	}
	if err := either(mayAnswer(by, s, t), mayWrite(by, s, g, d.Door)); err != nil {
		return nil, nil, err
	}
	if err := w.notTooSoon(by, s, t, &d); err != nil {
		return nil, nil, err
	}
	var p problems
	d.check(&p)
	audience := ReplyAudience(t.Audience, g.Audience())
	p.stillTold("source", d.Told, g, audience)
	if err := w.mayQuote(by, cooked.HTML, audience, &p); err != nil {
		return nil, nil, err
	}
	if err := p.err(); err != nil {
		return nil, nil, err
	}
	if err := w.answered(by, t.ID, &d); err != nil {
		return nil, nil, err
	}
	if err := w.reachesOthers(&d, audience); err != nil {
		return nil, nil, err
	}
	if held = w.heldBack(by, g, &d); held != nil {
		return nil, held, w.hold(by, held, t.BoardID, t.ID, d)
	}
	held, err = w.vetted(by, g, s, &d, cooked)
	if held == nil && err == nil {
		err = w.spendPost(by, &d)
	}
	if held != nil || err != nil {
		return nil, held, either(err, w.wait(by, held, WaitingPost{GroupID: g.ID, BoardID: t.BoardID, TopicID: t.ID, Audience: audience, Told: g.Told(audience), Class: g.Class}, d))
	}
	d.class, d.gap = g.Class, g.TellsGaps()
	post, err = w.post(by, t, audience, d, cooked)
	return post, nil, either(err, w.written(by, WritingAt{Topic: topic}, d.Kept))
}

// answeredTopic loads the topic that is answered, its row locked, or the one that it was merged into meanwhile.
func (w *writer) answeredTopic(by Actor, topic TopicID) (*Topic, *Group, standing, error) {
	if err := w.lockRow("topics", int64(topic)); err != nil { // a lock or another reply waits, or we do
		return nil, nil, standing{}, err
	}
	t, g, s, err := w.topicSeen(by, topic)
	if err == nil && t.MergedInto != 0 { // while it was written
		if err = w.lockRow("topics", int64(t.MergedInto)); err == nil {
			t, g, s, err = w.topicSeen(by, t.MergedInto)
		}
	}
	return t, g, s, err
}

// ReplyAudience is whom an answer to a topic is for: those whom its place is for, or where the topic is for
// fewer of them, those.
func ReplyAudience(topic, place Audience) Audience {
	if place.WiderThan(topic) {
		return topic
	}
	return place
}

// answered keeps the post that a draft says it answers only if it stands in the same topic
// and the actor may read it; else the draft answers the topic.
func (w *writer) answered(by Actor, topic TopicID, d *Draft) error {
	if d.ReplyTo == 0 {
		return nil
	}
	var id PostID
	err := w.one(&id, "SELECT p.id FROM posts p WHERE p.id = ? AND p.topic_id = ? AND ?", d.ReplyTo, topic, itemGate(by, "p"))
	if KindOf(err) == NotFound {
		d.ReplyTo, err = 0, nil
	}
	return err
}

// posted finds what the actor already posted with this key: the double click, the mail
// that came twice.
func (w *writer) posted(by Actor, key string) (*Post, error) {
	var p Post
	err := w.one(&p, postColumns+` WHERE p.author_id = ? AND p.key = ?`, by.Member, key)
	if KindOf(err) == NotFound {
		return nil, nil
	}
	return &p, err
}

const postColumns = `SELECT p.id, p.topic_id, p.n, p.author_id, m.name AS author, p.reply_to, p.reach, p.reach_of, p.from_join, p.via,
	p.source, p.html, p.plain, p.posted_at, p.version, p.class, p.mask_of, p.files AS file_count FROM posts p JOIN members m ON m.id = p.author_id`

// post writes the row with the audience its author was shown. The topic's counter is
// raised first, so that concurrent replies queue on its row.
func (w *writer) post(by Actor, t *Topic, a Audience, d Draft, c markup.Cooked) (*Post, error) {
	p := &Post{ID: PostID(w.id()), TopicID: t.ID, AuthorID: by.Member, Author: by.Name, ReplyTo: d.ReplyTo, Audience: a, Via: d.Door,
		Source: d.Source, HTML: c.HTML, Plain: c.Text, PostedAt: cmp.Or(d.at, w.now), Version: 1, Class: d.class, MaskOf: int64(t.ID)}
	if err := w.one(&p.N, `UPDATE topics SET last_n = last_n + 1, said = said + 1, last_post_at = CASE WHEN ?5 = 1 AND last_post_at > ?0 THEN last_post_at ELSE ?0 END, version = version + 1, mixed = CASE WHEN ?1 = 1 OR ?5 = 1 AND posted_at > ?0 THEN 1 ELSE mixed END,
		people = people + CASE WHEN EXISTS (SELECT 1 FROM posts p WHERE p.topic_id = ?2 AND p.author_id = ?3 AND `+voiceOf("p.author_id", "p.class", "p.mask_of")+" = "+voiceOf("CAST(?3 AS BIGINT)", "CAST(?4 AS BIGINT)", "CAST(?2 AS BIGINT)")+`) THEN 0 ELSE 1 END
		WHERE id = ?2 RETURNING last_n`, p.PostedAt, bit(a != t.Audience), t.ID, by.Member, d.class, bit(d.at != 0)); err != nil {
		return nil, err
	}
	if d.Door != FromArchive { // of an archive nobody is told
		w.state(Posted{Topic: t.ID, Post: p.ID, Opening: p.N == 1})
	}
	if err := w.exec(`INSERT INTO posts (id, topic_id, n, author_id, reply_to, reach, reach_of, from_join, via, source, html, plain, markup, key, posted_at, class, gap, mask_of, special, spoken_in)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT b.group_id FROM boards b WHERE b.id = ?))`, p.ID, t.ID, p.N, by.Member, p.ReplyTo, a.Reach, a.Of, bit(a.FromJoin), p.Via,
		p.Source, p.HTML, p.Plain, markup.Version, d.Key, p.PostedAt, d.class, bit(d.gap), p.MaskOf, bit(d.Special), t.BoardID); err != nil {
		return p, err
	}
	if len(d.Files) > 0 {
		if _, err := w.attach(by, p.ID, d.Files); err != nil {
			return p, err
		}
	}
	return p, either(either(w.came(by, t.BoardID, FatePosted, &d), w.leaveOut(by, &d, p.ID)), w.mention(p.ID, d.mentioned))
}

// postGate is the SQL condition under which the actor may read the post p, whose topic,
// group and members' rows are t and g: the place, the topic's own audience, since its title
// stands above each post, and the post's.
func postGate(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("? AND ? AND ?", placeGate(by, "g"), itemGate(by, "t"), itemGate(by, "p"))
}

const postPlaces = " JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id"

// ReadPost reads one post: by its audience in a place that lets the actor in, or by its author.
func (f *Forum) ReadPost(ctx context.Context, by Actor, id PostID) (p Post, err error) {
	defer during(&err, "read post")
	err = one(ctx, f.store.read, &p, postColumns+postPlaces+` WHERE p.id = ? AND (? OR (? <> 0 AND p.author_id = ?))`,
		id, postGate(by), by.Member, by.Member)
	all := []Post{p}
	f.veilPosts(by, all)
	return all[0], err
}

// PlacedPost is a post with where it stands.
type PlacedPost struct {
	Post
	Opening       PostID // the first post of its topic that is for all to whom the topic is; 0: there is none any more
	Answers       PostID // the post of its topic that it answers, where whoever reads the answer reads that too; 0: none
	Title         string
	Slug          string
	TopicReach    Reach
	TopicOf       GroupID
	TopicFromJoin bool
	BoardID       BoardID
	BoardName     string
	BoardSlug     string
	GroupID       GroupID
	GroupName     string
	GroupSlug     string
	GroupVis      Visibility
	GroupFromJoin bool
	GroupClass    Class
}

// TopicAudience is what the author of the topic was shown.
func (p *PlacedPost) TopicAudience() Audience {
	return Audience{Reach: p.TopicReach, Of: p.TopicOf, FromJoin: p.TopicFromJoin}
}

// Reaches is who would read an answer that is posted in the post's place today. That may be
// more people than the post itself was written for.
func (p *PlacedPost) Reaches() Audience {
	g := Group{ID: p.GroupID, GroupDraft: GroupDraft{Visibility: p.GroupVis, FromJoin: p.GroupFromJoin}}
	return ReplyAudience(p.TopicAudience(), g.Audience())
}

// placedFields are of p, its author m, its topic t, board b and group g; placedApart are those without the words of the post,
// which stay the same as long as its version does.
const (
	placedApart = `p.id, p.topic_id, p.n, p.author_id, m.name AS author, p.reply_to, p.reach, p.reach_of, p.from_join, p.via,
	coalesce((SELECT o.id FROM posts o WHERE o.topic_id = p.topic_id AND o.reach = t.reach AND o.reach_of = t.reach_of AND o.from_join = t.from_join
		AND (o.from_join = 0 OR o.posted_at >= t.posted_at) ORDER BY o.n LIMIT 1), 0) AS opening,
	coalesce((SELECT q.id FROM posts q WHERE q.id = p.reply_to
		AND q.topic_id = p.topic_id AND q.reach = p.reach AND q.reach_of = p.reach_of AND q.from_join = 0 AND p.from_join = 0), 0) AS answers,
	p.posted_at, p.version, p.class, p.mask_of, p.files AS file_count, p.polled, p.special, g.class AS group_class, t.title, t.slug, t.reach AS topic_reach, t.reach_of AS topic_of, t.from_join AS topic_from_join,
	b.id AS board_id, b.name AS board_name, b.slug AS board_slug,
	g.id AS group_id, g.name AS group_name, g.slug AS group_slug, g.visibility AS group_vis, g.from_join AS group_from_join`
	placedFields = placedApart + ", p.html, p.plain"
)

const placedColumns = "SELECT " + placedFields + " FROM posts p JOIN members m ON m.id = p.author_id"

// VisiblePosts keeps of the ids those that the actor may read now: the gate behind every
// search hit and mail, in the given order.
func (f *Forum) VisiblePosts(ctx context.Context, by Actor, ids []PostID) (out []PlacedPost, err error) {
	defer during(&err, "visible posts")
	if len(ids) == 0 {
		return nil, nil
	}
	var found []PlacedPost
	err = f.store.read.scan(ctx, &found, placedColumns+postPlaces+" WHERE p.id IN (?) AND p.erased_at = 0 AND ?", bun.List(ids), postGate(by))
	for _, id := range ids {
		for i := range found {
			if found[i].ID == id {
				f.veilPlaced(&found[i])
				out = append(out, found[i])
			}
		}
	}
	all := make([]*Post, len(out))
	for i := range out {
		all[i] = &out[i].Post
	}
	return out, either(err, f.filesOf(ctx, all...))
}

// Indexed says which posts: one, or all.
type Indexed struct {
	Post PostID
}

// IndexedPosts gives posts for the composer of mails, whoever may read them: each mail asks for its reader. It is not for showing.
func (f *Forum) IndexedPosts(ctx context.Context, after PostID, of Indexed, limit int) (out []PlacedPost, err error) {
	defer during(&err, "indexed posts")
	pick := bun.SafeQuery("p.id > ?", after)
	if of.Post != 0 {
		pick = bun.SafeQuery("p.id = ?", of.Post)
	}
	err = f.store.read.scan(ctx, &out, placedColumns+postPlaces+" WHERE p.erased_at = 0 AND p.reach < 4 AND ? ORDER BY p.id LIMIT ?", pick, limit)
	all := make([]*Post, len(out))
	for i := range out {
		f.veilPlaced(&out[i])
		all[i] = &out[i].Post
	}
	return out, either(err, f.filesOf(ctx, all...))
}
