package forum_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// posting is a board with a reader who gets each post, and what the relay has taken.
type posting struct {
	*forumtest.World
	t     *testing.T
	group *forum.Group
	board *forum.Board
	ann   forum.Actor
}

func newPosting(t *testing.T, w *forumtest.World) *posting {
	g, b, _ := w.Group("inner", forum.MembersOnly)
	ann := w.CertifiedMember("ann")
	w.Ready(g, w.Admin, ann)
	p := &posting{w, t, g, b, w.As(ann.Member)}
	p.must(w.Subscribe(t.Context(), ann, b.ID, forum.Each))
	return p
}

func (p *posting) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// post writes something and queues its list mail.
func (p *posting) post() forum.Mailing {
	p.t.Helper()
	topic, err := p.StartTopic(p.t.Context(), p.Admin, p.board.ID, forum.Draft{Title: "T", Source: "x", Key: p.Key()})
	p.must(err)
	page, err := p.ReadTopic(p.t.Context(), p.Admin, topic.ID, 0)
	p.must(err)
	p.must(p.QueuePost(p.t.Context(), page.Posts[0].ID))
	return forum.Mailing{Kind: "post", Ref: int64(page.Posts[0].ID)}
}

// hand claims what waits of a mailing, and writes down what became of it.
func (p *posting) hand(what forum.Mailing, o forum.Outcome) (n int) {
	p.t.Helper()
	to, err := p.Claim(p.t.Context(), what, 10)
	p.must(err)
	var out []forum.Outcome
	for _, r := range to {
		o.Member = r.Member
		out = append(out, o)
	}
	if out != nil {
		p.must(p.Delivered(p.t.Context(), what, out))
	}
	return len(out)
}

// mail sends one list mail and gives its return address.
func (p *posting) mail() string {
	p.t.Helper()
	what := p.post()
	if n := p.hand(what, forum.Outcome{State: forum.Sent}); n != 1 {
		p.t.Fatalf("%d mails went", n)
	}
	return p.BounceToken(what, p.ann.Member)
}

func (p *posting) back(token string, r forum.Return) {
	p.t.Helper()
	p.must(p.TakeReturn(p.t.Context(), token, forum.Bounce{Return: r, Status: "5.1.1"}))
}

func (p *posting) paused() forum.Return {
	p.t.Helper()
	is, err := p.ReadMailPause(p.t.Context(), p.ann)
	p.must(err)
	if (is.Since == 0) != (is.Why == 0) {
		p.t.Errorf("since %d for %v", is.Since, is.Why)
	}
	return is.Why
}

func (p *posting) state(what forum.Mailing) (s forum.DeliveryState, trouble string) {
	p.t.Helper()
	d, err := p.ReadDelivery(p.t.Context(), p.ann, what, p.ann.Member)
	p.must(err)
	return d.State, d.Trouble
}

const aDay = 24 * time.Hour

// TestScores: at how many days with what mail is paused.
func TestScores(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		for _, c := range []struct {
			what string
			of   forum.Return
			days int
		}{{"hard", forum.HardReturn, 2}, {"soft", forum.SoftReturn, 8}, {"unclear", forum.UnclearReturn, 16}, {"a complaint", forum.Complaint, 1}} {
			for day := 1; day <= c.days; day++ {
				for range 3 { // of a day the worst counts, once
					if p.paused() != 0 {
						t.Fatalf("%s: paused before day %d was over", c.what, day)
					}
					p.back(p.mail(), c.of)
					if c.days == 1 {
						break
					}
					if day == c.days {
						break
					}
				}
				if got := p.paused(); (got == c.of) != (day == c.days) {
					t.Errorf("%s: after %d days %v", c.what, day, got)
				}
				w.Pass(aDay)
			}
			if g, err := w.ReadGroup(t.Context(), w.As(p.ann.Member), "inner"); err != nil || !g.Group.In || g.Modes[p.board.ID] != forum.Each {
				t.Errorf("%s: the membership is %+v %v", c.what, g.Group.In, err)
			}
			p.must(w.ResumeMail(t.Context(), p.ann))
			p.must(w.ResumeMail(t.Context(), p.ann))
			if p.paused() != 0 {
				t.Errorf("%s: it goes on after its end", c.what)
			}
		}
		p.back(p.mail(), forum.HardReturn)
		w.Pass(13 * aDay)
		late := p.mail() // and nothing comes back of it
		w.Pass(7 * aDay)
		p.back(p.mail(), forum.HardReturn)
		if p.paused() != 0 {
			t.Error("a mail that arrived is no new beginning")
		}
		w.Pass(aDay)
		p.back(p.mail(), forum.HardReturn)
		if p.paused() != forum.HardReturn {
			t.Error("two days after it do not pause")
		}
		p.must(w.ResumeMail(t.Context(), p.ann))
		p.back(late, forum.HardReturn)
		p.back(p.mail(), forum.HardReturn)
		w.Pass(31 * aDay)
		p.back(p.mail(), forum.HardReturn)
		if p.paused() != 0 {
			t.Error("what is a month old counts")
		}
		kind(t, "nobody's pause", w.ResumeMail(t.Context(), forum.Actor{}), forum.Forbidden, "error.sign-in-first")
	})
}

// TestForgedReturns: a return address that was made up, changed, used before, is of another mail or of one that did not
// go, or too old, changes nothing.
func TestForgedReturns(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		bob := w.CertifiedMember("bob")
		w.Ready(p.group, bob)
		complain := func(token string) error {
			return w.TakeReturn(t.Context(), token, forum.Bounce{Return: forum.Complaint})
		}
		unchanged := func(what string) {
			t.Helper()
			if p.paused() != 0 {
				t.Errorf("%s: mail is paused", what)
				p.must(w.ResumeMail(t.Context(), p.ann))
			}
		}
		what := p.post()
		token := w.BounceToken(what, p.ann.Member)
		if len("bounce+"+token) > 64 {
			t.Errorf("%d signs before the @", len("bounce+"+token))
		}
		p.must(complain(token))
		unchanged("of a mail that waits")
		to, err := w.Claim(t.Context(), what, 10)
		p.must(err)
		kind(t, "while it is handed over", complain(token), forum.TooMany, "error.under-way")
		p.must(w.Delivered(t.Context(), what, []forum.Outcome{{Member: to[0].Member, State: forum.Failed}}))
		p.must(complain(token))
		unchanged("of a mail that did not go")
		for what, forged := range map[string]string{"made up": strings.Repeat("a", 56), "empty": "", "of another purpose": w.ReplyToken(p.ann.Member, forum.PostID(what.Ref), forum.Audience{}), "as it was": w.LinkToken("bounce", int64(p.ann.Member)),
			"changed": "b" + token[1:], "cut": token[:55], "longer": token + "a"} {
			if forged == token {
				forged = "c" + token[1:]
			}
			kind(t, what, complain(forged), forum.NotFound, "error.not-found")
			if w.CheckBounceToken(forged) == nil {
				t.Errorf("%s: it is taken", what)
			}
		}
		p.must(w.CheckBounceToken(strings.ToUpper(token)))
		sent := p.post()
		p.hand(sent, forum.Outcome{State: forum.Sent})
		for what, other := range map[string]string{"of who did not get it": w.BounceToken(sent, bob.Member), "of another kind": w.BounceToken(forum.Mailing{Kind: "digest", Ref: sent.Ref}, p.ann.Member),
			"of nothing": w.BounceToken(forum.Mailing{Kind: "post", Ref: 7}, p.ann.Member)} {
			p.must(complain(other))
			unchanged(what)
		}
		once := p.mail()
		for range 3 {
			p.back(once, forum.HardReturn)
			w.Pass(aDay)
		}
		unchanged("three times the same")
		p.must(w.TakeReturn(t.Context(), once, forum.Bounce{})) // nothing came back
		p.must(w.TakeReturn(t.Context(), once, forum.Bounce{Return: 9}))
		w.Pass(14 * aDay)
		if err := complain(once); err == nil {
			unchanged("too old")
		} else {
			kind(t, "too old", err, forum.NotFound, "error.not-found")
		}
		unchanged("too old")
		fresh := w.BounceToken(forum.Mailing{Kind: "post", Ref: sent.Ref}, p.ann.Member) // of today, of a mail of long ago
		p.must(complain(fresh))
		unchanged("made anew for an old mail")
		p.back(p.mail(), forum.Complaint)
		if p.paused() != forum.Complaint {
			t.Error("a true one does nothing")
		}
	})
}

// TestPausedMail: of each kind nothing goes out while mail is paused, but what is about the account; nothing of it is lost
// without a trace.
func TestPausedMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		ctx := t.Context()
		queue := func(kind string, ref int64) forum.Mailing {
			_, err := w.Store.Writer().NewRaw("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) VALUES (?, ?, ?, ?, ?)", kind, ref, p.ann.Member, forum.At(w.Now()), forum.At(w.Now())).Exec(ctx)
			p.must(err)
			return forum.Mailing{Kind: kind, Ref: ref}
		}
		before := p.post() // it waits when the pause begins
		p.back(p.mail(), forum.Complaint)
		id, err := w.WriteCircular(ctx, w.Admin, forum.CircularDraft{Kind: "billing", Circle: forum.ToGroup, Group: p.group.ID, Subject: "s", Source: "x", Key: w.Key()})
		p.must(err)
		p.must(w.SendCircular(ctx, w.Admin, id, 1))
		stopped := []forum.Mailing{before, p.post(), {Kind: "circular", Ref: id}, queue("digest", 1), queue("note.queue", 2), queue("note.asked", 3), queue("note.held", 4)}
		reply, err := w.StartTopic(ctx, p.ann, p.board.ID, forum.Draft{Title: "Mine", Source: "x", Key: w.Key()})
		p.must(err)
		answer, err := w.Reply(ctx, w.Admin, reply.ID, forum.Draft{Source: "y", Key: w.Key()})
		p.must(err)
		p.must(w.Notify(ctx, answer.ID, false))
		w.Effects.Take()
		w.Pass(time.Hour)
		p.must(w.SendNews(ctx))
		for _, fact := range w.Effects.Take() {
			if n, ok := fact.(forum.NewsOpened); ok {
				stopped = append(stopped, forum.Mailing{Kind: "news", Ref: n.Mail})
			}
		}
		if len(stopped) != 8 {
			t.Fatalf("%d kinds", len(stopped))
		}
		for _, what := range stopped {
			to, err := w.Claim(ctx, what, 10)
			p.must(err)
			for _, r := range to {
				if r.Member == p.ann.Member {
					t.Errorf("%s goes out", what.Kind)
				}
			}
			if s, _ := p.state(what); s != forum.Paused {
				t.Errorf("%s is %v", what.Kind, s)
			}
			kind(t, what.Kind, w.StillRecipient(ctx, what, p.ann.Member), forum.NotFound, "error.not-found")
		}
		for n, tried := range []string{"note.password-changed", "note.reset-password", "note.certificate-30", "note.act-warn", "note.objection-answered"} {
			if to, err := w.Claim(ctx, queue(tried, int64(10+n)), 10); err != nil || len(to) != 1 {
				t.Errorf("%s is not tried: %v", tried, err)
			}
		}
		if own, err := w.ReadOwnCirculars(ctx, p.ann, 0, 10); err != nil || len(own) != 1 {
			t.Errorf("the service message does not stand on her page: %v %v", own, err)
		}
		if c, err := w.ReadCircular(ctx, w.Admin, id); err != nil || c.Sent+c.Waiting+c.Missed < 1 {
			t.Errorf("its report: %+v %v", c.CircularReport, err)
		}
		p.must(w.ResumeMail(ctx, p.ann))
		if n := p.hand(before, forum.Outcome{State: forum.Sent}); n != 0 {
			t.Errorf("%d old mails go out after the pause", n)
		}
		p.mail()
	})
}

// TestPausedDigests: while mail is paused no issue is made; the first one afterwards goes back eight days.
func TestPausedDigests(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		ctx := t.Context()
		bob := w.CertifiedMember("bob")
		w.Ready(p.group, bob)
		p.must(w.Subscribe(ctx, bob, p.board.ID, forum.Weekly))
		token := p.mail()
		p.must(w.Subscribe(ctx, p.ann, p.board.ID, forum.Daily))
		issues := func() (posts []int) {
			t.Helper()
			w.Effects.Take()
			for after := forum.MemberID(0); ; {
				next, err := w.ComposeDigests(ctx, after)
				p.must(err)
				if after = next; next == 0 {
					break
				}
			}
			for _, fact := range w.Effects.Take() {
				if made, ok := fact.(forum.DigestsComposed); ok {
					for _, issue := range made.Issues {
						all, err := w.ReadIssue(ctx, issue, new(forum.Known))
						p.must(err)
						if issue.MemberID == p.ann.Member {
							posts = append(posts, len(all))
						}
					}
				}
			}
			return posts
		}
		start := func() {
			_, err := w.StartTopic(ctx, w.Admin, p.board.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key()})
			p.must(err)
		}
		start()
		w.Pass(aDay)
		if got := issues(); len(got) != 1 || got[0] != 1 {
			t.Fatalf("before: %v", got)
		}
		p.back(token, forum.Complaint)
		for day := range 12 {
			start()
			w.Pass(aDay)
			if got := issues(); len(got) != 0 {
				t.Errorf("day %d of the pause: %v", day, got)
			}
		}
		p.must(w.ResumeMail(ctx, p.ann))
		if got := issues(); len(got) != 1 || got[0] != 7 { // those of seven days and some, and not of twelve
			t.Errorf("the first one: %v", got)
		}
		start()
		w.Pass(aDay)
		if got := issues(); len(got) != 1 || got[0] != 1 {
			t.Errorf("the second one: %v", got)
		}
	})
}

// TestRetries: a mail that nobody takes is tried for five days, of whatever kind, and then given up with a reason; one
// that is told to come later is not nearer to it.
func TestRetries(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		what := p.post()
		began, tries := w.Now(), 0
		for ; tries < 100; tries++ {
			if p.hand(what, forum.Outcome{State: forum.Waiting, Trouble: "450 later", Bounce: forum.Bounce{Return: forum.SoftReturn}}) == 0 {
				if s, _ := p.state(what); s == forum.Failed {
					break
				}
			}
			w.Pass(4 * time.Hour)
		}
		s, trouble := p.state(what)
		if took := w.Now().Sub(began); s != forum.Failed || !strings.Contains(trouble, "five days") || !strings.Contains(trouble, "450 later") || took < 5*aDay || took > 5*aDay+9*time.Hour || tries < 30 {
			t.Errorf("%v %q after %v and %d tries", s, trouble, took, tries)
		}
		what = p.post()
		p.hand(what, forum.Outcome{State: forum.Waiting, Later: time.Minute})
		if due, err := w.Due(t.Context(), 10); err != nil || slices.Contains(due, what) {
			t.Errorf("due at once: %v %v", due, err)
		}
		w.Pass(time.Minute)
		if n := p.hand(what, forum.Outcome{State: forum.Waiting, Later: time.Minute}); n != 1 {
			t.Errorf("%d are tried a minute later", n)
		}
		if d, err := w.ReadDelivery(t.Context(), p.ann, what, p.ann.Member); err != nil || d.Attempts != 0 {
			t.Errorf("%d attempts of what was not tried: %v", d.Attempts, err)
		}
	})
}

// TestNewAddressEndsPause: what came back of an old address says nothing of the new one, whenever it comes.
func TestNewAddressEndsPause(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		ctx := t.Context()
		in, err := w.LogIn(ctx, "ann", forumtest.Password, "Firefox", "3")
		p.must(err)
		change := func(to string) {
			w.Effects.Take()
			p.must(w.AskAddress(ctx, p.ann, forum.Own{Session: in.Session, Password: forumtest.Password}, to))
			for _, fact := range w.Effects.Take() {
				if n, ok := fact.(forum.AccountNoted); ok && n.Note == "note.new-address" {
					p.must(w.ConfirmNewAddress(ctx, p.ann, w.LinkToken("new-address", n.Ref), in.Session))
				}
			}
		}
		old := p.mail()
		older := p.mail()
		p.back(old, forum.Complaint)
		change("ann@new.example")
		if p.paused() != 0 {
			t.Error("the pause went along to the new address")
		}
		p.back(older, forum.Complaint)
		if p.paused() != 0 {
			t.Error("a mail to the old address pauses the new one")
		}
		what := forum.Mailing{Kind: "note.old-address"}
		p.must(w.Store.Reader().NewRaw("SELECT ref FROM deliveries WHERE kind = 'note.old-address'").Scan(ctx, &what.Ref))
		p.hand(what, forum.Outcome{State: forum.Sent})
		p.back(w.BounceToken(what, p.ann.Member), forum.Complaint)
		if p.paused() != 0 {
			t.Error("what came back from another address than theirs pauses it")
		}
	})
}

// TestRefusedAtOnce: an address that the relay refuses counts as one that comes back.
func TestRefusedAtOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		refused := forum.Outcome{State: forum.Failed, Trouble: "550", Bounce: forum.Bounce{Return: forum.HardReturn, Status: "5.1.1"}}
		for range 4 { // the mail itself was refused
			p.hand(p.post(), forum.Outcome{State: forum.Failed, Trouble: "554"})
			w.Pass(aDay)
		}
		p.hand(p.post(), refused)
		if p.paused() != 0 {
			t.Error("paused at the first")
		}
		w.Pass(aDay)
		p.hand(p.post(), refused)
		if p.paused() != forum.HardReturn {
			t.Error("not paused at the second")
		}
	})
}

// TestMailDays: administrators see numbers, owners those of the list mail that they may read, and none that comes from few.
func TestMailDays(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newPosting(t, w)
		ctx := t.Context()
		for _, name := range []string{"bob", "cid", "dan", "eva"} {
			m := w.CertifiedMember(name)
			w.Ready(p.group, m)
			p.must(w.Subscribe(ctx, m, p.board.ID, forum.Each))
		}
		w.Pass(aDay)
		what := p.post()
		p.hand(what, forum.Outcome{State: forum.Sent})
		p.back(w.BounceToken(what, p.ann.Member), forum.HardReturn)
		p.back(w.BounceToken(what, p.ann.Member), forum.Complaint)
		days, paused, err := w.ReadMailDays(ctx, w.Admin)
		if err != nil || len(days) != 30 || paused != 1 || days[0].Sent != 5 || days[0].Bounced != 1 || days[0].Complaints != 1 || days[0].Paused != 1 || days[0].Failed != 0 || days[1].Sent != 0 {
			t.Errorf("%d days, %d paused, %+v %v", len(days), paused, days[:2], err)
		}
		if at := days[0].At.Time(); at.UTC().Format("2006-01-02 15") != w.Now().UTC().Format("2006-01-02")+" 12" {
			t.Errorf("today is %v", at)
		}
		own, err := w.ReadGroupMail(ctx, w.Admin, p.group.ID)
		if err != nil || len(own) != 30 || own[0].Sent != 5 || own[0].Bounced != forum.FewerThan || own[0].Complaints != forum.FewerThan || own[0].Paused != forum.FewerThan || own[0].Failed != forum.FewerThan || own[1].Sent != forum.FewerThan {
			t.Errorf("of the group: %+v %v", own[:2], err)
		}
		second := p.post() // of four, since one is paused: that it is one less is not told
		p.hand(second, forum.Outcome{State: forum.Sent})
		w.Pass(aDay)
		p.hand(p.post(), forum.Outcome{State: forum.Sent})
		if own, err = w.ReadGroupMail(ctx, w.Admin, p.group.ID); err != nil || own[0].Sent != forum.FewerThan || own[1].Sent != 9 {
			t.Errorf("of few: %+v %v", own[:2], err)
		}
		// An owner who joined later reads nothing of before, nor how many got it.
		fay := w.CertifiedMember("fay")
		w.Pass(time.Second)
		w.Ready(p.group, fay)
		p.must(w.Appoint(ctx, w.Admin, p.group.ID, fay.Member, forum.Owner))
		fay = w.As(fay.Member)
		for place, change := range map[string]string{"the post": "UPDATE posts SET from_join = ?", "the topic": "UPDATE topics SET from_join = ?"} {
			for fromJoin, want := range []int{9, forum.FewerThan} {
				exec(t, w, change, fromJoin)
				if own, err = w.ReadGroupMail(ctx, fay, p.group.ID); err != nil || own[1].Sent != want {
					t.Errorf("%s, from the day of joining %d: %d %v", place, fromJoin, own[1].Sent, err)
				}
			}
			exec(t, w, change, 0)
		}
		_, _, err = w.ReadMailDays(ctx, p.ann)
		kind(t, "a member's look at all", err, forum.Forbidden, "error.administrators-only")
		_, err = w.ReadGroupMail(ctx, p.ann, p.group.ID)
		kind(t, "a member's look at the group's", err, forum.Forbidden, "error.owners-only")
		out := w.Member("out")
		_, err = w.ReadGroupMail(ctx, out, p.group.ID)
		kind(t, "an outsider's", err, forum.Forbidden, "error.owners-only")
	})
}
