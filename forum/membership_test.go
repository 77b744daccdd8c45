package forum_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func set(t *testing.T, w *forumtest.World, g *forum.Group, change func(d *forum.GroupDraft)) {
	t.Helper()
	d := forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Joining: g.Joining, FromJoin: g.FromJoin}
	change(&d)
	if err := w.ChangeGroup(t.Context(), w.Admin, g.ID, d, d.Visibility); err != nil {
		t.Fatal(err)
	}
	p, err := w.ReadManage(t.Context(), w.Admin, g.Slug)
	if err != nil {
		t.Fatal(err)
	}
	*g = p.Group
}

// TestAskingToJoin: the moderators decide and see the answer; the one who asked is told.
func TestAskingToJoin(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("asking", forum.MembersOnly)
		set(t, w, g, func(d *forum.GroupDraft) { d.Joining, d.Question = forum.ByAsking, "Where do you work?" })
		ann := w.Member("ann")
		kind(t, "join", w.Join(t.Context(), ann, g.ID), forum.Forbidden, "error.ask-to-join")
		kind(t, "without an answer", w.AskToJoin(t.Context(), ann, g.ID, " "), forum.Invalid, "answer: error.empty.answer")
		kind(t, "a visitor", w.AskToJoin(t.Context(), forum.Actor{}, g.ID, "x"), forum.Forbidden, "error.sign-in-first")
		w.Effects.Take()
		for _, answer := range []string{"In the north", "In the south"} {
			if err := w.AskToJoin(t.Context(), ann, g.ID, answer); err != nil {
				t.Fatal(err)
			}
		}
		facts := w.Effects.Take()
		if len(facts) != 1 {
			t.Fatalf("asked twice states %v", facts)
		}
		entry := facts[0].(forum.JoinAsked).Entry
		if to, err := w.Claim(t.Context(), forum.Mailing{Kind: "note.asked", Ref: entry}, 10); err != nil || len(to) != 1 || to[0].Member != w.Admin.Member {
			t.Errorf("told are %v %v", to, err)
		}
		if got, err := w.ReadNote(t.Context(), w.Admin, entry); err != nil || got.ID != g.ID || got.Whom != "Ann Test" {
			t.Errorf("the mail names %v %q %v", got, got.Whom, err)
		}
		_, err := w.ReadNote(t.Context(), w.Member("other"), entry)
		kind(t, "another reads the mail", err, forum.NotFound, "error.not-found")
		p, err := w.ReadManage(t.Context(), w.Admin, "asking")
		if err != nil || len(p.Members) != 2 || p.Members[0].Standing != forum.Asking || p.Members[0].Answer != "In the south" {
			t.Errorf("the moderators see %+v %v", p.Members, err)
		}
		if page, err := w.ReadGroup(t.Context(), ann, "asking"); err != nil || page.Readable || page.Had != forum.Asking {
			t.Errorf("who asks already reads: %+v %v", page, err)
		}
		if err := w.Decide(t.Context(), w.Admin, g.ID, ann.Member, false); err != nil {
			t.Fatal(err)
		}
		if page, err := w.ReadGroup(t.Context(), ann, "asking"); err != nil || page.Readable || page.Had != forum.Outside {
			t.Errorf("declined: %+v %v", page, err)
		}
		if err := w.AskToJoin(t.Context(), ann, g.ID, "Again"); err != nil {
			t.Fatal(err)
		}
		if err := w.Decide(t.Context(), w.Admin, g.ID, ann.Member, true); err != nil {
			t.Fatal(err)
		}
		if page, err := w.ReadGroup(t.Context(), ann, "asking"); err != nil || !page.Group.In {
			t.Errorf("let in: %+v %v", page, err)
		}
		if p, err = w.ReadManage(t.Context(), w.Admin, "asking"); err != nil || p.Members[1].Answer != "" {
			t.Errorf("the answer outlives the decision: %+v %v", p.Members, err)
		}
	})
}

// TestInvitationsDieWithTheRight: an invitation holds only while who gave it may give it;
// then a hidden group is not there any more for the one invited.
func TestInvitationsDieWithTheRight(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("inner", forum.Hidden)
		mod, ann := w.Member("mod"), w.Member("ann")
		w.Ready(g, mod)
		if err := w.Appoint(t.Context(), w.Admin, g.ID, mod.Member, forum.Moderator); err != nil {
			t.Fatal(err)
		}
		if err := w.Invite(t.Context(), mod, g.ID, ann.Member); err != nil {
			t.Fatal(err)
		}
		kind(t, "a second invitation", w.Invite(t.Context(), w.Admin, g.ID, ann.Member), forum.Conflict, "error.already-invited")
		known := func() int {
			all, err := w.ReadGroups(t.Context(), ann)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		if known() != 1 {
			t.Error("the invited member does not see the group")
		}
		var entry int64
		for _, fact := range w.Effects.Take() {
			if told, ok := fact.(forum.MemberTold); ok && told.Member == ann.Member {
				entry = told.Entry
			}
		}
		if got, err := w.ReadNote(t.Context(), ann, entry); err != nil || got.ID != g.ID {
			t.Errorf("the invitation's mail: %v %v", got, err)
		}
		if err := w.Appoint(t.Context(), w.Admin, g.ID, mod.Member, forum.Participant); err != nil {
			t.Fatal(err)
		}
		if known() != 0 {
			t.Error("the invitation outlives the right to invite")
		}
		if p, err := w.ReadManage(t.Context(), w.Admin, "inner"); err != nil || len(p.Members) != 2 {
			t.Errorf("the moderators still see it: %+v %v", p.Members, err)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.MembersOnly })
		_, err := w.ReadNote(t.Context(), ann, entry)
		kind(t, "the mail of an invitation that is none any more", err, forum.NotFound, "error.not-found")
		if all, err := w.ReadGroups(t.Context(), ann); err != nil || len(all) != 1 || all[0].Invited || all[0].Members != 0 {
			t.Errorf("in a group that is listed she sees %+v %v", all, err)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		kind(t, "joining then", w.Join(t.Context(), ann, g.ID), forum.NotFound, "error.not-found")
		if err := w.Invite(t.Context(), w.Admin, g.ID, ann.Member); err != nil {
			t.Errorf("invited anew: %v", err)
		}
		if err := w.Remove(t.Context(), w.Admin, g.ID, ann.Member, ""); err != nil || known() != 0 {
			t.Errorf("an invitation withdrawn: %v", err)
		}
		kind(t, "withdrawn twice", w.Remove(t.Context(), w.Admin, g.ID, ann.Member, ""), forum.NotFound, "error.not-found")
	})
}

// TestBan: who is banned is out, and neither joins nor asks nor is invited.
func TestBan(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("open", forum.MembersOnly)
		set(t, w, g, func(d *forum.GroupDraft) { d.Joining = forum.OpenToJoin })
		ann := w.Member("ann")
		w.Ready(g, w.Admin, ann)
		if err := w.Subscribe(t.Context(), ann, b.ID, forum.Each); err != nil {
			t.Fatal(err)
		}
		if err := w.Ban(t.Context(), w.Admin, g.ID, ann.Member, "rude"); err != nil {
			t.Fatal(err)
		}
		kind(t, "join", w.Join(t.Context(), ann, g.ID), forum.Forbidden, "error.banned")
		kind(t, "ask", w.AskToJoin(t.Context(), ann, g.ID, "x"), forum.Forbidden, "error.banned")
		kind(t, "invite", w.Invite(t.Context(), w.Admin, g.ID, ann.Member), forum.Conflict, "error.already-invited")
		_, err := w.ReadBoard(t.Context(), ann, "open", "open", forum.TopicCursor{})
		kind(t, "read", err, forum.NotFound, "error.not-found")
		kind(t, "ban the owner", w.Ban(t.Context(), w.Admin, g.ID, w.Admin.Member, "x"), forum.Forbidden, "error.same-role")
		if err := w.Unban(t.Context(), w.Admin, g.ID, ann.Member); err != nil {
			t.Fatal(err)
		}
		if err := w.Join(t.Context(), ann, g.ID); err != nil {
			t.Error(err)
		}
	})
}

// TestLapsing: with the certificate goes what it opened, at once and on every read, and it
// comes back with the next one; owners stay.
func TestLapsing(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("guild", forum.MembersOnly)
		set(t, w, g, func(d *forum.GroupDraft) { d.Joining = forum.ByCertificate })
		plain, ann := w.Member("plain"), w.Member("ann")
		kind(t, "join without a certificate", w.Join(t.Context(), plain, g.ID), forum.Forbidden, "error.certified-join-here")
		certify := func() {
			if _, err := w.Certify(t.Context(), w.Admin, ann.Member, forum.At(w.Now().Add(48*time.Hour))); err != nil {
				t.Fatal(err)
			}
		}
		certify()
		if err := w.Join(t.Context(), w.As(ann.Member), g.ID); err != nil {
			t.Fatal(err)
		}
		w.Ready(g, w.Admin, w.As(ann.Member))
		if err := w.EndLapsed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ReadBoard(t.Context(), w.As(ann.Member), "guild", "guild", forum.TopicCursor{}); err != nil {
			t.Errorf("before the end: %v", err)
		}
		w.Pass(49 * time.Hour)
		w.Effects.Take()
		if err := w.EndLapsed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[0] != (forum.CertificateEnded{Member: ann.Member}) || facts[1] != (forum.MemberLeft{Group: g.ID, Member: ann.Member}) {
			t.Errorf("open pages are told %v", facts)
		}
		if err := w.EndLapsed(t.Context()); err != nil || len(w.Effects.Take()) != 0 {
			t.Errorf("told again: %v", err)
		}
		_, err := w.ReadBoard(t.Context(), w.As(ann.Member), "guild", "guild", forum.TopicCursor{})
		kind(t, "after the end", err, forum.NotFound, "error.not-found")
		kind(t, "listening", w.MayListen(t.Context(), w.As(ann.Member), r.ID), forum.NotFound, "error.not-found")
		_, err = w.StartTopic(t.Context(), w.As(ann.Member), b.ID, draft(w, "late"))
		kind(t, "writing", err, forum.NotFound, "error.not-found")
		certify()
		if _, err := w.ReadBoard(t.Context(), w.As(ann.Member), "guild", "guild", forum.TopicCursor{}); err != nil {
			t.Errorf("with the next certificate: %v", err)
		}
		// Once the group is not joined by certificate any more, the next one opens nothing.
		w.Pass(49 * time.Hour)
		if err := w.Subscribe(t.Context(), w.As(ann.Member), b.ID, forum.Each); err != nil {
			t.Fatal(err)
		}
		if err := w.EndLapsed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(*) FROM subscriptions WHERE mode = 1"); n != 1 {
			t.Errorf("%d subscriptions wait for the next certificate", n)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Joining = forum.ByInvitation })
		certify()
		_, err = w.ReadBoard(t.Context(), w.As(ann.Member), "guild", "guild", forum.TopicCursor{})
		kind(t, "with a certificate, into a group by invitation", err, forum.NotFound, "error.not-found")
		if n := count(t, w, "SELECT count(*) FROM subscriptions WHERE mode = 1"); n != 0 {
			t.Errorf("%d subscriptions of those who are out", n)
		}
	})
}

// TestForTheCertified: in a group for the certified nobody else joins, speaks or listens,
// not even one who is in it.
func TestForTheCertified(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("guild", forum.CertifiedOnly)
		set(t, w, g, func(d *forum.GroupDraft) { d.Joining = forum.OpenToJoin })
		plain, ann := w.Member("plain"), w.CertifiedMember("ann")
		kind(t, "join", w.Join(t.Context(), plain, g.ID), forum.Forbidden, "error.certified-join-here")
		w.Ready(g, ann)
		if err := w.Subscribe(t.Context(), ann, b.ID, forum.Each); err != nil {
			t.Fatal(err)
		}
		if d, err := w.Disclose(t.Context(), ann, g.ID, forum.OnBoard); err != nil || d.AtOnce != 1 {
			t.Errorf("%d get it by mail, %v", d.AtOnce, err)
		}
		if d, err := w.Disclose(t.Context(), ann, g.ID, forum.InRoom); err != nil || d.AtOnce != 0 {
			t.Errorf("what is said in a room is said to go by mail to %d, %v", d.AtOnce, err)
		}
		w.Pass(400 * 24 * time.Hour) // the certificate is over
		if once, later, err := w.CountByMail(t.Context(), g, g.Audience()); err != nil || once+later != 0 {
			t.Errorf("%d and %d still count as getting it by mail, %v", once, later, err)
		}
		if _, err := w.StartTopic(t.Context(), w.As(ann.Member), b.ID, draft(w, "late")); forum.KindOf(err) != forum.Forbidden {
			t.Errorf("writing: %v", err)
		}
		_, err := w.Say(t.Context(), w.As(ann.Member), r.ID, "late", w.Key())
		kind(t, "saying", err, forum.Forbidden, "error.certified-speak-here")
		kind(t, "listening", w.MayListen(t.Context(), w.As(ann.Member), r.ID), forum.NotFound, "error.not-found")
	})
}

// TestShutDoors: what the owners shut takes nothing more, keeps what it has, and says so.
func TestShutDoors(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("inner", forum.MembersOnly)
		w.Ready(g, w.Admin)
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "first"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Say(t.Context(), w.Admin, r.ID, "first", w.Key()); err != nil {
			t.Fatal(err)
		}
		if err := w.Subscribe(t.Context(), w.Admin, b.ID, forum.Each); err != nil {
			t.Fatal(err)
		}
		p, err := w.ReadTopic(t.Context(), w.Admin, topic.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.NoBoards, d.NoRooms, d.NoList = true, true, true })
		_, err = w.Reply(t.Context(), w.Admin, topic.ID, draft(w, "late"))
		kind(t, "a reply", err, forum.Closed, "error.boards-shut")
		_, err = w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "late"))
		kind(t, "a topic", err, forum.Closed, "error.boards-shut")
		_, err = w.Say(t.Context(), w.Admin, r.ID, "late", w.Key())
		kind(t, "a message", err, forum.Closed, "error.rooms-shut")
		if to, err := w.Recipients(t.Context(), p.Posts[0].ID, forum.Each, 0, 10); err != nil || len(to) != 0 {
			t.Errorf("mail goes to %v %v", to, err)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.NoList = true })
		_, err = w.ReplyByMail(t.Context(), w.Admin, p.Posts[0].ID, forum.Incoming{MessageID: "<1@x.example>", Source: "late"})
		kind(t, "by mail", err, forum.Closed, "error.list-shut")
		if _, err := w.Reply(t.Context(), w.Admin, topic.ID, draft(w, "open again")); err != nil {
			t.Error(err)
		}
	})
}

// TestRoster: who sees the members of a group.
func TestRoster(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("open", forum.PublicToRead)
		ann, out := w.Member("ann"), w.Member("out")
		w.Ready(g, ann)
		for roster, want := range map[forum.Roster][4]int{forum.ForMembers: {0, 0, 2, 2}, forum.ForReaders: {0, 2, 2, 2}, forum.ForModerators: {0, 0, 0, 2}} {
			set(t, w, g, func(d *forum.GroupDraft) { d.Roster = roster })
			for i, who := range []forum.Actor{{}, out, ann, w.Admin} {
				if p, err := w.ReadGroup(t.Context(), who, "open"); err != nil || len(p.Members) != want[i] {
					t.Errorf("roster %d: %q sees %d members, %v", roster, who.Name, len(p.Members), err)
				}
			}
		}
	})
}

// TestChangingVisibility: nobody changes by accident who may look in, the log tells it, and
// narrowing is announced to open pages.
func TestChangingVisibility(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		w.Ready(g, w.Admin)
		if _, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "kept")); err != nil {
			t.Fatal(err)
		}
		d := forum.GroupDraft{Name: g.Name, Visibility: forum.PublicToRead}
		kind(t, "unconfirmed", w.ChangeGroup(t.Context(), w.Admin, g.ID, d, forum.MembersOnly), forum.Held, "error.confirm-visibility")
		w.Effects.Take()
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.GroupChanged{Group: g.ID}) {
			t.Errorf("widening states %v", facts)
		}
		if p, err := w.ReadBoard(t.Context(), forum.Actor{}, "inner", "inner", forum.TopicCursor{}); err != nil || len(p.Topics) != 0 {
			t.Errorf("a visitor reads %v %v", p.Topics, err)
		}
		if n, err := w.CountSpread(t.Context(), w.Admin, g.ID); err != nil || n != (forum.Spread{Items: 1}) {
			t.Errorf("%+v %v", n, err)
		}
		later := w.Member("later")
		w.Ready(g, later)
		if err := w.Appoint(t.Context(), w.Admin, g.ID, later.Member, forum.Owner); err != nil {
			t.Fatal(err)
		}
		exec(t, w, "UPDATE posts SET from_join = 1") // written for those who had joined
		if n, err := w.CountSpread(t.Context(), later, g.ID); err != nil || n != (forum.Spread{}) {
			t.Errorf("an owner who joined later counts %+v %v", n, err)
		}
		_, err := w.CountSpread(t.Context(), w.Member("ann"), g.ID)
		kind(t, "another counts", err, forum.Forbidden, "error.owners-only")
		w.Effects.Take()
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.CertifiedOnly }) // not wider: members may have no certificate
		if facts := w.Effects.Take(); len(facts) != 4 || facts[1] != (forum.GroupNarrowed{Group: g.ID}) || facts[3] != (forum.GroupNarrowed{Group: g.ID}) {
			t.Errorf("narrowing states %v", facts)
		}
		p, err := w.ReadManage(t.Context(), w.Admin, "inner")
		if err != nil || p.Log[0].Reason != "hidden → certified" || p.Log[0].Act != "narrow-group" || p.Log[1].Act != "narrow-group" || p.Log[1].Reason != "public → hidden" || p.Log[4].Act != "widen-group" {
			t.Errorf("the log says %+v %v", p.Log, err)
		}
	})
}

// TestDecline: who is invited may say no, and who asked may think again. The group is then to them what it
// was before, nothing is left of the invited address, and the log does not tell whose it is.
func TestDecline(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		g, _, _ := w.Group("inner", forum.Hidden)
		ann := w.Member("ann")
		profile, err := w.ReadProfile(ctx, ann)
		must(err)
		must(w.InviteByLogin(ctx, w.Admin, g.ID, profile.Email))
		must(w.Leave(ctx, ann, g.ID))
		kind(t, "declined twice", w.Leave(ctx, ann, g.ID), forum.NotFound, "")
		kind(t, "joins after all", w.Join(ctx, ann, g.ID), forum.NotFound, "")
		if n := count(t, w, "SELECT count(*) FROM invitations"); n != 0 {
			t.Errorf("%d addresses are left", n)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE group_id = ? AND (actor_id = ? OR object_id = ?) AND act <> 'invite'", g.ID, ann.Member, ann.Member); n != 0 {
			t.Error("the log tells whose the address is")
		}
		must(w.InviteByLogin(ctx, w.Admin, g.ID, profile.Email))
		must(w.Join(ctx, ann, g.ID))
		must(w.Leave(ctx, ann, g.ID))

		open, _, _ := w.Group("open", forum.PublicToRead, func(d *forum.GroupDraft) { d.Joining = forum.ByAsking })
		must(w.AskToJoin(ctx, ann, open.ID, "canary-answer"))
		must(w.Leave(ctx, ann, open.ID))
		if n := count(t, w, "SELECT count(*) FROM memberships WHERE answer <> ''"); n != 0 {
			t.Error("the answer is kept")
		}
		kind(t, "decided after all", w.Decide(ctx, w.Admin, open.ID, ann.Member, true), forum.NotFound, "")
		must(w.AskToJoin(ctx, ann, open.ID, "again"))
	})
}

// TestAddressesStayTheirOwners: a moderator who invited an address cannot find out whose it is: not by removing or banning,
// by inviting by name, nor by what becomes of an open request. And nobody's letter box is filled with invitations.
func TestAddressesStayTheirOwners(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		g, _, _ := w.Group("inner", forum.MembersOnly, func(d *forum.GroupDraft) { d.Joining = forum.ByAsking })
		ann, bob, asks := w.Member("ann"), w.Member("bob"), w.Member("asks")
		must(w.AskToJoin(ctx, asks, g.ID, "please"))
		for _, address := range []string{"ann@members.example", "asks@members.example"} {
			must(w.InviteByLogin(ctx, w.Admin, g.ID, address))
		}
		for _, m := range []forum.Actor{ann, bob} {
			kind(t, "removes "+m.Name, w.Remove(ctx, w.Admin, g.ID, m.Member, "x"), forum.NotFound, "")
			kind(t, "bans "+m.Name, w.Ban(ctx, w.Admin, g.ID, m.Member, "x"), forum.NotFound, "")
		}
		members := func() (names []string) {
			t.Helper()
			p, err := w.ReadManage(ctx, w.Admin, "inner")
			must(err)
			for _, m := range p.Members {
				if m.ID != w.Admin.Member {
					names = append(names, m.Handle)
				}
			}
			return names
		}
		if got := fmt.Sprint(members()); got != "[asks]" {
			t.Errorf("the moderators see %s", got)
		}
		must(w.InviteByLogin(ctx, w.Admin, g.ID, "ann"))
		must(w.InviteByLogin(ctx, w.Admin, g.ID, "bob"))
		if got := fmt.Sprint(members()); !strings.Contains(got, "ann") || !strings.Contains(got, "bob") {
			t.Errorf("after inviting both by name: %s", got)
		}
		must(w.Withdraw(ctx, w.Admin, g.ID, "ann@members.example"))
		must(w.Join(ctx, ann, g.ID)) // by name she still is
		must(w.Decide(ctx, w.Admin, g.ID, asks.Member, true))

		for n := range 6 {
			err := w.InviteByLogin(ctx, w.Admin, g.ID, "nobody@members.example")
			if n < 5 {
				must(err)
				must(w.Withdraw(ctx, w.Admin, g.ID, "nobody@members.example"))
			} else {
				kind(t, "once more", err, forum.TooMany, "")
			}
		}
	})
}

// TestLapsedLeave: whose certificate ended may leave a group that its next one would open again.
func TestLapsedLeave(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("certified", forum.MembersOnly, func(d *forum.GroupDraft) { d.Joining = forum.ByCertificate })
		ann := w.CertifiedMember("ann")
		if err := w.Join(t.Context(), ann, g.ID); err != nil {
			t.Fatal(err)
		}
		exec(t, w, "UPDATE memberships SET standing = ? WHERE member_id = ?", forum.Lapsed, ann.Member)
		if err := w.Leave(t.Context(), ann, g.ID); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(*) FROM memberships WHERE member_id = ? AND standing = ?", ann.Member, forum.Lapsed); n != 0 {
			t.Error("the next certificate would put them in again")
		}
	})
}

// TestSharedGroupsAskTheRoster: that somebody is in a group with one is told to those whom the group tells who is in it.
func TestSharedGroupsAskTheRoster(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		for roster, want := range map[forum.Roster]int{forum.ForMembers: 1, forum.ForReaders: 1, forum.ForModerators: 0} {
			exec(t, w, "UPDATE groups SET roster = ?", roster)
			if p, err := w.ReadPerson(t.Context(), s.ann, s.bob.Member); err != nil || len(p.Groups) != want {
				t.Errorf("roster %d: ann sees %v %v", roster, p.Groups, err)
			}
			if p, err := w.ReadPerson(t.Context(), w.Admin, s.bob.Member); err != nil || len(p.Groups) != 1 {
				t.Errorf("roster %d: a moderator sees %v %v", roster, p.Groups, err)
			}
		}
	})
}
