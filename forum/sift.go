package forum

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// ReaderTerm names a circle of readers in which the actor is, as Searchable.Term does; of "since:ID" what was written From then on.
type ReaderTerm struct {
	Term string
	From Instant
}

// Readership is what a search engine may propose to the actor: what is for one of the circles, or by them, in places that let them in. It is near
// the gate, so that few of its proposals are dropped; the forum still decides on each.
type Readership struct {
	Circles []ReaderTerm
	Places  []int64 // groups
}

// Readership gives what a search engine may propose to the actor now.
func (f *Forum) Readership(ctx context.Context, by Actor) (r Readership, err error) {
	defer during(&err, "readership")
	for reach := Public; reach <= by.level(); reach++ {
		r.Circles = append(r.Circles, ReaderTerm{Term: Audience{Reach: reach}.Term()})
	}
	if err = f.store.read.scan(ctx, &r.Places, "SELECT g.id FROM groups g WHERE g.talk = 0 AND ? ORDER BY g.id", placeGate(by, "g")); err != nil || by.Member == 0 {
		return r, err
	}
	var in []struct {
		GroupID  GroupID
		JoinedAt Instant
	}
	if err = f.store.read.scan(ctx, &in, "SELECT s.group_id, s.joined_at FROM memberships s JOIN groups g ON g.id = s.group_id WHERE s.member_id = ? AND s.standing = ? AND ? AND g.talk = 0 ORDER BY s.group_id", by.Member, In, seat(by, "s")); err != nil {
		return r, err
	}
	for _, m := range in {
		r.Circles = append(r.Circles, ReaderTerm{Term: Audience{Reach: Members, Of: m.GroupID}.Term()}, ReaderTerm{Term: sinceTerm(m.GroupID), From: m.JoinedAt})
	}
	var circles []RoomID
	if err = f.store.read.scan(ctx, &circles, "SELECT r.id FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.circle <> 0 AND g.talk = 0 AND ? ORDER BY r.id", amongFellows(by, "r.id")); err != nil {
		return r, err
	}
	for _, c := range circles {
		r.Circles = append(r.Circles, ReaderTerm{Term: fmt.Sprintf("circle:%d", c)})
	}
	return r, nil
}

func sinceTerm(g GroupID) string { return fmt.Sprintf("since:%d", g) }

// Found is what the actor may know of something that a search engine proposed: what it is counted by.
type Found struct {
	Kind     string // "post" or "message"
	ID       int64  `bun:"id"`
	GroupID  GroupID
	BoardID  BoardID
	TopicID  TopicID
	RoomID   RoomID
	AuthorID MemberID // 0: a mask
	Author   string   // the mask's name, too
	Group    string
	Place    string // the board's or room's name
	Title    string
	Slug     string
	PostedAt Instant
	Opens    bool // its topic
	Files    bool
	Tags     []Tag `bun:"-"`
}

// siftFrom asks, of each kind, what may be known of i; ?0 are the ids and ?1 is the gate.
const (
	siftPosts = `SELECT 'post' AS kind, p.id, b.group_id, b.id AS board_id, p.topic_id, 0 AS room_id, p.author_id, m.name AS author, g.name AS "group", b.name AS place, t.title, t.slug, p.posted_at, p.n = 1 AS opens,
		p.files > 0 AS files, p.class, p.mask_of, t.tagged FROM posts p JOIN members m ON m.id = p.author_id` + postPlaces + " WHERE p.id IN (?0) AND p.erased_at = 0 AND p.reach < 4 AND ?1"
	siftMessages = `SELECT 'message' AS kind, c.id, r.group_id, 0 AS board_id, 0 AS topic_id, c.room_id, c.author_id, m.name AS author, g.name AS "group", r.name AS place, '' AS title, '' AS slug, c.posted_at, 0 AS opens,
		c.files > 0 AS files, c.class, c.room_id AS mask_of, 0 AS tagged FROM messages c JOIN members m ON m.id = c.author_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.id IN (?0) AND c.erased_at = 0 AND c.reach <> 4 AND c.off_record = 0 AND ` + stays + ` AND g.talk = 0 AND ?1`
)

// stays is the SQL condition under which a message c of a group g may stand in the search engine by how it is kept (searchableFrom).
const stays = "c.whiled = 0 AND c.class < 3 AND g.class < 3"

// Sift keeps of what a search engine proposed what the actor may read now, in the given order: the gate of whatever is shown, counted or
// suggested of it.
func (f *Forum) Sift(ctx context.Context, by Actor, all []Searched) (out []Found, err error) {
	defer during(&err, "sift")
	ids := map[string][]int64{}
	for _, s := range all {
		ids[s.Kind] = append(ids[s.Kind], s.ID)
	}
	at := map[Searched]*Found{}
	var topics []TopicID
	for kind, from := range map[string]struct {
		query string
		gate  schema.QueryWithArgs
	}{"post": {siftPosts, postGate(by)}, "message": {siftMessages, bun.SafeQuery("? AND ?", roomGate(by), messageGate(by))}} {
		if len(ids[kind]) == 0 {
			continue
		}
		var rows []struct {
			Found
			Class  Class
			MaskOf int64
			Tagged bool
		}
		if err := f.store.read.scan(ctx, &rows, from.query, bun.List(ids[kind]), from.gate); err != nil {
			return nil, err
		}
		for i := range rows {
			r := &rows[i]
			f.veil(r.Class, r.MaskOf, &r.AuthorID, &r.Author)
			if at[Searched{kind, r.ID}] = &r.Found; r.Tagged {
				topics = append(topics, r.TopicID)
			}
		}
	}
	tags, err := f.tagsOf(ctx, topics...)
	for _, s := range all {
		if found := at[s]; found != nil {
			found.Tags = tags[found.TopicID]
			out = append(out, *found)
		}
	}
	return out, err
}

// VisibleSaid keeps of messages those that the actor may read now, in the given order: what VisiblePosts is for posts.
func (f *Forum) VisibleSaid(ctx context.Context, by Actor, ids []int64) (out []SaidPlace, err error) {
	defer during(&err, "visible messages")
	if len(ids) == 0 {
		return nil, nil
	}
	var found []SaidPlace
	err = f.store.read.scan(ctx, &found, saidPlaceFields+` FROM messages c JOIN members m ON m.id = c.author_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.id IN (?) AND c.erased_at = 0 AND c.reach <> 4 AND c.off_record = 0 AND `+stays+` AND ? AND ?`, bun.List(ids), roomGate(by), messageGate(by))
	for _, id := range ids {
		for i := range found {
			if found[i].ID == id {
				f.veilMessage(by, &found[i].ChatMessage)
				out = append(out, found[i])
			}
		}
	}
	said := make([]ChatMessage, len(out))
	for i := range out {
		said[i] = out[i].ChatMessage
	}
	err = either(err, f.filesOfSaid(ctx, by, said))
	for i := range out {
		out[i].Files = said[i].Files
	}
	return out, err
}
