package web

import (
	"context"
	"math"
	"strconv"

	"peergroups/forum"
	"peergroups/server/view"
)

var roomFields = []string{"name", "topic", "circle", "from_join", "keep", "off_record", "slow"}

// roomDraft reads the form of a room.
func (r *request) roomDraft() forum.RoomDraft {
	return forum.RoomDraft{Name: r.typed("name"), Topic: r.typed("topic"), Circle: r.typed("circle") != "", FromJoin: r.typed("from_join") != "", OffRecord: r.typed("off_record") != "",
		Keep: forum.Keep(chosen(r.typed("keep"))), Slow: int(chosen(r.typed("slow")))}
}

// chosen is a number that was chosen from a list: 0 where nothing was, and none of any list where it is none.
func chosen(s string) int64 {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return math.MinInt32
	}
	return n
}

// inRoom is a room that lets the actor in, by the path; moderates: they moderate its group.
func (r *request) inRoom(moderates bool) (forum.RoomPage, string, error) {
	t, err := r.d.Forum.FindRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"))
	if err == nil && moderates && (!t.In || t.Role < forum.Moderator) {
		err = forum.Refuse(forum.Forbidden, "error.moderators-only")
	}
	return t, roomPath(t.Group.Slug, t.Room.Slug), err
}

func (d *Door) roomSettings(r *request) error { return d.roomSettingsPage(r, nil) }

// roomSettingsPage shows a room's settings to the moderators of its group whom it lets in; cause is why they were refused.
func (d *Door) roomSettingsPage(r *request, cause error) error {
	t, path, err := r.inRoom(true)
	if err != nil {
		return err
	}
	on := map[bool]string{true: "1"}
	p := view.RoomSettings{Group: view.Link{Href: groupPath(t.Group.Slug), Text: t.Group.Name}, Room: view.Link{Href: path, Text: t.Room.Name}, Circle: t.Room.Circle, Locked: t.Room.LockedAt != 0, Archived: t.Room.ArchivedAt != 0,
		Form: view.Form{Key: newKey(), Values: map[string]string{"name": t.Room.Name, "topic": t.Room.Topic, "from_join": on[t.Room.FromJoin], "keep": decimal(t.Room.Keep), "off_record": on[t.Room.OffRecord], "slow": strconv.Itoa(t.Room.Slow), "group_from_join": on[t.Group.FromJoin && t.Group.Visibility >= forum.MembersOnly]}}}
	s := r.shell(r.words.T("room-settings.title") + " · " + t.Room.Name)
	if cause != nil {
		p.Form = r.form(roomFields...)
		p.Values["seen"] = p.Values["keep"]
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	muted, err := d.Forum.MutedInRoom(r.ctx, r.actor, t.Room.ID)
	if err != nil {
		return err
	}
	for _, m := range muted {
		p.Muted = append(p.Muted, view.Fellow{Face: face(m.ID, m.Name)})
	}
	if s.Rail, err = r.rail(&t.Group, t.In, t.Role, path); err != nil {
		return err
	}
	return r.render(view.RoomSettingsPage(s, p))
}

func (d *Door) changeRoom(r *request) error {
	t, path, err := r.inRoom(true)
	if err != nil {
		return err
	}
	draft := r.roomDraft()
	if draft.Keep != t.Room.Keep && r.typed("seen") != decimal(draft.Keep) { // what goes at once is said first
		n, err := d.Forum.CountErased(r.ctx, r.actor, t.Room.ID, draft.Keep)
		if err != nil {
			return err
		}
		if n > 0 {
			return d.roomSettingsPage(r, &forum.Error{Kind: forum.Invalid, Message: forum.Message{Key: "error.invalid"}, Fields: []forum.FieldError{{Field: "keep", Message: forum.Message{Key: "error.erases", Args: map[string]any{"Count": n}}}}})
		}
	}
	if err := d.Forum.ChangeRoom(r.ctx, r.actor, t.Room.ID, draft); err != nil {
		return d.roomSettingsPage(r, err)
	}
	return r.done(path, "changed")
}

func (d *Door) lockRoom(r *request) error { return r.shutRoom(d.Forum.LockRoom) }

func (d *Door) archiveRoom(r *request) error { return r.shutRoom(d.Forum.ArchiveRoom) }

// shutRoom shuts a room by a verb, or opens it again.
func (r *request) shutRoom(verb func(context.Context, forum.Actor, forum.RoomID, bool, string) error) error {
	t, path, err := r.inRoom(true)
	if err == nil {
		err = verb(r.ctx, r.actor, t.Room.ID, r.typed("back") == "", r.typed("reason"))
	}
	if err != nil {
		return err
	}
	return r.done(path, "changed")
}

// takeIntoCircle takes somebody into the circle of a room.
func (d *Door) takeIntoCircle(r *request) error {
	t, path, err := r.inRoom(false)
	if err != nil {
		return err
	}
	if err := d.Forum.TakeIntoCircle(r.ctx, r.actor, t.Room.ID, r.typed("login")); err != nil {
		f := r.form("login", "text", "reply_to")
		return d.roomPage(r, roomForm{typed: &f, cause: err})
	}
	return r.done(path, "taken-in")
}

func (d *Door) leaveCircle(r *request) error {
	t, _, err := r.inRoom(false)
	if err == nil {
		err = d.Forum.LeaveCircle(r.ctx, r.actor, t.Room.ID)
	}
	if err != nil {
		return err
	}
	return r.done(groupPath(t.Group.Slug), "circle-left")
}

func (d *Door) muteInRoomPage(r *request) error {
	return d.roomActPage(r, "mute-in-room", "/mute", nil)
}

func (d *Door) outOfCirclePage(r *request) error {
	return d.roomActPage(r, "remove-from-room", "/out", nil)
}

// roomActPage asks for the reason before something is done against somebody in a room; cause is why it was refused.
func (d *Door) roomActPage(r *request, stem, action string, cause error) error {
	t, path, err := r.inRoom(true)
	if err != nil {
		return err
	}
	whom := forum.MemberID(number(r.typed("member")))
	if whom == 0 {
		whom = forum.MemberID(number(r.Query("member")))
	}
	people, err := d.Forum.Names(r.ctx, r.actor, []forum.MemberID{whom})
	if err != nil || len(people) == 0 || t.Group.Class == forum.ChathamClass {
		if err == nil {
			err = forum.Absent()
		}
		return err
	}
	p := view.Act{Stem: stem, Action: path + action, Back: path, Object: people[0].Name + " · " + t.Room.Name, Group: t.Group.ID, Member: whom, Reasons: true, Danger: true}
	if stem == "mute-in-room" {
		p.Days = []string{"1h", "1", "7", "30", "90"}
	}
	return r.actForm(p, cause)
}

func (d *Door) muteInRoom(r *request) error {
	return d.actInRoom(r, "mute-in-room", "/mute", d.Forum.MuteInRoom)
}

func (d *Door) outOfCircle(r *request) error {
	return d.actInRoom(r, "remove-from-room", "/out", d.Forum.RemoveFromCircle)
}

// actInRoom does it, or asks again.
func (d *Door) actInRoom(r *request, stem, action string, act func(context.Context, forum.Actor, forum.RoomID, forum.MemberID, forum.ActDraft) error) error {
	t, path, err := r.inRoom(true)
	if err != nil {
		return err
	}
	if r.using() {
		return d.roomActPage(r, stem, action, nil)
	}
	err = act(r.ctx, r.actor, t.Room.ID, forum.MemberID(number(r.typed("member"))), r.actDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.roomActPage(r, stem, action, err)
	}
	if err != nil {
		return err
	}
	return r.acted(path, stem, stem)
}

func (d *Door) unmuteInRoom(r *request) error {
	t, path, err := r.inRoom(true)
	if err == nil {
		err = d.Forum.UnmuteInRoom(r.ctx, r.actor, t.Room.ID, forum.MemberID(number(r.typed("member"))))
	}
	if err != nil {
		return err
	}
	return r.done(path+"/settings", "changed")
}

func (d *Door) chatChoices(r *request) error {
	c, err := d.Forum.ReadChatChoice(r.ctx, r.actor)
	if err != nil {
		return err
	}
	on := map[bool]string{true: "1"}
	return r.render(view.ChatChoicesPage(r.shell(r.words.T("chat.title")), view.ChatChoices{Form: view.Form{Values: map[string]string{"enter_breaks": on[c.EnterBreaks], "unseen": on[c.Unseen], "untyped": on[c.Untyped]}}}))
}

func (d *Door) chooseChat(r *request) error {
	if err := d.Forum.ChooseChat(r.ctx, r.actor, forum.ChatChoice{EnterBreaks: r.typed("enter_breaks") != "", Unseen: r.typed("unseen") != "", Untyped: r.typed("untyped") != ""}); err != nil {
		return err
	}
	return r.done("/account/chat", "saved")
}
