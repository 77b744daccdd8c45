package forum

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A talk is a hidden group of two to eight with one room, in which all are participants and nobody is above them: every gate of
// groups and rooms holds for it, and nobody of the staff comes in (opening.go). Nothing of it is in the log. Who is invited as it
// begins reads it from its beginning, since whoever speaks is told their names; who is invited later reads from their joining on.

// TalkState says whether a group is a talk.
type TalkState int64

// The states. A talk is over when there is nobody left to talk to: those who are still in it read it until they leave.
const (
	NoTalk TalkState = iota
	Talking
	TalkOver
)

const (
	// TalkSeats is how many can be in a talk, those who are invited included.
	TalkSeats = 8
	// TalkRoom is the slug of a talk's one room.
	TalkRoom = "talk"

	talkNote = "note.talk-invited"
)

// TalkDraft is what the form of a new talk says.
type TalkDraft struct {
	Who     []string // user IDs
	Subject string   // may be empty, as Text
	Text    string   // the first words
	Key     string   // the same twice is one talk
}

// StartTalk begins a talk with those who are invited to it; nobody reads anything before they accept. Whoever cannot be invited
// by the actor, for whatever reason, is refused in the same words: Invalid with "who".
func (f *Forum) StartTalk(ctx context.Context, by Actor, d TalkDraft) (g *Group, err error) {
	if err := f.triesTalk(ctx, by); err != nil {
		return nil, err
	}
	source, cooked, _, err := f.cookSaid(ctx, d.Text) // nobody is in it whom it could call
	if err != nil {
		return nil, err
	}
	err = f.write(ctx, "start talk", func(w *writer) error {
		key := bucketOf("talk", by.key()+"\x00"+d.Key)
		if g, err = w.begun(by, key); err != nil || g != nil {
			return err
		}
		var p problems
		who, err := w.invitable(by, 0, d.Who, &p)
		if err != nil {
			return err
		}
		d.check(&p, source, len(who))
		if err := p.err(); err != nil {
			return err
		}
		g = &Group{ID: GroupID(w.id()), Talk: Talking, Version: 1, GroupDraft: GroupDraft{Name: d.Subject, Visibility: Hidden, Class: SealedClass, Joining: ByInvitation, FromJoin: true, NoBoards: true, NoList: true}}
		g.Slug = strconv.FormatInt(int64(g.ID), 10) // no other group's begins with a digit
		room := RoomID(w.id())
		if err := w.openTalk(by, g, room, key); err != nil {
			return err
		}
		if err := w.inviteToTalk(by, g, who); err != nil {
			return err
		}
		if err := w.acknowledge(by, g.ID, InRoom, wording(g.Audience(), g.Class, g.TellsGaps())); err != nil || source == "" {
			return err
		}
		return w.say(&ChatMessage{ID: w.id(), RoomID: room, AuthorID: by.Member, Audience: g.Audience(), Source: source, HTML: cooked.HTML, Plain: cooked.Text, Nonce: key, PostedAt: w.now, Class: g.Class})
	})
	return g, err
}

func (d *TalkDraft) check(p *problems, source string, people int) {
	if d.Subject = strings.TrimSpace(d.Subject); d.Subject != "" {
		d.Subject = p.line("subject", d.Subject, 80)
	}
	if source != "" {
		p.said(source)
	}
	if people == 0 && *p == nil {
		p.add("who", "error.empty.who")
	}
	if d.Key == "" || len(d.Key) > 100 {
		p.add("key", "error.key")
	}
}

// begun finds the talk that the same form began; nil: none.
func (w *writer) begun(by Actor, key string) (*Group, error) {
	var g Group
	err := w.one(&g, groupColumns+" WHERE g.talk_key = ? AND ?", key, placeGate(by, "g"))
	if KindOf(err) == NotFound {
		return nil, nil
	}
	return &g, err
}

// openTalk writes a talk down with its room and the one who begins it.
func (w *writer) openTalk(by Actor, g *Group, room RoomID, key string) error {
	w.state(MemberJoined{Group: g.ID, Member: by.Member})
	return either(either(w.exec(`INSERT INTO groups (id, slug, name, visibility, class, joining, roster, from_join, no_boards, no_list, talk, talk_key, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, 1, ?, ?, ?)`,
		g.ID, g.Slug, g.Name, g.Visibility, g.Class, g.Joining, g.Roster, g.Talk, key, w.now),
		w.exec("INSERT INTO rooms (id, group_id, slug, name, created_at) VALUES (?, ?, ?, ?, ?)", room, g.ID, TalkRoom, g.Name, w.now)),
		w.exec("INSERT INTO memberships (group_id, member_id, role, standing, joined_at, role_at) VALUES (?0, ?1, ?2, ?3, ?4, ?4)", g.ID, by.Member, Participant, In, w.now))
}

// triesTalk counts what may fail: who tries user IDs learns slowly.
func (f *Forum) triesTalk(ctx context.Context, by Actor) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	return f.spend(ctx, talkTries, "talk-try", by.key())
}

// wanted is the SQL condition under which the actor may invite the member m to a talk: they see them (in the directory, or among
// the members of a group), and m wants to be invited, and by them.
func wanted(by Actor, now Instant) schema.QueryWithArgs {
	by.byMail = true // whom one sees while one visits a group one does not write to
	return bun.SafeQuery(`(m.standing = ?0 AND m.no_talks = 0 AND m.id <> ?1 AND NOT EXISTS (SELECT 1 FROM blocks wb WHERE wb.member_id = m.id AND wb.blocked_id = ?1)
		AND (EXISTS (SELECT 1 FROM profiles pr WHERE pr.member_id = m.id AND ?2) OR EXISTS (SELECT 1 FROM memberships wm JOIN groups wg ON wg.id = wm.group_id
			WHERE wm.member_id = m.id AND wm.standing = ?3 AND wm.role >= ?4 AND wg.talk = 0 AND ?5 AND ?6)))`,
		Active, by.Member, listedTo(by, now), In, Participant, placeGate(by, "wg"), rosterGate(by, "wg.id"))
}

// invitable finds those of the user IDs whom the actor may invite; who is in the talk already, or invited, is left out. What is
// wrong stands in p.
func (w *writer) invitable(by Actor, talk GroupID, handles []string, p *problems) (out []MemberID, err error) {
	keys := []string{""}
	for _, typed := range handles {
		keys = append(keys, handleKey(strings.TrimPrefix(strings.TrimSpace(typed), "@")))
	}
	var all []MemberID
	if err := w.scan(w.ctx, &all, "SELECT id FROM members WHERE handle_key IN (?)", bun.List(keys)); err != nil {
		return nil, err
	}
	if err := w.lockMembers(append(all, by.Member)...); err != nil { // nobody blocks anybody meanwhile
		return nil, err
	}
	for _, typed := range handles {
		typed = strings.TrimPrefix(strings.TrimSpace(typed), "@")
		if typed == "" || handleKey(typed) == handleKey(by.Handle) {
			continue
		}
		if len(out) == TalkSeats {
			p.add("who", "error.talk-full", "Most", TalkSeats)
			return out, nil
		}
		var m struct {
			ID                      MemberID `bun:"id"`
			There, Wanted, Unwanted bool
		}
		err := w.one(&m, `SELECT m.id, ?0 AS wanted, EXISTS (SELECT 1 FROM blocks ob WHERE ob.member_id = ?1 AND ob.blocked_id = m.id) AS unwanted,
			EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = ?2 AND s.member_id = m.id AND (s.standing = ?3 OR s.standing = ?4 AND ?5)) AS there FROM members m WHERE m.handle_key = ?6`,
			wanted(by, w.now), by.Member, talk, In, Invited, stillInvited("s"), handleKey(typed))
		switch {
		case err != nil && KindOf(err) != NotFound:
			return nil, err
		case err == nil && (m.There || slices.Contains(out, m.ID)):
		case err == nil && m.Unwanted:
			p.add("who", "error.you-blocked", "Who", typed)
		case err != nil || !m.Wanted:
			p.add("who", "error.not-invitable", "Who", typed)
		default:
			out = append(out, m.ID)
		}
	}
	return out, nil
}

// inviteToTalk gives those who may be invited a seat. They are told by mail that they are, unless they want no news by mail.
func (w *writer) inviteToTalk(by Actor, g *Group, who []MemberID) error {
	var taken int
	if err := w.one(&taken, "SELECT count(*) FROM memberships s WHERE s.group_id = ? AND (s.standing = ? OR s.standing = ? AND ?)", g.ID, In, Invited, stillInvited("s")); err != nil {
		return err
	}
	if taken+len(who) > TalkSeats {
		var p problems
		p.add("who", "error.talk-full", "Most", TalkSeats)
		return p.err()
	}
	for _, m := range who {
		if err := w.spend(talkInvites, "talk-invite", by.key()); err != nil {
			return err
		}
		if err := either(w.exec(`INSERT INTO memberships (group_id, member_id, role, standing, joined_at, invited_by, named, asked_at) VALUES (?, ?, ?, ?, 0, ?, 1, ?)
			ON CONFLICT (group_id, member_id) DO UPDATE SET standing = excluded.standing, invited_by = excluded.invited_by, asked_at = excluded.asked_at`, g.ID, m, Participant, Invited, by.Member, w.now),
			w.exec(`INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT ?0, ?1, m.id, ?2, ?2 FROM members m WHERE m.id = ?3
				AND NOT EXISTS (SELECT 1 FROM news_choices nc WHERE nc.member_id = m.id AND (nc.by_mail = 0 OR nc.paused_until > ?2)) ON CONFLICT DO NOTHING`, talkNote, g.ID, w.now, m)); err != nil {
			return err
		}
		w.state(MemberTold{Member: m, Note: talkNote, Entry: int64(g.ID)})
		if err := w.ring(InvitesToTalk, int64(g.ID), bun.SafeQuery("m.id = ?", m)); err != nil {
			return err
		}
	}
	return nil
}

// talkIn locks a talk and loads it for one who is in it; of every other group it is Absent.
func (w *writer) talkIn(by Actor, id GroupID) (*Group, error) {
	if err := w.lockRow("groups", int64(id)); err != nil {
		return nil, err
	}
	var g Group
	err := w.one(&g, groupColumns+" WHERE g.id = ? AND g.talk > 0 AND ?", id, placeGate(by, "g"))
	return &g, err
}

// seated has those who speak told anew who is in the talk: what was written under other names is given back (Group.Told).
func (w *writer) seated(g GroupID) error {
	if err := w.talkChanged(g); err != nil {
		return err
	}
	return w.exec("UPDATE groups SET version = version + 1 WHERE id = ?", g)
}

// talkChanged has open pages of a talk ask for it again: who is in it has changed.
func (w *writer) talkChanged(g GroupID) error {
	var room RoomID
	err := w.one(&room, "SELECT id FROM rooms WHERE group_id = ?", g)
	if KindOf(err) == NotFound {
		return nil
	}
	w.state(GroupChanged{g})
	w.state(RoomChanged{room})
	return err
}

// InviteToTalk invites more people to a talk, by anybody who is in it. They read what is said after they join. Inviting twice is
// inviting once.
func (f *Forum) InviteToTalk(ctx context.Context, by Actor, id GroupID, handles []string) error {
	if err := f.triesTalk(ctx, by); err != nil {
		return err
	}
	return f.write(ctx, "invite to talk", func(w *writer) error {
		g, err := w.talkIn(by, id)
		if err != nil {
			return err
		}
		if err := mayTalk(g); err != nil {
			return err
		}
		var p problems
		if strings.TrimSpace(strings.Join(handles, "")) == "" {
			p.add("who", "error.empty.who")
		}
		who, err := w.invitable(by, id, handles, &p)
		if err == nil {
			err = p.err()
		}
		if err != nil || len(who) == 0 {
			return err
		}
		return either(w.inviteToTalk(by, g, who), w.seated(id))
	})
}

// AcceptTalk brings one who is invited into a talk; told is what the form said of what is said there (Talk.Wording), which they
// acknowledge by it. Twice is once.
func (f *Forum) AcceptTalk(ctx context.Context, by Actor, id GroupID, told string) error {
	return f.write(ctx, "accept talk", func(w *writer) error {
		if err := either(mayKeep(by), w.lockRow("groups", int64(id))); err != nil {
			return err
		}
		s, had, err := w.standing(by.Member, id)
		if err != nil {
			return err
		}
		n, err := w.changed(`UPDATE memberships SET standing = ?0, role_at = ?1, joined_at = CASE WHEN asked_at = (SELECT g.created_at FROM groups g WHERE g.id = group_id) THEN asked_at ELSE ?1 END
			WHERE group_id = ?2 AND member_id = ?3 AND standing = ?4 AND ?5 AND EXISTS (SELECT 1 FROM groups g WHERE g.id = group_id AND g.talk = ?6)`, In, w.now, id, by.Member, Invited, had == Invited, Talking)
		if err != nil || s.In {
			return err
		}
		if n == 0 {
			return Absent()
		}
		w.state(MemberJoined{Group: id, Member: by.Member})
		return either(w.seated(id), w.acknowledge(by, id, InRoom, told))
	})
}
