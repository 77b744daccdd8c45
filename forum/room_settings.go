package forum

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Keep is for how long what is said in a room stays, in hours.
type Keep int64

// What is not a number of hours.
const (
	KeepAlways      Keep = 0
	KeepWhilePeople Keep = -1 // until nobody is in the room any more
)

// Keeps are those that one may choose from.
var Keeps = []Keep{KeepAlways, 90 * 24, 7 * 24, 24, KeepWhilePeople}

// RoomDraft is what the form of a room may say.
type RoomDraft struct {
	Name      string
	Topic     string // one line: what is talked about
	Circle    bool   // for some members of the group, named one by one; set once
	FromJoin  bool   // who comes later reads what was said since they came
	Keep      Keep
	OffRecord bool // found by no search, told by no mail, in nobody's download; its Keep is a day at most
	Slow      int  // seconds between two messages of one member, one of Pauses
}

// Pauses are the seconds that may have to pass between two messages of one member.
var Pauses = []int{0, 10, 30, 60, 300}

const roomFields = "r.id, r.group_id, r.slug, r.name, r.last_seq, r.topic, r.circle, r.from_join, r.keep, r.off_record, r.slow, r.locked_at, r.archived_at, r.lock_why, r.archive_why"

// Audience is what somebody who speaks in the room of the group today is told.
func (r *Room) Audience(g *Group) Audience {
	a := g.Audience()
	if r.Circle {
		return Audience{Reach: InCircle, Of: GroupID(r.ID), FromJoin: r.FromJoin || g.FromJoin}
	}
	a.FromJoin = a.FromJoin || r.FromJoin && a.Reach == Members
	return a
}

// Told names what the page of a room says of who reads what is said there, and for how long.
func (r *Room) Told(g *Group) string {
	s := g.Told(r.Audience(g)) + "/" + strconv.FormatInt(int64(r.Keep), 10)
	if r.OffRecord {
		s += "/off"
	}
	return s
}

// until is when what is said in the room now is erased; 0: not by the clock.
func (r *Room) until(now Instant) Instant {
	if r.Keep <= 0 {
		return 0
	}
	return now.add(time.Duration(r.Keep) * time.Hour)
}

func (d *RoomDraft) check(p *problems) {
	d.Name = p.line("name", d.Name, 80)
	d.Topic = p.text("topic", d.Topic, 200)
	switch {
	case !slices.Contains(Keeps, d.Keep):
		p.add("keep", "error.choose")
	case d.OffRecord && d.Keep != 24 && d.Keep != KeepWhilePeople:
		p.add("keep", "error.off-record-keep")
	}
	if !slices.Contains(Pauses, d.Slow) {
		p.add("slow", "error.choose")
	}
}

// OpenRoom adds a room to a group, by its owners and moderators. Who opens one for a circle is in it.
func (f *Forum) OpenRoom(ctx context.Context, by Actor, id GroupID, slug string, d RoomDraft) (r *Room, err error) {
	err = f.write(ctx, "create room", func(w *writer) error {
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		var p problems
		p.slug(slug)
		if d.check(&p); p != nil {
			return p.err()
		}
		r = &Room{ID: RoomID(w.id()), GroupID: g.ID, Slug: slug, RoomDraft: d}
		if d.Circle { // that an address is taken would tell of a circle
			r.Slug = slug + "-" + strconv.FormatInt(int64(r.ID)&0xfffff, 36)
		}
		n, err := w.changed(`INSERT INTO rooms (id, group_id, slug, name, created_at, topic, circle, from_join, keep, off_record, slow) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (group_id, slug) DO NOTHING`,
			r.ID, g.ID, r.Slug, d.Name, w.now, d.Topic, bit(d.Circle), bit(d.FromJoin), d.Keep, bit(d.OffRecord), d.Slow)
		if err != nil {
			return err
		}
		if n == 0 {
			p.add("slug", "error.slug-taken")
			return p.err()
		}
		w.state(GroupChanged{g.ID})
		if d.Circle {
			return either(w.takeIn(r, by.Member), w.log(by, "create-circle", 0, g.ID, ""))
		}
		return w.log(by, "create-room", int64(r.ID), g.ID, "")
	})
	return r, err
}

// moderatedRoom loads a room for a moderator of its group whom it lets in; its row is locked.
func (w *writer) moderatedRoom(by Actor, id RoomID) (*Room, *Group, error) {
	if err := w.lockRow("rooms", int64(id)); err != nil {
		return nil, nil, err
	}
	r, g, s, err := w.roomSeen(by, id)
	if err == nil {
		err = mayModerate(by, s)
	}
	return r, g, err
}

// logRoom logs what was done to a room: of a circle, that something was done.
func (w *writer) logRoom(by Actor, act string, r *Room, reason string) error {
	if r.Circle {
		return w.log(by, "change-circle", 0, r.GroupID, "")
	}
	return w.log(by, act, int64(r.ID), r.GroupID, reason)
}

// ChangeRoom changes a room but for its address and whether it is a circle's, by a moderator whom it lets in. What was said before keeps its
// readers; it stays no longer than the room says now, and no longer than was said when it was said.
func (f *Forum) ChangeRoom(ctx context.Context, by Actor, id RoomID, d RoomDraft) error {
	return f.write(ctx, "change room", func(w *writer) error {
		r, _, err := w.moderatedRoom(by, id)
		if err != nil {
			return err
		}
		var p problems
		if d.check(&p); p != nil {
			return p.err()
		}
		if d.Circle = r.Circle; d == r.RoomDraft {
			return nil
		}
		if err := w.exec("UPDATE rooms SET name = ?, topic = ?, from_join = ?, keep = ?, off_record = ?, slow = ? WHERE id = ?", d.Name, d.Topic, bit(d.FromJoin), d.Keep, bit(d.OffRecord), d.Slow, r.ID); err != nil {
			return err
		}
		if d.Keep > 0 && d.Keep != r.Keep {
			span := int64(time.Duration(d.Keep) * time.Hour / time.Microsecond)
			if err := w.exec("UPDATE messages SET expires_at = posted_at + ?0 WHERE room_id = ?1 AND (expires_at = 0 OR expires_at > posted_at + ?0)", span, r.ID); err != nil {
				return err
			}
		}
		if d.Keep == KeepWhilePeople && d.Keep != r.Keep {
			if err := w.exec("UPDATE messages SET whiled = 1 WHERE room_id = ?", r.ID); err != nil {
				return err
			}
		}
		w.state(RoomChanged{r.ID}, GroupChanged{r.GroupID})
		reason := ""
		if d.Keep != r.Keep {
			w.state(RoomKept{r.ID})
			reason = fmt.Sprintf("keep: %d → %d hours (0: for ever, -1: while people are in it)", r.Keep, d.Keep)
		}
		return w.logRoom(by, "change-room", r, reason)
	})
}

// moderatesIn is the SQL condition under which the actor moderates the group g.
func moderatesIn(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM memberships mo WHERE mo.group_id = g.id AND mo.member_id = ? AND mo.standing = ? AND mo.role >= ?)", by.Member, In, Moderator)
}

// CountErased counts what would be erased at once if a room kept what is said so long: for a moderator of its group whom it lets in.
func (f *Forum) CountErased(ctx context.Context, by Actor, id RoomID, keep Keep) (n int, err error) {
	defer during(&err, "count erased")
	if keep <= 0 {
		return 0, nil
	}
	since := f.instant().add(-time.Duration(keep) * time.Hour)
	err = one(ctx, f.store.read, &n, `SELECT count(*) FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND c.posted_at <= ? AND ? AND ? AND ?`, id, since, lasts(by.at), roomGate(by), moderatesIn(by))
	return n, err
}

// LockRoom lets moderators alone speak in a room, until it is unlocked; the reason is shown to those who read there. Twice is once.
func (f *Forum) LockRoom(ctx context.Context, by Actor, id RoomID, lock bool, reason string) error {
	return f.shutRoom(ctx, by, id, shutting{"lock", lock, reason})
}

// ArchiveRoom lets nobody speak in a room any more, until it is opened again; what was said there stays as long as it would. Twice is once.
func (f *Forum) ArchiveRoom(ctx context.Context, by Actor, id RoomID, archive bool, reason string) error {
	return f.shutRoom(ctx, by, id, shutting{"archive", archive, reason})
}

// shutting is how a room is shut, or opened again.
type shutting struct {
	how    string // "lock" or "archive"
	shut   bool
	reason string
}

func (f *Forum) shutRoom(ctx context.Context, by Actor, id RoomID, s shutting) error {
	return f.write(ctx, s.how+" room", func(w *writer) error {
		r, _, err := w.moderatedRoom(by, id)
		if err != nil {
			return err
		}
		was, act := r.LockedAt, s.how+"-room"
		if s.how == "archive" {
			was = r.ArchivedAt
		}
		if (was != 0) == s.shut {
			return nil
		}
		var p problems
		if s.reason = p.why(s.reason); p != nil {
			return p.err()
		}
		at, why := Instant(0), ""
		if s.shut {
			at, why = w.now, s.reason
		} else {
			act = "un" + act
		}
		columns := map[string]string{"lock": "locked_at = ?, lock_why = ?", "archive": "archived_at = ?, archive_why = ?"}[s.how]
		if err := w.exec("UPDATE rooms SET "+columns+" WHERE id = ?", at, why, r.ID); err != nil {
			return err
		}
		w.state(RoomChanged{r.ID})
		w.state(GroupChanged{r.GroupID})
		return w.logRoom(by, act, r, s.reason)
	})
}

// MuteInRoom lets a member read and not speak in one room for some hours or days: by a moderator of a higher role whom it lets in. Conflict: they are already.
func (f *Forum) MuteInRoom(ctx context.Context, by Actor, id RoomID, whom MemberID, d ActDraft) error {
	return f.write(ctx, "mute in room", func(w *writer) error {
		r, g, err := w.moderatedRoom(by, id)
		if err != nil {
			return err
		}
		if err := w.mayActInRoom(by, g, whom, &d); err != nil {
			return err
		}
		var p problems
		span := time.Duration(d.Days) * 24 * time.Hour
		if d.Hours > 0 && d.Hours < 24 && d.Days == 0 {
			d.check(&p)
			span = time.Duration(d.Hours) * time.Hour
		} else {
			d.checkDays(&p, 1)
		}
		if p != nil {
			return p.err()
		}
		until, err := w.mutedInRoom(id, whom)
		if err != nil {
			return err
		}
		if until > w.now {
			return Refuse(Conflict, "error.muted-already")
		}
		until = w.now.add(span)
		act, err := w.act(by, Act{Kind: MutesInRoom, GroupID: g.ID, MemberID: whom, RoomID: r.ID, UntilAt: until, Apart: r.Circle}, d)
		if err != nil {
			return err
		}
		w.state(RoomChanged{r.ID})
		return w.exec("INSERT INTO room_mutes (room_id, member_id, until_at, act_id) VALUES (?, ?, ?, ?) ON CONFLICT (room_id, member_id) DO UPDATE SET until_at = excluded.until_at, act_id = excluded.act_id", r.ID, whom, until, act)
	})
}

// UnmuteInRoom lets them speak again before the time is over. Twice is once.
func (f *Forum) UnmuteInRoom(ctx context.Context, by Actor, id RoomID, whom MemberID) error {
	return f.write(ctx, "unmute in room", func(w *writer) error {
		r, _, err := w.moderatedRoom(by, id)
		if err != nil {
			return err
		}
		var act int64
		err = w.one(&act, "DELETE FROM room_mutes WHERE room_id = ? AND member_id = ? RETURNING act_id", id, whom)
		if KindOf(err) == NotFound {
			return nil
		}
		w.state(RoomChanged{r.ID})
		return either(either(err, w.liftAct(by, act)), w.logRoom(by, "unmute-in-room", r, ""))
	})
}

// MutedInRoom lists who reads and does not speak in a room now: for a moderator of its group whom it lets in.
func (f *Forum) MutedInRoom(ctx context.Context, by Actor, id RoomID) (out []Fellow, err error) {
	defer during(&err, "muted in room")
	err = f.store.read.scan(ctx, &out, `SELECT m.id, m.name, m.handle FROM room_mutes q JOIN members m ON m.id = q.member_id JOIN rooms r ON r.id = q.room_id JOIN groups g ON g.id = r.group_id
		WHERE q.room_id = ? AND q.until_at > ? AND ? AND ? ORDER BY m.name, m.id`,
		id, f.instant(), roomGate(by), moderatesIn(by))
	return out, err
}

func (w *writer) mutedInRoom(id RoomID, m MemberID) (until Instant, err error) {
	err = w.one(&until, "SELECT coalesce(max(until_at), 0) FROM room_mutes WHERE room_id = ? AND member_id = ?", id, m)
	return until, err
}

// maySayNow refuses where nobody speaks in a room now, or not so soon.
func (w *writer) maySayNow(by Actor, s standing, r *Room) error {
	if err := MayTalkIn(s.Role, r); err != nil {
		return err
	}
	if r.Slow == 0 || s.Role >= Moderator {
		return nil
	}
	var last Instant
	if err := w.one(&last, "SELECT coalesce(max(posted_at), 0) FROM messages WHERE room_id = ? AND seq > ? AND author_id = ?", r.ID, r.LastSeq-1000, by.Member); err != nil {
		return err
	}
	left := (last.add(time.Duration(r.Slow)*time.Second) - w.now).duration()
	if last == 0 || left <= 0 {
		return nil
	}
	return &Error{Kind: Closed, Message: Message{Key: "error.slow-room", Args: map[string]any{"Count": int((left + time.Second - 1) / time.Second)}}}
}
