package forum_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func circular(w *forumtest.World, kind string, to forum.Circle) forum.CircularDraft {
	return forum.CircularDraft{Kind: kind, Circle: to, Subject: "News of " + kind, Source: "Dear *all*, canary", Key: w.Key()}
}

// addressing are the verbs of service messages, and of who does not want them.
func (s *stage) addressing(w *forumtest.World) []verb {
	d := circular(w, "features", forum.ToAll)
	latest := func(ctx context.Context) forum.CircularRow {
		all, err := w.ReadCirculars(ctx, w.Admin)
		if err != nil || len(all) == 0 {
			return forum.CircularRow{}
		}
		return all[0]
	}
	return []verb{
		{"write circular", func(ctx context.Context, by forum.Actor) error {
			_, err := w.WriteCircular(ctx, by, d)
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"change circular", func(ctx context.Context, by forum.Actor) error {
			changed := d
			changed.Source = "Dear all, changed"
			return w.ChangeCircular(ctx, by, latest(ctx).ID, 1, changed)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"try circular", func(ctx context.Context, by forum.Actor) error {
			return w.TryCircular(ctx, by, latest(ctx).ID)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"send circular", func(ctx context.Context, by forum.Actor) error {
			return w.SendCircular(ctx, by, latest(ctx).ID, 2)
		}, &s.staff, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"discard circular", func(ctx context.Context, by forum.Actor) error {
			another := d
			another.Key = "another"
			id, err := w.WriteCircular(ctx, w.Admin, another)
			if err == nil && by.Member != w.Admin.Member {
				defer func() { _ = w.DiscardCircular(ctx, w.Admin, id) }()
			}
			if err != nil {
				return err
			}
			return w.DiscardCircular(ctx, by, id)
		}, &w.Admin, 0, 0, 0, 0, true},
		{"choose notices", func(ctx context.Context, by forum.Actor) error {
			return w.ChooseNotices(ctx, by, []string{"features"})
		}, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"stop notices", func(ctx context.Context, _ forum.Actor) error {
			return w.StopNotices(ctx, w.NoticeToken(s.out.Member, latest(ctx).ID))
		}, &s.out, 0, 0, 0, 0, true},
	}
}

// post is one forum with people of every circle, and a hidden group of the administrator and ann.
type post struct {
	*forumtest.World
	t                      *testing.T
	ann, bob, cat, outside forum.Actor // certified; not; an administrator; certified
	group                  *forum.Group
}

func newPost(t *testing.T, w *forumtest.World) *post {
	t.Helper()
	s := &post{World: w, t: t}
	s.ann, s.bob, s.cat, s.outside = w.CertifiedMember("ann"), w.Member("bob"), w.Member("cat"), w.CertifiedMember("outside")
	s.must(w.Grant(t.Context(), w.Admin, s.cat.Member, forum.Administrator))
	s.cat = w.As(s.cat.Member)
	s.group, _, _ = w.Group("inner", forum.Hidden)
	w.Ready(s.group, w.Admin, s.ann)
	w.Effects.Take()
	return s
}

func (s *post) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// send writes and sends a circular in the administrator's name, and gives it.
func (s *post) send(d forum.CircularDraft) int64 {
	s.t.Helper()
	id, err := s.WriteCircular(s.t.Context(), s.Admin, d)
	s.must(err)
	s.must(s.SendCircular(s.t.Context(), s.Admin, id, 1))
	return id
}

// claimed gives who is handed the mails of a circular, all of them.
func (s *post) claimed(id int64) (out []string) {
	s.t.Helper()
	what := forum.Mailing{Kind: "circular", Ref: id}
	for {
		got, err := s.Claim(s.t.Context(), what, 2)
		s.must(err)
		if len(got) == 0 {
			slices.Sort(out)
			return out
		}
		var done []forum.Outcome
		for _, r := range got {
			out = append(out, strings.TrimSuffix(r.Email, "@members.example"))
			done = append(done, forum.Outcome{Member: r.Member, State: forum.Sent})
		}
		s.must(s.Delivered(s.t.Context(), what, done))
	}
}

func (s *post) want(what string, got []string, want string) {
	s.t.Helper()
	if all := strings.Join(got, " "); all != want {
		s.t.Errorf("%s goes to %q, want %q", what, all, want)
	}
}

// TestCircles: each circle is those who belong to it, once each; a second click sends nothing.
func TestCircles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		for to, want := range map[forum.Circle]string{forum.ToAll: "admin ann bob cat outside", forum.ToUncertified: "admin bob cat", forum.ToCertified: "ann outside", forum.ToStaff: "admin cat", forum.ToGroup: "admin ann"} {
			d := circular(w, "features", to)
			d.Group = s.group.ID
			id := s.send(d)
			kind(t, "a second click", w.SendCircular(t.Context(), s.cat, id, 1), map[bool]forum.Kind{true: forum.NotFound, false: forum.Conflict}[to == forum.ToGroup], "error.")
			p, err := w.ReadCircular(t.Context(), w.Admin, id)
			if n := len(strings.Fields(want)); err != nil || p.People != n || p.Waiting != n {
				t.Errorf("%s: %d people %d waiting, want %d: %v", to, p.People, p.Waiting, n, err)
			}
			s.want(to.String(), s.claimed(id), want)
			s.want(to.String()+" again", s.claimed(id), "")
		}
		d := circular(w, "features", forum.ToUncertified)
		w.Pass(2 * 366 * 24 * time.Hour)
		s.want("when certificates are over", s.claimed(s.send(d)), "admin ann bob cat outside")
	})
}

// TestTwoSendAtOnce: of many who press the button at the same time one sends.
func TestTwoSendAtOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		id, err := w.WriteCircular(t.Context(), w.Admin, circular(w, "features", forum.ToCertified))
		s.must(err)
		w.Effects.Take()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if err := w.SendCircular(t.Context(), w.Admin, id, 1); err != nil && forum.KindOf(err) != forum.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.CircularQueued{Mailing: forum.Mailing{Kind: "circular", Ref: id}}) {
			t.Errorf("states %v", facts)
		}
		s.want("all clicks", s.claimed(id), "ann outside")
	})
}

// TestAskedOnceMore: who left the group, whose certificate is over, who was put off or does not
// want it any more between the click and the sending, does not get it.
func TestAskedOnceMore(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		d := circular(w, "features", forum.ToGroup)
		d.Group = s.group.ID
		inner, all := s.send(d), s.send(circular(w, "features", forum.ToAll))
		certified, needful := s.send(circular(w, "billing", forum.ToCertified)), s.send(circular(w, "billing", forum.ToAll))
		s.must(w.Leave(t.Context(), s.ann, s.group.ID))
		s.must(w.ChooseNotices(t.Context(), s.bob, []string{"features"}))
		exec(t, w, "UPDATE members SET standing = ? WHERE id = ?", forum.Suspended, s.cat.Member)
		exec(t, w, "UPDATE certificates SET suspended_at = 1 WHERE member_id = ?", s.outside.Member)
		for what, c := range map[string]struct {
			who  forum.Actor
			id   int64
			want forum.Kind
		}{"one who left": {s.ann, inner, forum.NotFound}, "one who does not want it": {s.bob, all, forum.NotFound}, "one whose certificate is over": {s.outside, certified, forum.NotFound}, "one of them": {w.Admin, inner, 0}, "one more": {s.outside, all, 0}} {
			if _, err := w.ReadOwnCircular(t.Context(), w.As(c.who.Member), c.id); forum.KindOf(err) != c.want || c.want == 0 && err != nil {
				t.Errorf("read while it waits by %s: %v", what, err)
			}
		}
		s.want("the group's", s.claimed(inner), "admin")
		s.want("everybody's", s.claimed(all), "admin ann outside")
		s.want("that of the certified", s.claimed(certified), "ann")
		s.want("what is needful", s.claimed(needful), "admin ann bob outside")
		p, err := w.ReadCircular(t.Context(), w.Admin, all)
		if err != nil || p.Sent != 3 || p.Missed != 2 || !p.Few || p.Declined+p.Left != 0 || p.Waiting != 0 { // so few that it could be seen who
			t.Errorf("the report: %+v %v", p.CircularReport, err)
		}
		for who, id := range map[forum.MemberID]int64{s.ann.Member: inner, s.outside.Member: certified, s.bob.Member: all} {
			_, err := w.ReadOwnCircular(t.Context(), w.As(who), id)
			kind(t, "read by who did not get it", err, forum.NotFound, "error.not-found")
			for _, state := range []forum.DeliveryState{forum.Handing, forum.Unsure} { // the process was killed before it asked
				exec(t, w, "UPDATE deliveries SET state = ? WHERE kind = 'circular' AND ref = ? AND member_id = ?", state, id, who)
				_, err = w.ReadOwnCircular(t.Context(), w.As(who), id)
				kind(t, "read by who was claimed and may not have it", err, forum.NotFound, "error.not-found")
			}
		}
		if own, err := w.ReadOwnCirculars(t.Context(), s.bob, 0, 10); err != nil || len(own) != 1 || own[0].ID != needful {
			t.Errorf("bob's own: %+v %v", own, err)
		}
	})
}

// TestOptOuts: each word is kept with its time and wording and by what door it came; the next
// optional message honours it, what is needful does not, and it can be taken back.
func TestOptOuts(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		first := s.send(circular(w, "help-desk", forum.ToCertified))
		s.want("before", s.claimed(first), "ann outside")
		token := w.NoticeToken(s.ann.Member, first)
		if k, err := w.ReadNoticeToken(t.Context(), token); err != nil || k.Name != "help-desk" {
			t.Errorf("the link: %+v %v", k, err)
		}
		if all, err := w.ReadOptOuts(t.Context(), s.ann); err != nil || len(all) != 0 {
			t.Errorf("the link was looked at, and did something: %+v %v", all, err)
		}
		for range 2 {
			s.must(w.StopNotices(t.Context(), token))
		}
		next := s.send(circular(w, "help-desk", forum.ToCertified))
		if p, err := w.ReadCircular(t.Context(), w.Admin, next); err != nil || p.Missed != 1 || p.Waiting != 1 || p.Declined != 0 {
			t.Errorf("whoever stopped it is left out from the beginning: %+v %v", p.CircularReport, err)
		}
		s.want("after the click", s.claimed(next), "outside")
		s.want("another kind", s.claimed(s.send(circular(w, "features", forum.ToCertified))), "ann outside")
		needful := s.send(circular(w, "functionality", forum.ToCertified))
		s.want("what is needful", s.claimed(needful), "ann outside")
		kind(t, "the link of what is needful", w.StopNotices(t.Context(), w.NoticeToken(s.ann.Member, needful)), forum.Closed, "error.notice-needful")
		kind(t, "ticking what is needful", w.ChooseNotices(t.Context(), s.ann, []string{"billing"}), forum.Closed, "error.notice-needful")
		kind(t, "a kind that is none", w.ChooseNotices(t.Context(), s.ann, []string{"spam"}), forum.NotFound, "error.not-found")
		kind(t, "a forged link", w.StopNotices(t.Context(), token[1:]+"a"), forum.Closed, "error.link-over")
		kind(t, "another link of ours", w.StopNotices(t.Context(), w.BoardToken(s.ann.Member, forum.BoardID(first))), forum.Closed, "error.link-over")
		s.must(w.ChooseNotices(t.Context(), s.ann, nil))
		s.want("taken back", s.claimed(s.send(circular(w, "help-desk", forum.ToCertified))), "ann outside")
		s.must(w.ChooseNotices(t.Context(), s.ann, []string{"help-desk"}))
		all, err := w.ReadOptOuts(t.Context(), s.ann)
		if err != nil || len(all) != 2 || all[0].ByLink || all[0].EndedAt != 0 || !all[1].ByLink || all[1].EndedAt == 0 || all[1].Kind != "help-desk" || all[1].Version != "1" || all[1].At == 0 {
			t.Errorf("what is kept: %+v %v", all, err)
		}
		if theirs, err := w.ReadOptOuts(t.Context(), s.outside); err != nil || len(theirs) != 0 {
			t.Errorf("another's: %+v %v", theirs, err)
		}
	})
}

// TestP5Marketing: it comes to nobody who did not ask for it; one click stops it, and so does withdrawing the consent, also while it waits to be handed over.
func TestP5Marketing(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newPost(t, w), t.Context()
		send := func() int64 { return s.send(circular(w, "marketing", forum.ToCertified)) }
		s.want("nobody asked", s.claimed(send()), "")
		for range 2 {
			s.must(w.SetConsent(ctx, s.ann, "marketing", "Send me offers.", true))
		}
		s.must(w.ChooseNotices(ctx, s.outside, nil)) // to stop nothing is not to ask
		first := send()
		s.want("who asked", s.claimed(first), "ann")
		waiting := send()
		s.must(w.SetConsent(ctx, s.ann, "marketing", "", false))
		s.want("withdrawn while it waits", s.claimed(waiting), "")
		s.must(w.SetConsent(ctx, s.ann, "marketing", "Send me offers.", true))
		s.want("asked again", s.claimed(send()), "ann")
		s.must(w.StopNotices(ctx, w.NoticeToken(s.ann.Member, first)))
		s.want("one click", s.claimed(send()), "")
		if all, err := w.ReadConsents(ctx, s.ann); err != nil || forum.Consents(all, "marketing") {
			t.Errorf("after the click the consent holds: %+v %v", all, err)
		}
		s.must(w.SetConsent(ctx, s.ann, "marketing", "Send me offers.", true))
		s.want("asked once more", s.claimed(send()), "ann")
		s.must(w.ChooseNotices(ctx, s.ann, nil)) // saving the page of other kinds leaves it
		s.want("other kinds were chosen", s.claimed(send()), "ann")
		s.must(w.OptOutByMail(ctx, s.ann, forum.Incoming{MessageID: "<no@more.example>"}))
		s.want("by mail", s.claimed(send()), "")
	})
}

// TestKindsOfNotices: which kinds there are, which of them nobody can do without, and which comes
// only to who asked for it.
func TestKindsOfNotices(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite")
	var all []string
	for _, k := range forum.NoticeKinds {
		all = append(all, k.Name+map[bool]string{true: "!"}[k.Needful]+map[bool]string{true: "?"}[k.Asked])
	}
	if got := strings.Join(all, " "); got != "functionality! billing! transfer! features help-desk marketing?" {
		t.Errorf("the kinds are %s", got)
	}
	for field, change := range map[string]func(d *forum.CircularDraft){
		"kind: error.circular-kind": func(d *forum.CircularDraft) { d.Kind = "spam" }, "circle: error.circular-circle": func(d *forum.CircularDraft) { d.Circle = 5 },
		"group: error.circular-group": func(d *forum.CircularDraft) { d.Circle = forum.ToGroup }, "subject: error.empty.subject": func(d *forum.CircularDraft) { d.Subject = " " },
		"source: error.empty.source": func(d *forum.CircularDraft) { d.Source = "\n" }, "source: error.too-long": func(d *forum.CircularDraft) { d.Source = strings.Repeat("x", forum.MaxCircular+1) },
		"key: error.key": func(d *forum.CircularDraft) { d.Key = "" },
	} {
		d := circular(w, "features", forum.ToAll)
		change(&d)
		_, err := w.WriteCircular(t.Context(), w.Admin, d)
		kind(t, field, err, forum.Invalid, field)
	}
}

// TestWhoReadsCirculars: administrators, awake, who may know of the group; members what was sent
// to them; and nobody else.
func TestWhoReadsCirculars(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		d := circular(w, "features", forum.ToGroup)
		d.Group = s.group.ID
		id, err := w.WriteCircular(t.Context(), w.Admin, d)
		s.must(err)
		asleep := w.Admin
		asleep.Roles, asleep.Dormant = nil, w.Admin.Roles
		mine := func(who forum.Actor) (all []error) {
			_, one := w.ReadCircular(t.Context(), who, id)
			list, many := w.ReadCirculars(t.Context(), who)
			if many == nil && len(list) == 0 {
				many = forum.Absent()
			}
			groups, choices := w.AddressableGroups(t.Context(), who)
			if choices == nil && !slices.ContainsFunc(groups, func(g forum.Group) bool { return g.ID == s.group.ID }) {
				choices = forum.Absent()
			}
			again := d
			again.Source, again.Key = "changed", w.Key()
			_, write := w.WriteCircular(t.Context(), who, again)
			if forum.KindOf(write) == forum.Invalid {
				write = forum.Absent()
			}
			return []error{one, many, choices, write}
		}
		for what, c := range map[string]struct {
			who  forum.Actor
			want forum.Kind
		}{"a member of the group": {s.ann, forum.Forbidden}, "a visitor": {forum.Actor{}, forum.Forbidden}, "one asleep": {asleep, forum.Forbidden}, "an administrator outside": {s.cat, forum.NotFound}} {
			for i, err := range mine(c.who) {
				if forum.KindOf(err) != c.want || err == nil {
					t.Errorf("%s, %d: %v", what, i, err)
				}
			}
		}
		for i, err := range mine(w.Admin) {
			if err != nil {
				t.Errorf("its writer, %d: %v", i, err)
			}
		}
		for what, err := range map[string]error{"change": w.ChangeCircular(t.Context(), s.cat, id, 1, d), "try": w.TryCircular(t.Context(), s.cat, id), "send": w.SendCircular(t.Context(), s.cat, id, 1), "discard": w.DiscardCircular(t.Context(), s.cat, id)} {
			kind(t, what+" by an administrator outside", err, forum.NotFound, "error.not-found")
		}
		if own, err := w.ReadOwnCirculars(t.Context(), s.ann, 0, 10); err != nil || len(own) != 0 {
			t.Errorf("a draft is read: %+v %v", own, err)
		}
		s.must(w.SendCircular(t.Context(), w.Admin, id, 1))
		if c, err := w.ReadOwnCircular(t.Context(), s.ann, id); err != nil || c.GroupName != s.group.Name || !strings.Contains(c.Plain, "canary") {
			t.Errorf("one of the group: %+v %v", c, err)
		}
		if mail, err := w.MailedCircular(t.Context(), forum.Mailing{Kind: "circular", Ref: id}); err != nil || mail.ID != id {
			t.Errorf("the composer: %+v %v", mail, err)
		}
		s.want("the group's", s.claimed(id), "admin ann")
		s.must(w.Leave(t.Context(), s.ann, s.group.ID))
		if c, err := w.ReadOwnCircular(t.Context(), s.ann, id); err != nil || c.GroupName != "" {
			t.Errorf("one who left it keeps their letter, and is not told of the group: %+v %v", c, err)
		}
		for _, who := range []forum.Actor{{}, s.outside, s.cat} {
			_, err := w.ReadOwnCircular(t.Context(), who, id)
			kind(t, "others", err, forum.NotFound, "error.not-found")
		}
	})
}

// TestVisitorsAreNotAddressed: a visit lets one of the staff read a group; it makes them none of
// those who are written to, and lets them write to nobody.
func TestVisitorsAreNotAddressed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g := newGuests(t, w)
		g.visit(24)
		d := circular(w, "features", forum.ToGroup)
		d.Group = g.group.ID
		_, err := w.WriteCircular(t.Context(), g.As(g.eve.Member), d)
		kind(t, "by a visitor", err, forum.Invalid, "group: error.circular-group")
		id, err := w.WriteCircular(t.Context(), w.Admin, d)
		g.must(err)
		g.must(w.SendCircular(t.Context(), w.Admin, id, 1))
		s := &post{World: w, t: t}
		s.want("a visited group's", s.claimed(id), "admin ann bob")
		_, err = w.ReadCircular(t.Context(), g.As(g.eve.Member), id)
		kind(t, "read by a visitor", err, forum.NotFound, "error.not-found")
	})
}

// TestNumbersOfCirculars: how many are in a group is told to whom its page tells it; and where few
// did not get it, not why.
func TestNumbersOfCirculars(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		s.must(w.ChooseNotices(t.Context(), s.ann, []string{"features"}))
		closed, _, _ := w.Group("closed", forum.MembersOnly, func(d *forum.GroupDraft) { d.Roster = forum.ForReaders })
		read, _, _ := w.Group("read", forum.RegisteredOnly, func(d *forum.GroupDraft) { d.Roster = forum.ForMembers })
		for _, g := range []*forum.Group{closed, read} {
			w.Ready(g, w.Admin, s.ann)
			s.numbers(g)
		}
	})
}

// numbers has cat, who knows of the group and does not see who is in it, write to it.
func (s *post) numbers(g *forum.Group) {
	s.t.Helper()
	d := circular(s.World, "features", forum.ToGroup)
	d.Group = g.ID
	id, err := s.WriteCircular(s.t.Context(), s.cat, d)
	s.must(err)
	for _, sent := range []bool{false, true} {
		p, err := s.ReadCircular(s.t.Context(), s.cat, id)
		if err != nil || p.People != -1 || p.CircularReport != (forum.CircularReport{}) {
			s.t.Errorf("%s, sent: %t, outside: %+v %v", g.Slug, sent, p, err)
		}
		list, err := s.ReadCirculars(s.t.Context(), s.cat)
		if err != nil || slices.ContainsFunc(list, func(c forum.CircularRow) bool { return c.People > 0 }) {
			s.t.Errorf("%s in the list: %+v %v", g.Slug, list, err)
		}
		if p, err = s.ReadCircular(s.t.Context(), s.Admin, id); err != nil || p.People != 2 {
			s.t.Errorf("%s, sent: %t, inside: %+v %v", g.Slug, sent, p, err)
		}
		if !sent {
			s.must(s.SendCircular(s.t.Context(), s.cat, id, 1))
			s.want("the group's", s.claimed(id), "admin")
		}
	}
	p, err := s.ReadCircular(s.t.Context(), s.Admin, id)
	if err != nil || !p.Told || !p.Few || p.Sent != 1 || p.Missed != 1 || p.Declined+p.Failed+p.Left != 0 {
		s.t.Errorf("of few: %+v %v", p.CircularReport, err)
	}
}

// TestWhatWasSentStays: what was sent is not changed, not sent again and not thrown away; what was
// changed meanwhile is not sent unseen.
func TestWhatWasSentStays(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		d := circular(w, "features", forum.ToAll)
		id, err := w.WriteCircular(t.Context(), w.Admin, d)
		s.must(err)
		if again, err := w.WriteCircular(t.Context(), w.Admin, d); err != nil || again != id {
			t.Errorf("the double click made %d and %d: %v", id, again, err)
		}
		d.Source = "One"
		s.must(w.ChangeCircular(t.Context(), s.cat, id, 1, d))
		d.Source = "Two"
		kind(t, "over another's change", w.ChangeCircular(t.Context(), w.Admin, id, 1, d), forum.Invalid, "source: error.circular-newer")
		kind(t, "sent unseen", w.SendCircular(t.Context(), w.Admin, id, 1), forum.Invalid, "version: error.circular-newer")
		s.must(w.SendCircular(t.Context(), w.Admin, id, 2))
		for what, err := range map[string]error{"change": w.ChangeCircular(t.Context(), w.Admin, id, 2, d), "try": w.TryCircular(t.Context(), w.Admin, id), "send": w.SendCircular(t.Context(), w.Admin, id, 2), "discard": w.DiscardCircular(t.Context(), w.Admin, id)} {
			kind(t, what, err, forum.Conflict, "error.circular-sent")
		}
		if p, err := w.ReadCircular(t.Context(), w.Admin, id); err != nil || p.Source != "One" || p.SentBy != w.Admin.Member {
			t.Errorf("what was sent: %+v %v", p, err)
		}
		g, _, _ := w.Group("empty", forum.MembersOnly)
		exec(t, w, "UPDATE memberships SET standing = 0 WHERE group_id = ?", g.ID)
		d.Circle, d.Group, d.Key = forum.ToGroup, g.ID, w.Key()
		nobody, err := w.WriteCircular(t.Context(), w.Admin, d)
		s.must(err)
		kind(t, "to nobody", w.SendCircular(t.Context(), w.Admin, nobody, 1), forum.Invalid, "version: error.circular-nobody")
	})
}

// TestCircularsAreLogged: who, of which kind, to which circle and how many.
func TestCircularsAreLogged(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite")
	s := newPost(t, w)
	id, err := w.WriteCircular(t.Context(), w.Admin, circular(w, "billing", forum.ToCertified))
	s.must(err)
	s.must(w.TryCircular(t.Context(), s.cat, id))
	s.must(w.SendCircular(t.Context(), w.Admin, id, 1))
	var rows []struct {
		ActorID     forum.MemberID
		Act, Reason string
	}
	s.must(w.Store.Reader().NewRaw("SELECT actor_id, act, reason FROM log_entries WHERE object_id = ? ORDER BY seq", id).Scan(t.Context(), &rows))
	if len(rows) != 3 || rows[0].Act != "write-circular" || rows[1].Act != "try-circular" || rows[1].ActorID != s.cat.Member || rows[2].Act != "send-circular" || rows[2].Reason != "billing, certified, 2" {
		t.Errorf("the log: %+v", rows)
	}
	if whole, broken, err := w.CheckLog(t.Context()); err != nil || broken != 0 || whole == 0 {
		t.Errorf("the log's chain: %d %d %v", whole, broken, err)
	}
}

// TestTriedOut: who tries a draft out gets it, while they are an administrator who may read it.
func TestTriedOut(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newPost(t, w)
		id, err := w.WriteCircular(t.Context(), w.Admin, circular(w, "features", forum.ToAll))
		s.must(err)
		w.Effects.Take()
		for range 2 {
			s.must(w.TryCircular(t.Context(), s.cat, id))
		}
		facts := w.Effects.Take()
		if len(facts) != 2 || facts[0] == facts[1] {
			t.Fatalf("states %v", facts)
		}
		one, two := facts[0].(forum.CircularQueued).Mailing, facts[1].(forum.CircularQueued).Mailing
		if got, err := w.Claim(t.Context(), one, 9); err != nil || len(got) != 1 || got[0].Member != s.cat.Member {
			t.Errorf("tried out: %+v %v", got, err)
		}
		if c, err := w.MailedCircular(t.Context(), one); err != nil || c.ID != id {
			t.Errorf("the mail: %+v %v", c, err)
		}
		s.must(w.Relieve(t.Context(), w.Admin, s.cat.Member, forum.Administrator, "the term is over"))
		if got, err := w.Claim(t.Context(), two, 9); err != nil || len(got) != 0 {
			t.Errorf("of one who is no administrator any more: %+v %v", got, err)
		}
	})
}
