package forum_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// verb is one way to write something down, with all that is expected of it.
type verb struct {
	name string
	act  func(ctx context.Context, by forum.Actor) error
	by   *forum.Actor // who may; the others are refused with the kinds below

	visitor, outsider, insider forum.Kind // 0 (Internal): not asked, they may, or it is about themselves
	again                      forum.Kind // what the second time says; 0: it is done, or done once more
	quiet                      bool       // states no fact, so that no job can fail
}

// stage is a hidden group with an owner, a member and somebody outside, and one of each
// thing that verbs are about.
type stage struct {
	*forumtest.World
	ann, out, guest forum.Actor
	eve, staff      forum.Actor // a second moderator, and a second administrator
	group           *forum.Group
	board           *forum.Board
	room            *forum.Room
	topic           *forum.Topic
	masked          forum.Spoken // ann's, in a hidden group under the Chatham House rule
	key             forum.Actor  // has a second factor, and showed it in the session
	session, weak   string       // of key, and of out
	theirs          string       // guest's session
	waiting         []int64      // ann's posts that wait for moderators
}

func newStage(t *testing.T, w *forumtest.World) *stage {
	t.Helper()
	s := &stage{World: w}
	s.group, s.board, s.room = w.Group("inner", forum.Hidden)
	s.ann, s.out, s.guest = w.CertifiedMember("ann"), w.CertifiedMember("out"), w.CertifiedMember("guest")
	w.Ready(s.group, w.Admin, s.ann)
	var err error
	if s.topic, err = w.StartTopic(t.Context(), w.Admin, s.board.ID, draft(w, "canary")); err != nil {
		t.Fatal(err)
	}
	if err := w.Invite(t.Context(), w.Admin, s.group.ID, s.guest.Member); err != nil {
		t.Fatal(err)
	}
	s.eve, s.staff = w.Member("eve"), w.Member("staff")
	if err := w.Grant(t.Context(), w.Admin, s.staff.Member, forum.Administrator); err != nil {
		t.Fatal(err)
	}
	w.Member("key")
	s.key, s.session, _, _ = setUp(t, w, "key")
	_, s.weak = in(t, w, "out")
	w.Member("lost")
	setUp(t, w, "lost")
	ripen(t, w)
	s.session, s.theirs = strongSession(t, w, "key"), strongSession(t, w, "guest")
	s.staff = w.As(s.staff.Member)
	_, s.masked = house(t, w, s.ann, s.eve)
	s.waiting = waitingPosts(t, w, s.group, s.board, s.ann, 3)
	if err := w.KeepFigures(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Effects.Take()
	return s
}

// tables holds every row of every table but the counters of tries, which count what failed.
func (s *stage) tables(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{"settings", "members", "registrations", "earlier_details", "wordings", "profiles", "profile_words", "designations", "looks", "grants", "certificates", "programmes", "applications", "application_steps", "evidence", "feedbacks", "sessions", "tokens", "groups", "memberships", "invitations", "boards", "topics", "posts", "reactions", "tags", "topic_tags", "followed_tags", "polls", "poll_options", "votes",
		"rooms", "messages", "searches", "search_marks", "policies", "requests", "request_words", "legal_requests", "incidents", "incident_people", "incident_notices", "expired", "account_erasures", "policy_uses", "processors", "subscriptions", "acknowledgements", "log_entries", "consents", "circulars", "opt_outs", "held_handles", "writings", "drafts", "revisions", "ballots", "ballot_items", "openings", "parties", "files", "deliveries", "bounces", "mail_pauses", "digests", "reads", "mentions", "levels", "notices", "bells", "bookmarks", "ignores", "blocks", "received", "arrivals", "lists", "strangers", "authenticators", "recovery_codes", "passkeys", "linked_logins", "login_steps", "computers", "cases", "reports", "report_words", "reported_mails", "case_notes", "acts", "hidden", "objections", "waiting", "queue_notices", "queue_mail", "member_notes", "canned", "news_choices", "erasures", "stubs", "scheduled", "feeds", "figures", "hidden_messages", "imported", "old_urls", "usage_days", "usage_views", "usage_counts", "security_log"} {
		var rows []map[string]any
		if err := s.Store.Writer().NewRaw("SELECT * FROM "+table+" ORDER BY 1, 2").Scan(t.Context(), &rows); err != nil {
			t.Fatal(table, err)
		}
		fmt.Fprintln(&b, table, rows)
	}
	return b.String()
}

// reportable is ann's post behind a mask, and caseOf the case of it, if there is one.
func (s *stage) reportable() forum.Reported {
	return forum.Reported{Kind: forum.ReportedPost, Ref: s.masked.Ref}
}

func (s *stage) caseOf() (id int64) {
	_ = s.Store.Reader().NewRaw("SELECT id FROM cases WHERE ref = ?", s.masked.Ref).Scan(context.Background(), &id)
	return id
}

// tag is the one of the group, if there is one.
func (s *stage) tag() (id forum.TagID) {
	_ = s.Store.Reader().NewRaw("SELECT id FROM tags").Scan(context.Background(), &id)
	return id
}

// hidden is the act by which that post was hidden, if it was.
func (s *stage) hidden() (id int64) {
	_ = s.Store.Reader().NewRaw("SELECT coalesce(max(id), 0) FROM acts WHERE post_id = ?", s.masked.Ref).Scan(context.Background(), &id)
	return id
}

// in are the verbs within a group, in an order in which each finds what it needs.
func (s *stage) in(w *forumtest.World) []verb {
	const foreign = forum.NotFound // to whoever is not in the hidden group, it is not there
	asked := draft(w, "asked")
	asked.Poll = forum.PollDraft{Options: "Yes\nNo"}
	polled := func() (id forum.PostID, option int64) {
		_ = s.Store.Reader().NewRaw("SELECT o.post_id, o.id FROM poll_options o JOIN posts p ON p.id = o.post_id ORDER BY o.n").Scan(context.Background(), &id, &option)
		return id, option
	}
	d, mail := draft(w, "matrix"), forum.Incoming{MessageID: "<matrix@a.example>", Title: "By mail", Source: "text"}
	answer, nonce := draft(w, "answer"), w.Key()
	return []verb{
		{"create board", func(ctx context.Context, by forum.Actor) error {
			_, err := w.CreateBoard(ctx, by, s.group.ID, forum.BoardDraft{Slug: "second", Name: "Second"})
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, forum.Invalid, false},
		{"change board", func(ctx context.Context, by forum.Actor) error {
			return w.ChangeBoard(ctx, by, s.board.ID, forum.BoardDraft{Name: "Inner", Kind: forum.Question})
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"add tag", func(ctx context.Context, by forum.Actor) error { return w.AddTag(ctx, by, s.group.ID, "Fees", "fees") }, &w.Admin, foreign, foreign, forum.Forbidden, forum.Invalid, true},
		{"tag topic", func(ctx context.Context, by forum.Actor) error {
			return w.TagTopic(ctx, by, s.topic.ID, []forum.TagID{s.tag()})
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"follow tag", func(ctx context.Context, by forum.Actor) error { return w.FollowTag(ctx, by, s.tag(), false) }, &s.ann, forum.Forbidden, foreign, 0, 0, true},
		{"rename tag", func(ctx context.Context, by forum.Actor) error { return w.RenameTag(ctx, by, s.tag(), "Money") }, &w.Admin, foreign, foreign, forum.Forbidden, 0, true},
		{"drop tag", func(ctx context.Context, by forum.Actor) error { return w.DropTag(ctx, by, s.tag()) }, &w.Admin, foreign, foreign, forum.Forbidden, foreign, true},
		{"create room", func(ctx context.Context, by forum.Actor) error {
			_, err := w.OpenRoom(ctx, by, s.group.ID, "second", forum.RoomDraft{Name: "Second"})
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, forum.Invalid, false},
		{"start topic", func(ctx context.Context, by forum.Actor) error {
			_, err := w.StartTopic(ctx, by, s.board.ID, d)
			return err
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"start poll", func(ctx context.Context, by forum.Actor) error {
			_, err := w.StartTopic(ctx, by, s.board.ID, asked)
			return err
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"schedule topic", func(ctx context.Context, by forum.Actor) error {
			_, err := w.ScheduleTopic(ctx, by, s.board.ID, draft(w, "later"), w.Now().Add(48*time.Hour).Format("2006-01-02T15:04"))
			return err
		}, &s.ann, foreign, foreign, 0, 0, true},
		{"discard scheduled", func(ctx context.Context, by forum.Actor) error { return w.DiscardScheduled(ctx, by, 5) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"vote", func(ctx context.Context, by forum.Actor) error {
			id, option := polled()
			return w.Vote(ctx, by, id, []int64{option})
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"close poll", func(ctx context.Context, by forum.Actor) error {
			id, _ := polled()
			return w.ClosePoll(ctx, by, id)
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"reply", func(ctx context.Context, by forum.Actor) error {
			_, err := w.Reply(ctx, by, s.topic.ID, answer)
			return err
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"change post", func(ctx context.Context, by forum.Actor) error {
			p, err := w.Reply(ctx, s.ann, s.topic.ID, answer) // the same post
			if err == nil {
				err = w.ChangePost(ctx, by, p.ID, forum.PostChange{Source: "mended", Base: 1})
			}
			return err
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"accept answer", func(ctx context.Context, by forum.Actor) error {
			p, err := w.Reply(ctx, s.ann, s.topic.ID, answer)
			if err == nil {
				err = w.AcceptAnswer(ctx, by, p.ID, false)
			}
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"split topic", func(ctx context.Context, by forum.Actor) error {
			p, err := w.Reply(ctx, s.ann, s.topic.ID, answer)
			if err == nil {
				_, err = w.SplitTopic(ctx, by, s.topic.ID, "Split", []forum.PostID{p.ID})
			}
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, forum.Invalid, false},
		{"merge topics", func(ctx context.Context, by forum.Actor) error {
			p, err := w.Reply(ctx, s.ann, s.topic.ID, answer)
			if err == nil {
				err = w.MergeTopics(ctx, by, p.TopicID, s.topic.ID, "one")
			}
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, forum.Invalid, false},
		{"move topic", func(ctx context.Context, by forum.Actor) error {
			b, err := w.BoardByAddress(ctx, s.ann, "second.inner")
			if err == nil {
				err = w.MoveTopic(ctx, by, s.topic.ID, b.ID, "there")
			}
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"take back", func(ctx context.Context, by forum.Actor) error {
			p, err := w.Reply(ctx, s.ann, s.topic.ID, answer)
			if err == nil {
				err = w.TakeBack(ctx, by, p.ID)
			}
			return err
		}, &s.ann, foreign, foreign, 0, forum.NotFound, false},
		{"post by mail", func(ctx context.Context, by forum.Actor) error {
			_, err := w.PostByMail(ctx, by, s.board.ID, mail)
			return err
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"say", func(ctx context.Context, by forum.Actor) error {
			_, err := w.Say(ctx, by, s.room.ID, "hello", nonce)
			return err
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"subscribe", func(ctx context.Context, by forum.Actor) error { return w.Subscribe(ctx, by, s.board.ID, forum.Each) }, &s.ann, foreign, foreign, 0, 0, true},
		{"command", func(ctx context.Context, by forum.Actor) error {
			return w.Command(ctx, by, "inner", "digest", forum.Incoming{MessageID: "<c@a.example>"})
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"lock", func(ctx context.Context, by forum.Actor) error { return w.Lock(ctx, by, s.topic.ID, "calm") }, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"unlock", func(ctx context.Context, by forum.Actor) error { return w.Unlock(ctx, by, s.topic.ID, "") }, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"pin", func(ctx context.Context, by forum.Actor) error { return w.Pin(ctx, by, s.topic.ID, "start here") }, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"unpin", func(ctx context.Context, by forum.Actor) error { return w.Unpin(ctx, by, s.topic.ID, "") }, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"rename", func(ctx context.Context, by forum.Actor) error {
			return w.Rename(ctx, by, s.topic.ID, "Renamed", advert)
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"slow", func(ctx context.Context, by forum.Actor) error { return w.Slow(ctx, by, s.topic.ID, 60, "calm") }, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"acknowledge", func(ctx context.Context, by forum.Actor) error {
			told, err := w.Disclose(ctx, by, s.group.ID, forum.OnBoard)
			if err != nil {
				return err
			}
			return w.Acknowledge(ctx, by, s.group.ID, forum.OnBoard, told.Wording)
		}, &s.ann, foreign, foreign, 0, 0, true},
		{"invite", func(ctx context.Context, by forum.Actor) error { return w.Invite(ctx, by, s.group.ID, s.out.Member) }, &w.Admin, foreign, foreign, forum.Forbidden, forum.Conflict, false},
		{"invite address", func(ctx context.Context, by forum.Actor) error {
			return w.InviteByLogin(ctx, by, s.group.ID, "stranger@elsewhere.example")
		}, &w.Admin, foreign, forum.Forbidden, forum.Forbidden, 0, true},
		{"invite from list", func(ctx context.Context, by forum.Actor) error {
			_, err := w.InviteFromList(ctx, by, s.group.ID, "stranger@elsewhere.example", forum.Daily)
			return err
		}, &w.Admin, foreign, forum.Forbidden, forum.Forbidden, 0, true},
		{"import", func(ctx context.Context, by forum.Actor) error {
			im, err := w.OpenImport(ctx, by, *s.board, "Archive", forum.ImportOptions{Resume: true})
			if err == nil {
				_, err = im.Take(ctx, oldList())
			}
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"keep old urls", func(ctx context.Context, by forum.Actor) error {
			_, err := w.KeepOldURLs(ctx, by, s.board.ID, []forum.OldURL{{Path: "/old/first", MessageID: "first"}})
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"withdraw", func(ctx context.Context, by forum.Actor) error {
			return w.Withdraw(ctx, by, s.group.ID, "Stranger@elsewhere.example")
		}, &w.Admin, foreign, 0, forum.Forbidden, forum.NotFound, true},
		{"appoint", func(ctx context.Context, by forum.Actor) error {
			return w.Appoint(ctx, by, s.group.ID, s.ann.Member, forum.Participant)
		}, &w.Admin, foreign, 0, forum.Forbidden, 0, true},
		{"join", func(ctx context.Context, by forum.Actor) error { return w.Join(ctx, by, s.group.ID) }, &s.guest, foreign, 0, 0, 0, false},
		{"remove", func(ctx context.Context, by forum.Actor) error {
			return w.Remove(ctx, by, s.group.ID, s.guest.Member, "test")
		}, &w.Admin, foreign, 0, forum.Forbidden, forum.NotFound, false},
		{"change group", func(ctx context.Context, by forum.Actor) error {
			return w.ChangeGroup(ctx, by, s.group.ID, forum.GroupDraft{Name: "Group inner", Visibility: forum.MembersOnly, Joining: forum.ByAsking}, forum.MembersOnly)
		}, &w.Admin, foreign, forum.Forbidden, forum.Forbidden, 0, false},
		{"ask to join", func(ctx context.Context, by forum.Actor) error { return w.AskToJoin(ctx, by, s.group.ID, "because") }, &s.guest, forum.Forbidden, 0, 0, 0, false},
		{"decide", func(ctx context.Context, by forum.Actor) error {
			return w.Decide(ctx, by, s.group.ID, s.guest.Member, true)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, false},
		{"ban", func(ctx context.Context, by forum.Actor) error {
			return w.Ban(ctx, by, s.group.ID, s.guest.Member, "test")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, false},
		{"unban", func(ctx context.Context, by forum.Actor) error {
			return w.Unban(ctx, by, s.group.ID, s.guest.Member)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, true},
		{"ask identity", func(ctx context.Context, by forum.Actor) error {
			_, err := w.AskIdentity(ctx, by, s.masked, "it names a party")
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, forum.Conflict, false},
		{"answer identity", func(ctx context.Context, by forum.Actor) error {
			id, _ := w.AskIdentity(ctx, w.Admin, s.masked, "it names a party") // the same one
			return w.AnswerIdentity(ctx, by, id, true)
		}, &s.eve, foreign, foreign, foreign, forum.Conflict, false},
		{"report", func(ctx context.Context, by forum.Actor) error {
			_, err := w.Report(ctx, by, s.reportable(), unkind)
			return err
		}, &s.eve, foreign, foreign, forum.Forbidden, 0, false},
		{"claim case", func(ctx context.Context, by forum.Actor) error { return w.ClaimCase(ctx, by, s.caseOf()) }, &w.Admin, foreign, foreign, foreign, 0, true},
		{"release case", func(ctx context.Context, by forum.Actor) error { return w.ReleaseCase(ctx, by, s.caseOf()) }, &w.Admin, foreign, foreign, foreign, 0, true},
		{"note case", func(ctx context.Context, by forum.Actor) error {
			return w.NoteCase(ctx, by, s.caseOf(), "talked to them")
		}, &w.Admin, foreign, foreign, foreign, 0, true},
		{"close case", func(ctx context.Context, by forum.Actor) error {
			return w.CloseCase(ctx, by, s.caseOf(), "talk", "thank you")
		}, &w.Admin, foreign, foreign, foreign, forum.Conflict, false},
		{"hide post", func(ctx context.Context, by forum.Actor) error {
			return w.HidePost(ctx, by, forum.PostID(s.masked.Ref), advert)
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"report mail", func(ctx context.Context, by forum.Actor) error {
			_, err := w.ReportMail(ctx, by, forum.Mailing{Kind: "note.act-hide", Ref: s.hidden()}, s.ann.Member, unkind)
			return err
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"object", func(ctx context.Context, by forum.Actor) error {
			return w.Object(ctx, by, s.hidden(), wrong)
		}, &s.ann, foreign, foreign, 0, 0, false},
		{"answer objection", func(ctx context.Context, by forum.Actor) error {
			return w.AnswerObjection(ctx, by, s.hidden(), false, "we looked at it")
		}, &s.eve, foreign, foreign, foreign, forum.Conflict, false},
		{"ask to erase", func(ctx context.Context, by forum.Actor) error {
			return w.AskErase(ctx, by, forum.PostID(s.masked.Ref), advert)
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"show post", func(ctx context.Context, by forum.Actor) error {
			return w.ShowPost(ctx, by, forum.PostID(s.masked.Ref), "a mistake")
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"edit post", func(ctx context.Context, by forum.Actor) error {
			p, err := w.ReadPost(ctx, s.ann, forum.PostID(s.masked.Ref))
			if err != nil {
				return err
			}
			return w.EditPost(ctx, by, p.ID, forum.PostEdit{Source: "mended", Base: p.Version, ActDraft: advert})
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"redact", func(ctx context.Context, by forum.Actor) error {
			var rev int64
			_ = s.Store.Reader().NewRaw("SELECT coalesce(max(id), 0) FROM revisions WHERE post_id = ?", s.masked.Ref).Scan(ctx, &rev)
			return w.Redact(ctx, by, forum.PostID(s.masked.Ref), rev)
		}, &w.Admin, foreign, foreign, 0, 0, true},
		{"decide erasure", func(ctx context.Context, by forum.Actor) error {
			var id int64
			_ = s.Store.Reader().NewRaw("SELECT coalesce(max(id), 0) FROM erasures").Scan(ctx, &id)
			return w.DecideErasure(ctx, by, id, true, "")
		}, &s.staff, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"hide message", func(ctx context.Context, by forum.Actor) error {
			m, err := w.Say(ctx, s.ann, s.room.ID, "hello", nonce) // the same one
			if err == nil {
				err = w.HideMessage(ctx, by, m.ID, advert)
			}
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"show message", func(ctx context.Context, by forum.Actor) error {
			m, err := w.Say(ctx, s.ann, s.room.ID, "hello", nonce)
			if err == nil {
				err = w.ShowMessage(ctx, by, m.ID)
			}
			return err
		}, &w.Admin, foreign, foreign, forum.Forbidden, 0, false},
		{"warn", func(ctx context.Context, by forum.Actor) error {
			return w.Warn(ctx, by, s.group.ID, s.ann.Member, forDays(0))
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"mute", func(ctx context.Context, by forum.Actor) error {
			return w.Mute(ctx, by, s.group.ID, s.ann.Member, forDays(7))
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"unmute", func(ctx context.Context, by forum.Actor) error { return w.Unmute(ctx, by, s.group.ID, s.ann.Member) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"set vetting", func(ctx context.Context, by forum.Actor) error {
			return w.SetVetting(ctx, by, s.group.ID, forum.Vetting{First: 1, Watched: "gold"})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"vet", func(ctx context.Context, by forum.Actor) error {
			return w.Vet(ctx, by, s.group.ID, s.ann.Member, forDays(7))
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"claim waiting", func(ctx context.Context, by forum.Actor) error { return w.ClaimWaiting(ctx, by, s.waiting[0]) }, &w.Admin, foreign, foreign, foreign, 0, true},
		{"release waiting", func(ctx context.Context, by forum.Actor) error { return w.ReleaseWaiting(ctx, by, s.waiting[0]) }, &w.Admin, foreign, foreign, foreign, 0, true},
		{"decline", func(ctx context.Context, by forum.Actor) error {
			return w.Decline(ctx, by, s.waiting[0], advert)
		}, &w.Admin, foreign, foreign, foreign, foreign, false},
		{"approve", func(ctx context.Context, by forum.Actor) error {
			_, err := w.Approve(ctx, by, s.waiting[1])
			return err
		}, &w.Admin, foreign, foreign, foreign, foreign, false},
		{"take waiting", func(ctx context.Context, by forum.Actor) error { return w.TakeWaiting(ctx, by, s.waiting[2]) }, &s.ann, 0, 0, 0, 0, true},
		{"rewrite", func(ctx context.Context, by forum.Actor) error {
			_, err := w.Rewrite(ctx, by, s.waiting[0])
			return err
		}, &s.ann, foreign, foreign, 0, foreign, true},
		{"unvet", func(ctx context.Context, by forum.Actor) error { return w.Unvet(ctx, by, s.group.ID, s.ann.Member) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"freeze", func(ctx context.Context, by forum.Actor) error {
			return w.Freeze(ctx, by, s.group.ID, "until we have talked")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"unfreeze", func(ctx context.Context, by forum.Actor) error { return w.Unfreeze(ctx, by, s.group.ID, "") }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"note member", func(ctx context.Context, by forum.Actor) error {
			return w.NoteMember(ctx, by, s.group.ID, s.ann.Member, "we talked")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"drop note", func(ctx context.Context, by forum.Actor) error { return w.DropNote(ctx, by, 1) }, &w.Admin, 0, 0, 0, 0, true},
		{"add canned", func(ctx context.Context, by forum.Actor) error {
			return w.AddCanned(ctx, by, s.group.ID, forum.Canned{Title: "Advert", Words: "No advertisements here."})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"drop canned", func(ctx context.Context, by forum.Actor) error { return w.DropCanned(ctx, by, s.group.ID, 1) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"leave", func(ctx context.Context, by forum.Actor) error { return w.Leave(ctx, by, s.group.ID) }, &s.ann, foreign, 0, 0, forum.NotFound, false},
	}
}

// of the body: what staff decide, and what a member changes of their own.
func (s *stage) of(w *forumtest.World) []verb {
	plain := w.Member("plain")
	theirs, err := w.AddFile(context.Background(), s.out, "b.txt", []byte("theirs"))
	if err != nil {
		panic(err)
	}
	w.Effects.Take()
	until := forum.At(w.Now().AddDate(1, 0, 0))
	return slices.Concat(s.certifying(w), s.addressing(w), s.verbsOfReading(w), s.verbsOfSearching(w), s.verbsOfPolicies(w), s.verbsOfUsage(w), s.talking(w), []verb{
		{"create group", func(ctx context.Context, by forum.Actor) error {
			_, err := w.CreateGroup(ctx, by, forum.GroupDraft{Slug: "another", Name: "Another"})
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Invalid, false},
		{"certify", func(ctx context.Context, by forum.Actor) error {
			_, err := w.Certify(ctx, by, plain.Member, until)
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"grant", func(ctx context.Context, by forum.Actor) error { return w.Grant(ctx, by, plain.Member, forum.Reviewer) }, &w.Admin,
			forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"relieve", func(ctx context.Context, by forum.Actor) error {
			return w.Relieve(ctx, by, plain.Member, forum.Reviewer, "the term is over")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, false},
		{"adopt", func(ctx context.Context, by forum.Actor) error {
			_, err := w.Adopt(ctx, by, []forum.Registration{{Handle: "eva", Name: "Eva", Password: forumtest.Password, Email: "eva@members.example"}})
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Invalid, true},
		{"ask visit", func(ctx context.Context, by forum.Actor) error {
			return w.AskVisit(ctx, by, forum.VisitDraft{Address: "inner", Reason: "a court asks for it", Hours: 24})
		}, &s.staff, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"answer visit", func(ctx context.Context, by forum.Actor) error {
			p, err := w.ReadStaffOpenings(ctx, s.staff)
			if err != nil {
				return err
			}
			return w.AnswerVisit(ctx, by, append(p.Waiting, p.Own...)[0].ID, true)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"describe", func(ctx context.Context, by forum.Actor) error {
			return w.Describe(ctx, by, forum.Organisation{Name: "Other", Seal: "O", Address: "Elsewhere 1", Contact: "o@forum.example"})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"change profile", func(ctx context.Context, by forum.Actor) error {
			return w.ChangeProfile(ctx, by, forum.Profile{Name: "New Name", Zone: "UTC", DigestHour: 6})
		}, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"suspend member", func(ctx context.Context, by forum.Actor) error {
			return w.SuspendMember(ctx, by, plain.Member, forDays(7))
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"reinstate", func(ctx context.Context, by forum.Actor) error { return w.Reinstate(ctx, by, plain.Member) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, false},
		{"designate", func(ctx context.Context, by forum.Actor) error {
			return w.Designate(ctx, by, forum.DesignationDraft{Login: "staff", Reason: "the yearly check", Until: until})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"look at registration", func(ctx context.Context, by forum.Actor) error {
			_, err := w.LookAtRegistration(ctx, by, "out", "a complaint is looked into")
			return err
		}, &s.staff, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"end designation", func(ctx context.Context, by forum.Actor) error {
			all, err := w.ReadDesignations(ctx, w.Admin)
			if err != nil {
				return err
			}
			return w.EndDesignation(ctx, by, all[0].ID)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, true},
		{"keep writing", func(ctx context.Context, by forum.Actor) error {
			_, err := w.KeepWriting(ctx, by, forum.WritingAt{Topic: s.topic.ID}, forum.Writing{Source: "begun"}, true)
			return err
		}, &s.ann, forum.Forbidden, forum.NotFound, 0, 0, true},
		{"discard writing", func(ctx context.Context, by forum.Actor) error {
			return w.DiscardWriting(ctx, by, forum.WritingAt{Topic: s.topic.ID})
		}, &s.ann, 0, 0, 0, 0, true},
		{"publish figures", func(ctx context.Context, by forum.Actor) error {
			return w.PublishFigures(ctx, by, w.Now().Year()-1)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"resume mail", w.ResumeMail, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"set queue mail", func(ctx context.Context, by forum.Actor) error {
			return w.SetQueueMail(ctx, by, forum.QueueMail{Summary: "weekly"})
		}, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"show", func(ctx context.Context, by forum.Actor) error {
			return w.Show(ctx, by, forum.Showing{Listed: forum.Public, Place: "Town"})
		}, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"renew codes", func(ctx context.Context, by forum.Actor) error {
			_, err := w.RenewCodes(ctx, by, own(s.session))
			return err
		}, &s.key, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"link login", func(ctx context.Context, by forum.Actor) error {
			a, cookie, err := w.GoToLink(ctx, by, own(s.theirs))
			if err == nil {
				a, err = w.ComeBack(ctx, cookie, a.State)
			}
			if err == nil {
				err = w.LinkLogin(ctx, by, s.theirs, a, elsewhere("guest"))
			}
			return err
		}, &s.guest, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Closed, false},
		{"unlink login", func(ctx context.Context, by forum.Actor) error {
			return w.UnlinkLogin(ctx, by, own(s.theirs))
		}, &s.guest, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, false},
		{"ask address", func(ctx context.Context, by forum.Actor) error {
			return w.AskAddress(ctx, by, own(s.session), "key@new.example")
		}, &s.key, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"keep computer", func(ctx context.Context, _ forum.Actor) error {
			_, err := w.RememberComputer(ctx, s.session, "Firefox")
			return err
		}, &s.key, 0, 0, 0, 0, true},
		{"take data", func(ctx context.Context, by forum.Actor) error {
			return w.AskDownload(ctx, by, own(s.weak))
		}, &s.out, forum.Forbidden, 0, forum.Forbidden, 0, false},
		{"change password", func(ctx context.Context, by forum.Actor) error {
			return w.ChangePassword(ctx, by, own(s.session), forumtest.Password)
		}, &s.key, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"remove app", func(ctx context.Context, by forum.Actor) error {
			return w.RemoveApp(ctx, by, own(s.session))
		}, &s.key, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, false},
		{"take factors", func(ctx context.Context, by forum.Actor) error {
			return w.TakeFactorsByLogin(ctx, by, "lost", "the phone was stolen")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Invalid, false},
		{"add file", func(ctx context.Context, by forum.Actor) error {
			_, err := w.AddFile(ctx, by, "a.txt", []byte("text"))
			return err
		}, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"clean file", func(ctx context.Context, by forum.Actor) error {
			return w.CleanFile(ctx, by, theirs.ID)
		}, &s.out, forum.NotFound, 0, forum.NotFound, 0, true},
		{"drop file", func(ctx context.Context, by forum.Actor) error { return w.DropFile(ctx, by, theirs.ID) }, &s.out, 0, 0, 0, 0, true},
		{"add parties", func(ctx context.Context, by forum.Actor) error { return w.AddParties(ctx, by, "Jane Roe\nJohn Doe") }, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"forget parties", func(ctx context.Context, by forum.Actor) error { return w.ForgetParties(ctx, by) }, &s.out, 0, 0, 0, 0, true},
		{"ask reset", func(ctx context.Context, _ forum.Actor) error { return w.AskReset(ctx, "out", "9.9.9.9") }, &s.out, 0, 0, 0, 0, false},
		{"resend confirmation", func(ctx context.Context, _ forum.Actor) error {
			return w.ResendConfirmation(ctx, w.RegisteredToken("nobody@members.example"), "9.9.9.9")
		}, &s.out, 0, 0, 0, 0, true},
		{"register", func(ctx context.Context, _ forum.Actor) error {
			return w.Register(ctx, forum.Registration{Handle: "new", Name: "New", Password: forumtest.Password, Email: "new@members.example", Agreed: true}, "9.9.9.9")
		}, &s.out, 0, 0, 0, 0, false}, // its owner gets the link once more
	})
}

// TestVerbs holds each verb against its row: refused as expected and without a trace to
// those who may not; undone whole when its jobs cannot be written down; done for who may;
// and told the second time.
func TestVerbs(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newStage(t, w)
		for _, v := range append(s.of(w), s.in(w)...) {
			s.refused(t, v)
			s.undone(t, v)
			if err := v.act(t.Context(), *v.by); err != nil {
				t.Fatalf("%s: %v", v.name, err)
			}
			if facts := w.Effects.Take(); v.quiet != (len(facts) == 0) {
				t.Errorf("%s states %v", v.name, facts)
			}
			if err := v.act(t.Context(), *v.by); v.again == 0 && err != nil || v.again != 0 && forum.KindOf(err) != v.again {
				t.Errorf("%s again: %v", v.name, err)
			}
			w.Effects.Take()
		}
	})
}

func (s *stage) refused(t *testing.T, v verb) {
	t.Helper()
	before := s.tables(t)
	for who, c := range map[string]struct {
		by   forum.Actor
		want forum.Kind
	}{"a visitor": {forum.Actor{}, v.visitor}, "an outsider": {s.out, v.outsider}, "a member": {s.ann, v.insider}} {
		if c.want == 0 {
			continue
		}
		if err := v.act(t.Context(), c.by); forum.KindOf(err) != c.want || err == nil {
			t.Errorf("%s by %s: %v, want %v", v.name, who, err, c.want)
		}
	}
	if after := s.tables(t); after != before {
		t.Errorf("%s left a trace although it was refused", v.name)
	}
	if facts := s.Effects.Take(); len(facts) != 0 {
		t.Errorf("%s was refused and states %v", v.name, facts)
	}
}

func (s *stage) undone(t *testing.T, v verb) {
	t.Helper()
	if v.quiet {
		return
	}
	before := s.tables(t)
	s.Effects.Fail = errors.New("no queue")
	err := v.act(t.Context(), *v.by)
	s.Effects.Fail = nil
	if err == nil || forum.KindOf(err) != forum.Internal {
		t.Errorf("%s without its jobs: %v", v.name, err)
	}
	if after := s.tables(t); after != before {
		t.Errorf("%s left a trace although its jobs could not be written down", v.name)
	}
	if facts := s.Effects.Take(); len(facts) != 0 {
		t.Errorf("%s was undone and announces %v", v.name, facts)
	}
}
