package forum

import (
	"context"
	"errors"
	"time"

	"peergroups/forum/markup"
)

// What is vetted waits until a moderator of the group has read it (waiting.go). Moderators' own posts never wait.

// Vetting is what a group's owners want to be looked at before others read it.
type Vetting struct {
	First   int    // so many posts of each newcomer, 0 to 5
	All     bool   // every post
	Watched string // posts with one of these words or domains, one a line
}

// Why a post waits for a moderator.
const (
	VettedFirst  = "first"   // it is one of its writer's first in the group
	VettedAll    = "all"     // every post is read first
	VettedMember = "member"  // moderators decided so of its writer
	WatchedWord  = "watched" // a word or domain of the group's list is in it
)

const mostFirst = 5

// ReadVetting reads what waits in a group: for its owners.
func (f *Forum) ReadVetting(ctx context.Context, by Actor, id GroupID) (v Vetting, err error) {
	defer during(&err, "read vetting")
	g, s, _, err := groupSeen(ctx, f.store.read, by, id)
	if err == nil {
		err = mayOwn(by, s)
	}
	if err != nil {
		return v, err
	}
	v.First, v.All = g.VetFirst, g.VetAll
	v.Watched, err = watchedOf(ctx, f.store.read, id)
	return v, err
}

func watchedOf(ctx context.Context, db querier, g GroupID) (list string, err error) {
	err = one(ctx, db, &list, "SELECT watched FROM groups WHERE id = ?", g)
	return list, err
}

// SetVetting sets what waits in a group, by its owners. What waits already goes on waiting.
func (f *Forum) SetVetting(ctx context.Context, by Actor, id GroupID, v Vetting) error {
	return f.write(ctx, "set vetting", func(w *writer) error {
		g, err := w.owned(by, id)
		if err != nil {
			return err
		}
		var p problems
		if v.First < 0 || v.First > mostFirst {
			p.add("first", "error.choose")
		}
		if v.Watched = p.watchLines(markup.Neutral(v.Watched)); p != nil {
			return p.err()
		}
		n, err := w.changed("UPDATE groups SET vet_first = ?0, vet_all = ?1, watched = ?2, version = version + 1 WHERE id = ?3 AND (vet_first <> ?0 OR vet_all <> ?1 OR watched <> ?2)", v.First, bit(v.All), v.Watched, g.ID)
		if err != nil || n == 0 {
			return err
		}
		w.state(GroupChanged{g.ID})
		return w.log(by, "set-vetting", int64(g.ID), g.ID, "")
	})
}

// Vet lets every post of a member wait for some days, for a reason: by a moderator of a higher role. It is an act with a
// statement of reasons. Conflict: theirs wait already. Not where it is not told who writes.
func (f *Forum) Vet(ctx context.Context, by Actor, id GroupID, whom MemberID, d ActDraft) error {
	return f.write(ctx, "vet", func(w *writer) error {
		target, err := w.inGroup(by, id, whom)
		if err != nil {
			return err
		}
		g, _, _, err := w.groupSeen(by, id)
		if err == nil {
			err = mayVet(g)
		}
		if err != nil {
			return err
		}
		if target.VettedUntil > w.now {
			return Refuse(Conflict, "error.vetted-already")
		}
		var p problems
		if d.checkDays(&p, 1); p != nil {
			return p.err()
		}
		until := w.now.add(time.Duration(d.Days) * 24 * time.Hour)
		if err := w.vetUntil(id, whom, until); err != nil {
			return err
		}
		_, err = w.act(by, Act{Kind: Vets, GroupID: id, MemberID: whom, UntilAt: until}, d)
		return err
	})
}

// Unvet ends that before the time is over.
func (f *Forum) Unvet(ctx context.Context, by Actor, id GroupID, whom MemberID) error {
	return f.write(ctx, "unvet", func(w *writer) error {
		target, err := w.inGroup(by, id, whom)
		if err != nil || target.VettedUntil <= w.now {
			return err
		}
		act, err := w.running(Vets, id, whom)
		if err == nil {
			err = w.vetUntil(id, whom, 0)
		}
		if err != nil {
			return err
		}
		return either(w.liftAct(by, act), w.log(by, "unvet", int64(whom), id, ""))
	})
}

func (w *writer) vetUntil(g GroupID, whom MemberID, until Instant) error {
	return w.exec("UPDATE memberships SET vetted_until = ? WHERE group_id = ? AND member_id = ?", until, g, whom)
}

// vets tells why whatever the member posts in the group now waits; "": it does not. Where nobody is told who writes,
// nobody is singled out: what waits would be theirs.
func vets(ctx context.Context, db querier, by Actor, g *Group, s standing) (why string, err error) {
	switch {
	case s.Role >= Moderator:
		return "", nil
	case g.VetAll:
		return VettedAll, nil
	case mayVet(g) != nil:
		return "", nil
	case s.VettedUntil > by.at:
		return VettedMember, nil
	case g.VetFirst == 0:
		return "", nil
	}
	var n int
	err = one(ctx, db, &n, "SELECT count(*) FROM posts WHERE author_id = ? AND spoken_in = ? AND erased_at = 0 AND class <> ?", by.Member, g.ID, ChathamClass) // else who waits would tell who spoke behind a mask
	if err == nil && n < g.VetFirst {
		why = VettedFirst
	}
	return why, err
}

// WillWait tells a page whether what the actor posts in the group waits for a moderator, whatever is in it.
func (f *Forum) WillWait(ctx context.Context, by Actor, g *Group) (bool, error) {
	s, _, err := standingOf(ctx, f.store.read, by.Member, g.ID)
	if err != nil {
		return false, err
	}
	why, err := vets(ctx, f.store.read, by, g, s)
	return why != "", err
}

// vetted answers Held for what waits for a moderator.
func (w *writer) vetted(by Actor, g *Group, s standing, d *Draft, c markup.Cooked) (held, err error) {
	if d.approved {
		return nil, nil
	}
	why, err := vets(w.ctx, w, by, g, s)
	if err == nil && why == "" {
		var is bool
		if is, err = w.watched(g, s, d.Title+"\n"+d.Poll.Options, c.Text, c.HTML); is {
			why = WatchedWord
		}
	}
	if err != nil || why == "" {
		return nil, err
	}
	d.Why = why
	return Refuse(Held, waits), nil
}

// mayChangeUnread refuses to change a post while whatever its author posts is read first: nobody would read the new words.
func (w *writer) mayChangeUnread(by Actor, g *Group, s standing) error {
	why, err := vets(w.ctx, w, by, g, s)
	if err == nil && (why == VettedAll || why == VettedMember) {
		err = Refuse(Closed, "error.change-vetted")
	}
	return err
}

// watched tells whether one of a group's watched words is in a text of somebody who does not moderate it.
func (w *writer) watched(g *Group, s standing, beside, text, html string) (bool, error) {
	if !g.Watches || s.Role >= Moderator {
		return false, nil
	}
	list, err := watchedOf(w.ctx, w, g.ID)
	return watchedIn(list, beside, text, html) != "", err
}

// worded is what somebody wrote, with what stands beside it: a title.
type worded struct {
	By                 MemberID
	Beside, Text, HTML string
}

// watchChange makes a case of what has a watched word since it was changed, and had none.
func (w *writer) watchChange(g *Group, s standing, was, is worded, what Reported) error {
	if g == nil {
		return nil
	}
	if now, err := w.watched(g, s, is.Beside, is.Text, is.HTML); err != nil || !now {
		return err
	}
	if before, err := w.watched(g, s, was.Beside, was.Text, was.HTML); err != nil || before {
		return err
	}
	return w.watchedCase(what, reportable{About: is.By, GroupID: g.ID})
}

// watchedCase puts what has a watched word before the moderators; nobody reported it.
func (w *writer) watchedCase(what Reported, r reportable) error {
	_, err := w.caseOf(what, r)
	return err
}

const waits = "error.waits"

// Waits tells whether a refusal says that a post waits for a moderator now.
func Waits(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Message.Key == waits
}
