package forum_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// leaver is a member who wants to be gone, in a group that they own with a moderator and a member in it.
type leaver struct {
	*stage
	t       *testing.T
	zoe     forum.Actor
	session string
	mine    *forum.Group
	topic   *forum.Topic
	canary  string
}

func (l *leaver) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func newLeaver(t *testing.T, w *forumtest.World) *leaver {
	t.Helper()
	l := &leaver{stage: newStage(t, w), t: t, canary: "canary-zoe"}
	l.zoe = w.CertifiedMember("zoe")
	l.must(w.ChangeProfile(t.Context(), l.zoe, forum.Profile{Name: "Zoe " + l.canary, Title: l.canary, Zone: "UTC", BusinessAddress: l.canary, BusinessPhone: l.canary, OtherContact: l.canary}))
	var b *forum.Board
	l.mine, b, _ = w.Group("mine", forum.MembersOnly)
	w.Ready(l.mine, w.Admin, l.zoe, l.ann, l.guest)
	l.must(w.Appoint(t.Context(), w.Admin, l.mine.ID, l.zoe.Member, forum.Owner))
	l.must(w.Appoint(t.Context(), l.zoe, l.mine.ID, l.ann.Member, forum.Moderator))
	l.must(w.Leave(t.Context(), w.Admin, l.mine.ID))
	var err error
	l.topic, err = w.StartTopic(t.Context(), l.zoe, b.ID, draft(w, "words of "+l.canary))
	l.must(err)
	_, err = w.Reply(t.Context(), l.ann, l.topic.ID, draft(w, "As @Zoe says, and @zoe.x does not, @zoe!"))
	l.must(err)
	_, l.session = in(t, w, "zoe")
	return l
}

// run lets the clock tick, and mails go, until nothing is left to do.
func (l *leaver) run() {
	l.t.Helper()
	for range 4 {
		l.must(l.EraseAccounts(l.t.Context()))
		l.must(l.Store.Writer().NewRaw("UPDATE deliveries SET state = ? WHERE state = ? RETURNING 1", forum.Sent, forum.Waiting).Scan(l.t.Context(), new([]int)))
		l.Pass(3 * time.Minute)
	}
}

func (l *leaver) left() (n int) {
	l.t.Helper()
	l.must(l.Store.Reader().NewRaw("SELECT count(*) FROM account_erasures").Scan(l.t.Context(), &n))
	return n
}

// TestAccountErasure: an account goes after its cooling-off, with all that was its member's alone; what they wrote stays without a name, or goes; a group
// is not left without an owner; others' mentions of them are of nobody (P32).
func TestAccountErasure(t *testing.T) {
	t.Parallel()
	for _, takes := range []bool{false, true} {
		t.Run(fmt.Sprint(takes), func(t *testing.T) {
			t.Parallel()
			forumtest.On(t, func(t *testing.T, w *forumtest.World) { erasesAccount(newLeaver(t, w), takes) })
		})
	}
}

func erasesAccount(l *leaver, takes bool) {
	t, ctx := l.t, l.t.Context()
	page, err := l.ReadAccountErasure(ctx, l.zoe)
	l.must(err)
	if page.Pending != nil || page.Last || len(page.Owns) != 1 || page.Owns[0].ID != l.mine.ID || !slices.ContainsFunc(page.Held, func(h forum.HeldKind) bool { return h.Table == "posts" && h.Count == 1 }) {
		t.Errorf("the preview: %+v", page)
	}
	kind(t, "a wrong password", l.AskAccountErasure(ctx, l.zoe, forum.Own{Session: l.session, Password: "something else", Source: "home"}, takes), forum.Invalid, "")
	for range 2 {
		l.must(l.AskAccountErasure(ctx, l.zoe, own(l.session), takes))
	}
	l.Pass(14*24*time.Hour - 20*time.Minute)
	l.run()
	if l.As(l.zoe.Member).Member == 0 || l.left() != 1 {
		t.Fatal("it went before its time")
	}
	l.Pass(time.Hour)
	l.must(l.EraseAccounts(ctx))
	if _, err := l.ReadPerson(ctx, l.ann, l.zoe.Member); err != nil {
		t.Fatalf("it went before its last mail: %v", err)
	}
	stale := l.zoe
	l.run()
	if l.left() != 0 {
		t.Fatal("it is not done")
	}
	if _, err := l.ReadPerson(ctx, l.ann, l.zoe.Member); forum.KindOf(err) != forum.NotFound {
		t.Errorf("their page: %v", err)
	}
	if _, err := l.LogIn(ctx, "zoe", forumtest.Password, "Firefox", "home"); err == nil {
		t.Error("they log in")
	}
	if err := l.ChangeProfile(ctx, stale, forum.Profile{Name: l.canary, Zone: "UTC"}); err == nil {
		t.Error("a page that was open brings the name back")
	}
	if _, err := l.Reply(ctx, stale, l.topic.ID, draft(l.World, "late")); err == nil {
		t.Error("what was under way is posted")
	}
	if g, err := l.ReadGroup(ctx, l.As(l.ann.Member), "mine"); err != nil || g.Role != forum.Owner {
		t.Errorf("the moderator is not owner: %+v, %v", g.Role, err)
	}
	read, err := l.ReadTopic(ctx, l.As(l.ann.Member), l.topic.ID, 0)
	l.must(err)
	if got := read.Posts[1].Source + read.Posts[1].HTML + read.Posts[1].Plain; strings.Contains(strings.ToLower(strings.ReplaceAll(got, "@zoe.x", "")), "@zoe") || !strings.Contains(got, "@zoe.x") || !strings.Contains(got, "@former-") {
		t.Errorf("the mention: %s", got)
	}
	opening := read.Posts[0]
	if opening.Author != "Former member" || takes != (opening.ErasedAt != 0) || takes == strings.Contains(opening.HTML, l.canary) {
		t.Errorf("what they wrote: %+v", opening)
	}
	for table, rows := range l.dump() {
		if (!takes && (table == "posts" || table == "topics")) || !strings.Contains(strings.ToLower(rows), l.canary) && !strings.Contains(strings.ToLower(rows), "zoe@members.example") {
			continue
		}
		t.Errorf("%s still holds something of them: %s", table, rows)
	}
	l.must(l.Register(ctx, forum.Registration{Handle: "zoe", Name: "Another", Password: forumtest.Password, Email: "zoe@members.example", Agreed: true}, "9.9.9.9"))
	if n, broken, err := l.CheckLog(ctx); err != nil || n == 0 || broken != 0 {
		t.Errorf("the log: %d, %v", n, err)
	}
}

// dump gives the rows of every table.
func (l *leaver) dump() map[string]string {
	l.t.Helper()
	var names []string
	query := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if l.Store.Pool() != nil {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	l.must(l.Store.Writer().NewRaw(query).Scan(l.t.Context(), &names))
	out := map[string]string{}
	for _, name := range names {
		var rows []map[string]any
		l.must(l.Store.Writer().NewRaw("SELECT * FROM "+name).Scan(l.t.Context(), &rows))
		out[name] = fmt.Sprintf("%q", rows)
	}
	return out
}

// TestSuspendedCannotComeBack: who was suspended does not get rid of it by erasing the account, and nobody is told so; others may have the address's name.
func TestSuspendedCannotComeBack(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		l, ctx := newLeaver(t, w), t.Context()
		l.must(w.AskAccountErasure(ctx, l.zoe, own(l.session), true))
		l.must(w.SuspendMember(ctx, w.Admin, l.zoe.Member, forDays(300)))
		w.Pass(15 * 24 * time.Hour)
		l.run()
		if l.left() != 0 {
			t.Fatal("it is not erased")
		}
		comes := func(email string) bool {
			t.Helper()
			l.must(w.Register(ctx, forum.Registration{Handle: "zoe", Name: "Zoe", Password: forumtest.Password, Email: email, Agreed: true}, "9.9.9.9"))
			return count(t, w, "SELECT count(*) FROM members WHERE standing = ?", forum.Unconfirmed) > 0
		}
		if comes("zoe@members.example") {
			t.Error("they are back")
		}
		if err := w.Register(ctx, forum.Registration{Handle: "zoe", Name: "Zoe", Password: forumtest.Password, Email: "other@members.example", Agreed: true}, "9.9.9.9"); forum.KindOf(err) != forum.Invalid {
			t.Errorf("another has the name at once: %v", err)
		}
		w.Pass(300 * 24 * time.Hour)
		l.must(w.Forget(ctx))
		if !comes("zoe@members.example") {
			t.Error("they cannot come back when it is over")
		}
	})
}

// TestKeepAccount: who changes their mind keeps everything; the last administrator cannot go; a killed process goes on.
func TestKeepAccount(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		l, ctx := newLeaver(t, w), t.Context()
		l.must(w.AskAccountErasure(ctx, l.zoe, own(l.session), false))
		for range 2 {
			l.must(w.KeepAccount(ctx, l.zoe))
		}
		w.Pass(15 * 24 * time.Hour)
		l.run()
		if p, err := w.ReadPerson(ctx, l.ann, l.zoe.Member); err != nil || !strings.Contains(p.Name, l.canary) {
			t.Errorf("kept: %+v, %v", p, err)
		}
		kind(t, "a visitor", w.KeepAccount(ctx, forum.Actor{}), forum.Forbidden, "")
		_, session := in(t, w, "zoe")
		l.must(w.AskAccountErasure(ctx, l.zoe, own(session), true))
		w.Pass(15 * 24 * time.Hour)
		l.must(w.EraseAccounts(ctx)) // the mail is queued
		w.Pass(25 * time.Hour)       // nobody takes it
		w.Effects.Fail = context.Canceled
		if err := w.EraseAccounts(ctx); err == nil {
			t.Error("it goes without its jobs")
		}
		w.Effects.Fail = nil
		if _, err := w.ReadPerson(ctx, l.ann, l.zoe.Member); err != nil {
			t.Errorf("half of it is gone: %v", err)
		}
		l.run()
		if l.left() != 0 {
			t.Error("it does not go on")
		}
	})
}

// TestLastAdministratorStays: nobody leaves the forum without one who answers for it.
func TestLastAdministratorStays(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		var handle string
		if err := w.Store.Reader().NewRaw("SELECT handle FROM members WHERE id = ?", w.Admin.Member).Scan(ctx, &handle); err != nil {
			t.Fatal(err)
		}
		admin, session := in(t, w, handle)
		admin.Roles = w.Admin.Roles
		kind(t, "the last one", w.AskAccountErasure(ctx, admin, own(session), false), forum.Forbidden, "error.last-administrator")
		if p, err := w.ReadAccountErasure(ctx, admin); err != nil || !p.Last {
			t.Errorf("the preview: %+v, %v", p, err)
		}
	})
}

// TestEveryTableIsEmptied: what the register says to be deleted with an account is.
func TestEveryTableIsEmptied(t *testing.T) {
	t.Parallel()
	emptied := append(forum.EmptiedWith(), "members", "evidence", // in the same transaction
		"mentions", "message_mentions", "account_erasures", // in parts, and at the end
		"hidden", "hidden_messages", // with the post
		"attempts", "held_handles", "strangers", "usage_views") // of nobody, and for days only
	for _, d := range forum.Data {
		if d.Kind != forum.NotPersonal && d.Erasure == "delete" && !slices.Contains(emptied, d.Table) {
			t.Errorf("%s is said to go with the account, and does not", d.Table)
		}
	}
}

// TestHeldAccountsKeepNobody: accounts that wait for the end of a legal request are due for as long as it takes, and do not keep others from being erased.
func TestHeldAccountsKeepNobody(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		run := func(query string, args ...any) {
			t.Helper()
			if _, err := w.Store.Writer().NewRaw(query, args...).Exec(ctx); err != nil {
				t.Fatal(err)
			}
		}
		due := forum.At(w.Now().Add(-48 * time.Hour))
		ask := func(m forum.MemberID, at forum.Instant) {
			run("INSERT INTO account_erasures (member_id, takes, asked_at, due_at, told_ref, told_at) VALUES (?, 0, ?, ?, ?, ?)", m, due, at, int64(m), due)
		}
		for i := range 25 {
			m := w.Member(fmt.Sprintf("held%d", i)).Member
			ask(m, due)
			run("INSERT INTO legal_requests (id, authority, basis, reference, words, received_at, member_id, parts, from_at, until_at, opened_by, opened_at, silent_until, silent_why, key) VALUES (?, 'c', 'b', '', 'w', 1, ?, 'posts', 1, 2, ?, 1, 0, '', ?)",
				int64(m), m, w.Admin.Member, fmt.Sprint(m))
		}
		free := w.Member("free").Member
		ask(free, due+1)
		if err := w.EraseAccounts(ctx); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, fmt.Sprintf("SELECT count(*) FROM members WHERE id = %d AND name = 'Former member'", free)); n != 1 {
			t.Error("the account that nothing keeps is still there")
		}
		if n := count(t, w, "SELECT count(*) FROM members WHERE handle LIKE 'held%'"); n != 25 {
			t.Errorf("of 25 that are kept %d are there", n)
		}
	})
}
