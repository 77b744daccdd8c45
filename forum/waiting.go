package forum

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// A post that waits was written under words that said who reads it (Audience, Told), and is read by the moderators of the
// group where it was written. They post it, in its writer's name and for those readers, or decline it; where more would
// read it by then it goes back to its writer. What comes back is a draft of theirs: nothing is lost.

// WaitingPost is one.
type WaitingPost struct {
	ID       int64 `bun:"id"`
	MemberID MemberID
	GroupID  GroupID
	BoardID  BoardID
	TopicID  TopicID // 0: a new topic
	ReplyTo  PostID
	Title    string // of a new topic
	Source   string
	Trimmed  string
	Door     Door
	Key      string
	Audience
	Told   string // Group.Told, as it was written
	Class  Class
	Why    string // VettedFirst, …
	Beside string // Draft.BesideText
	At     Instant
	Claim
}

const (
	waitingFields = "h.id, h.member_id, h.group_id, h.board_id, h.topic_id, h.reply_to, h.title, h.source, h.trimmed, h.door, h.key, h.reach, h.reach_of, h.from_join, h.told, h.class, h.why, h.beside, h.at, h.claimed_by, h.claimed_at"

	mostWaiting = 20 // of one member in one group
	backKept    = 90 * 24 * time.Hour
)

// Why a draft is back with its writer.
const (
	PostDeclined = "declined" // by a moderator, who gave reasons
	ReadersGrew  = "changed"  // others would read it by now
	DoorShut     = "shut"     // its writer may not post there now
	FormOutdated = "form"     // something in it has to be changed first
	TakenBack    = "taken"    // its writer took it back
)

// back are the reasons for which a draft is with its writer again; it is kept a while and nobody is reminded of it.
var back = []string{PostDeclined, ReadersGrew, DoorShut, FormOutdated, TakenBack}

// vetGate is the SQL condition under which the actor looks at the waiting post h: they moderate the group where it was
// written, belong to those whom it is for, did not write it, and read the topic that it answers.
func vetGate(by Actor, h string) schema.QueryWithArgs {
	return bun.SafeQuery(`(?0.member_id <> ?1 AND EXISTS (SELECT 1 FROM memberships vm WHERE vm.group_id = ?0.group_id AND vm.member_id = ?1 AND vm.standing = ?2 AND vm.role >= ?3)
		AND EXISTS (SELECT 1 FROM (SELECT ?0.reach AS reach, ?0.reach_of AS reach_of, ?0.from_join AS from_join, ?0.at AS posted_at) va WHERE ?5)
		AND (?0.topic_id = 0 OR EXISTS (SELECT 1 FROM topics vt WHERE vt.id = ?0.topic_id AND ?4)))`, bun.Ident(h), by.Member, In, Moderator, itemGate(by, "vt"), audienceGate(by, "va"))
}

// wait puts a post before the moderators of its group, if held says so. Twice is once. Who posts by mail is told by mail.
func (w *writer) wait(by Actor, held error, h WaitingPost, d Draft) error {
	if held == nil {
		return nil
	}
	if err := w.correct(by, &h, &d); err != nil {
		return err
	}
	id := w.id()
	n, err := w.changed(`INSERT INTO waiting (id, member_id, group_id, board_id, topic_id, reply_to, title, source, trimmed, door, key, reach, reach_of, from_join, told, class, why, at, beside)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (member_id, key) DO NOTHING`, id, by.Member, h.GroupID, h.BoardID, h.TopicID, d.ReplyTo, d.Title, d.Source, d.Trimmed, d.Door, d.Key,
		h.Reach, h.Of, bit(h.FromJoin), h.Told, h.Class, d.Why, w.now, d.BesideText())
	if err != nil || n == 0 {
		return err
	}
	if err := w.spend(postsOfMember, "post", by.key()); err != nil {
		return err
	}
	var waiting int
	if err := w.one(&waiting, "SELECT count(*) FROM waiting WHERE member_id = ? AND group_id = ?", by.Member, h.GroupID); err != nil {
		return err
	}
	if waiting > mostWaiting {
		return Refuse(TooMany, "error.too-many-waiting")
	}
	if err := either(either(either(w.keepFiles(by, id, d.Files), w.leaveOut(by, &d, 0)), w.came(by, h.BoardID, FateHeld, &d)), w.tellQueue(h.GroupID, by.Member)); err != nil {
		return err
	}
	if d.Door == ByMail {
		w.state(DraftWaits{Member: by.Member, Draft: id, Note: "note.waits"})
		if err := w.queue("note.waits", id, by.Member); err != nil {
			return err
		}
	}
	at := WritingAt{Topic: h.TopicID}
	if h.TopicID == 0 {
		at = WritingAt{Board: h.BoardID}
	}
	return w.written(by, at, d.Kept)
}

// correct takes away what waits under the key of a draft that says something else: the draft waits in its place, under
// another number, so that no moderator posts what they have not seen. Conflict: one of them is at it.
func (w *writer) correct(by Actor, h *WaitingPost, d *Draft) error {
	var all []WaitingPost
	if err := w.scan(w.ctx, &all, "SELECT "+waitingFields+" FROM waiting h WHERE h.member_id = ? AND h.key = ?", by.Member, d.Key); err != nil || len(all) == 0 {
		return err
	}
	was := &all[0]
	if was.BoardID == h.BoardID && was.TopicID == h.TopicID && was.ReplyTo == d.ReplyTo && was.Title == d.Title && was.Source == d.Source && was.Trimmed == d.Trimmed && was.Beside == d.BesideText() {
		return nil
	}
	if was.Held(by.Member, w.now) {
		return Refuse(Conflict, "error.waiting-claimed")
	}
	n, err := w.changed("DELETE FROM waiting WHERE id = ? AND claimed_at = ?", was.ID, was.ClaimedAt)
	if err == nil && n == 0 { // decided or claimed just now
		err = Refuse(Conflict, "error.waiting-claimed")
	}
	return either(err, w.exec("UPDATE files SET waiting_id = 0 WHERE waiting_id = ?", was.ID))
}

// keepFiles hangs the files of a draft on what waits.
func (w *writer) keepFiles(by Actor, id int64, files []FileID) error {
	if len(files) == 0 {
		return nil
	}
	var p problems
	if len(files) > mostFiles {
		p.add("upload", "error.files-many", "Most", mostFiles)
		return p.err()
	}
	n, err := w.changed("UPDATE files SET waiting_id = ? WHERE id IN (?) AND author_id = ? AND post_id = 0", id, bun.List(files), by.Member)
	if err == nil && int(n) != len(files) {
		p.add("upload", "error.file-gone")
		err = p.err()
	}
	return err
}

// waitingSeen locks a waiting post and loads it for a moderator who may take it on.
func (w *writer) waitingSeen(by Actor, id int64) (h WaitingPost, err error) {
	if err = w.lockRow("waiting", id); err != nil {
		return h, err
	}
	if err = w.one(&h, "SELECT "+waitingFields+" FROM waiting h WHERE h.id = ? AND ?", id, vetGate(by, "h")); err == nil {
		err = mayTakeOn(by, &h.Claim, w.now)
	}
	return h, err
}

// ClaimWaiting keeps a waiting post for the actor, as ClaimCase a case; ReleaseWaiting gives it back.
func (f *Forum) ClaimWaiting(ctx context.Context, by Actor, id int64) error {
	return f.claimWaiting(ctx, by, id, true)
}

// ReleaseWaiting gives the actor's claim back.
func (f *Forum) ReleaseWaiting(ctx context.Context, by Actor, id int64) error {
	return f.claimWaiting(ctx, by, id, false)
}

func (f *Forum) claimWaiting(ctx context.Context, by Actor, id int64, claim bool) error {
	return f.write(ctx, "claim waiting", func(w *writer) error {
		h, err := w.waitingSeen(by, id)
		if err != nil {
			return err
		}
		c := Claim{}
		if claim {
			c = Claim{by.Member, w.now}
		}
		return w.exec("UPDATE waiting SET claimed_by = ?, claimed_at = ? WHERE id = ?", c.ClaimedBy, c.ClaimedAt, h.ID)
	})
}

// Approve posts what waits, in its writer's name, for those whom they were told: by a moderator who reads it. Where more
// would read it by now, or its writer may not post there any more, it goes back to them instead: posted is false.
func (f *Forum) Approve(ctx context.Context, by Actor, id int64) (posted bool, err error) {
	var h WaitingPost
	if err := one(ctx, f.store.read, &h, "SELECT "+waitingFields+" FROM waiting h WHERE h.id = ? AND ?", id, vetGate(by, "h")); err != nil {
		return false, err
	}
	author, err := f.ActorFor(ctx, h.MemberID)
	if err != nil {
		return false, err
	}
	d := Draft{Title: h.Title, Source: h.Source, Key: h.Key, ReplyTo: h.ReplyTo, Door: h.Door, Told: h.Told, sure: true, approved: true}
	d.TakeBeside(h.Beside)
	cooked, err := f.cook(ctx, &d)
	if err != nil {
		return false, err
	}
	err = f.write(ctx, "approve", func(w *writer) (err error) {
		posted, err = w.approve(by, author, id, d, cooked)
		return err
	})
	return posted, err
}

func (w *writer) approve(by, author Actor, id int64, d Draft, cooked markup.Cooked) (posted bool, err error) {
	h, err := w.waitingSeen(by, id)
	if err != nil {
		return false, err
	}
	if err := w.scan(w.ctx, &d.Files, "SELECT id FROM files WHERE waiting_id = ? ORDER BY id", id); err != nil {
		return false, err
	}
	grown, err := w.joinedSince(&h)
	if err != nil {
		return false, err
	}
	object, held := int64(h.TopicID), error(nil)
	switch {
	case grown:
		held = Refuse(Held, "error.readers-changed")
	case h.TopicID == 0:
		var t *Topic
		if t, held, err = w.startTopic(author, h.BoardID, d, cooked); t != nil {
			object = int64(t.ID)
		}
	default:
		_, held, err = w.reply(author, h.TopicID, d, cooked)
	}
	switch kind := KindOf(either(err, held)); {
	case kind == Held || HasField(err, "error.readers-changed"): // nothing was written yet
		return false, w.returned(&h, ReadersGrew)
	case kind == Invalid:
		return false, w.returned(&h, FormOutdated)
	case err == nil:
	case kind == Forbidden || kind == Closed || kind == NotFound:
		return false, w.returned(&h, DoorShut)
	default:
		return false, err
	}
	if err := either(w.exec("UPDATE files SET waiting_id = 0 WHERE waiting_id = ?", h.ID), w.exec("DELETE FROM waiting WHERE id = ?", h.ID)); err != nil {
		return false, err
	}
	return true, w.log(by, "approve-post", object, h.GroupID, "")
}

// joinedSince tells whether somebody joined whom the post was not told to be for: where only those read it who were in.
func (w *writer) joinedSince(h *WaitingPost) (bool, error) {
	if !h.FromJoin {
		return false, nil
	}
	var n int
	err := w.one(&n, "SELECT count(*) FROM memberships WHERE group_id = ? AND standing = ? AND role >= ? AND joined_at > ?", h.Of, In, Participant, h.At)
	return n > 0, err
}

// waitingFollows puts what waits to be said in a topic before the moderators of the group where it stands now; why it waits
// is between its writer and the group where they wrote it. What the others might not read goes back to its writer.
func (w *writer) waitingFollows(t *Topic, b BoardID, g GroupID) error {
	if err := w.exec("UPDATE waiting SET board_id = ? WHERE topic_id = ?", b, t.ID); err != nil {
		return err
	}
	var all []WaitingPost
	if err := w.scan(w.ctx, &all, "SELECT "+waitingFields+" FROM waiting h WHERE h.topic_id = ? AND h.group_id <> ? ORDER BY h.id", t.ID, g); err != nil {
		return err
	}
	for i := range all {
		h := &all[i]
		if h.Reach > Registered && h.Audience != t.Audience { // who reads the topic might not read it
			if err := w.returned(h, ReadersGrew); err != nil {
				return err
			}
			continue
		}
		if err := either(w.exec("UPDATE waiting SET group_id = ?, why = ?, claimed_by = 0, claimed_at = 0 WHERE id = ?", g, VettedAll, h.ID), w.tellQueue(g, h.MemberID)); err != nil {
			return err
		}
	}
	return nil
}

// giveBack makes what waits a draft of its writer's. Where they have one of its key already, that may say something else:
// both stay.
func (w *writer) giveBack(h *WaitingPost, why string) error {
	for _, key := range []string{h.Key, h.Key + "-" + decimal(h.ID)} {
		n, err := w.changed(`INSERT INTO drafts (id, member_id, board_id, topic_id, reply_to, title, source, trimmed, door, key, held_at, why, beside)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (member_id, key) DO NOTHING`, h.ID, h.MemberID, h.BoardID, h.TopicID, h.ReplyTo, h.Title, h.Source, h.Trimmed, h.Door, key, w.now, why, h.Beside)
		if err != nil {
			return err
		}
		if n > 0 {
			break
		}
	}
	return w.exec("DELETE FROM waiting WHERE id = ?", h.ID)
}

// returned gives it back and tells them by mail.
func (w *writer) returned(h *WaitingPost, why string) error {
	w.state(DraftWaits{Member: h.MemberID, Draft: h.ID, Note: "note.post-back"})
	return either(w.giveBack(h, why), w.queue("note.post-back", h.ID, h.MemberID))
}

// returnAnswers gives back what waits to be posted in a topic that is gone: no moderator sees it any more.
func (w *writer) returnAnswers(t TopicID) error {
	var all []WaitingPost
	err := w.scan(w.ctx, &all, "SELECT "+waitingFields+" FROM waiting h WHERE h.topic_id = ? ORDER BY h.id", t)
	for i := range all {
		err = either(err, w.returned(&all[i], DoorShut))
	}
	return err
}

// Decline gives what waits back to its writer, who gets the reason by mail and keeps the text as a draft: by a moderator
// who reads it.
func (f *Forum) Decline(ctx context.Context, by Actor, id int64, d ActDraft) error {
	return f.write(ctx, "decline", func(w *writer) error {
		h, err := w.waitingSeen(by, id)
		if err != nil {
			return err
		}
		var p problems
		if d.check(&p); p != nil {
			return p.err()
		}
		if err := w.giveBack(&h, PostDeclined); err != nil {
			return err
		}
		var class Class
		if err := w.one(&class, "SELECT class FROM groups WHERE id = ?", h.GroupID); err != nil {
			return err
		}
		_, err = w.act(by, Act{Kind: Declines, GroupID: h.GroupID, MemberID: h.MemberID, Topic: h.TopicID, Masked: max(h.Class, class) == ChathamClass}, d)
		return err
	})
}

// TakeWaiting takes the actor's own post back, before a moderator has looked at it: it is a draft of theirs. Twice is once.
func (f *Forum) TakeWaiting(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "take waiting", func(w *writer) error {
		if err := w.lockRow("waiting", id); err != nil {
			return err
		}
		var h []WaitingPost
		if err := w.scan(w.ctx, &h, "SELECT "+waitingFields+" FROM waiting h WHERE h.id = ? AND h.member_id = ?", id, by.Member); err != nil || len(h) == 0 {
			return err
		}
		return w.giveBack(&h[0], TakenBack)
	})
}

// Rewrite makes a draft that came back something that the actor has begun to write at its place, to change it before it is
// posted again. Conflict: they have begun something else there. A topic with tags or a poll becomes one that is posted later,
// without a time: that keeps them.
func (f *Forum) Rewrite(ctx context.Context, by Actor, id int64) (d HeldDraft, err error) {
	if d, err = f.ReadDraft(ctx, by, id); err != nil {
		return d, err
	}
	if d.TopicID == 0 && d.Beside != "" {
		err = f.write(ctx, "rewrite", func(w *writer) (err error) {
			d.Later, err = w.rewriteTopic(by, &d)
			return either(err, w.rewritten(by, id))
		})
		return d, err
	}
	at, names := WritingAt{Topic: d.TopicID}, make([]string, len(d.Files))
	for i, file := range d.Files {
		names[i] = decimal(file.ID)
	}
	begun := Writing{Source: d.Source, ReplyTo: d.ReplyTo, Files: strings.Join(names, " ")}
	if d.TopicID == 0 {
		at, begun.Title = WritingAt{Board: d.BoardID}, d.Title
	}
	if _, err := f.KeepWriting(ctx, by, at, begun, false); err != nil {
		return d, err
	}
	return d, f.write(ctx, "rewrite", func(w *writer) error { return w.rewritten(by, id) })
}

func (w *writer) rewriteTopic(by Actor, h *HeldDraft) (id int64, err error) {
	d := Draft{Title: h.Title, Source: h.Source, Key: "back:" + decimal(h.ID)}
	d.TakeBeside(h.Beside)
	for _, file := range h.Files {
		d.Files = append(d.Files, file.ID)
	}
	if err = mayKeep(by); err == nil {
		id, err = w.schedule(by, h.BoardID, &d, 0)
	}
	return id, either(err, w.exec("UPDATE scheduled SET why = 'back' WHERE id = ?", id))
}

// rewritten lets a draft go whose text and files are kept elsewhere now.
func (w *writer) rewritten(by Actor, id int64) error {
	return either(w.exec("UPDATE files SET waiting_id = 0, added_at = ? WHERE waiting_id = ? AND author_id = ?", w.now, id, by.Member),
		w.exec("DELETE FROM drafts WHERE id = ? AND member_id = ?", id, by.Member))
}
