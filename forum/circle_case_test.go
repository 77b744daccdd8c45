package forum_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// looks says who of some finds a case, by each way to see it.
func (c *circled) looks(id int64, all ...forum.Actor) string {
	c.t.Helper()
	var out []string
	for _, by := range all {
		by = c.As(by.Member)
		n := 0
		queues, err := c.CountQueues(c.t.Context(), by, 0)
		c.must(err)
		for _, q := range queues {
			n += q.Cases
		}
		_, page := c.ReadCase(c.t.Context(), by, id)
		work, err := c.ReadWork(c.t.Context(), by, "")
		c.must(err)
		_, note := c.ReadCaseNote(c.t.Context(), by, id)
		sees := page == nil
		if (note == nil) != sees || sees != slices.ContainsFunc(work.Cases, func(r forum.CaseRow) bool { return r.ID == id }) || n != len(work.Cases) {
			c.t.Errorf("%s: page %v, note %v, %d counted, queue %+v", by.Handle, page, note, n, work.Cases)
		}
		if !sees {
			kind(c.t, by.Handle+" notes", c.NoteCase(c.t.Context(), by, id, "what is this"), forum.NotFound, "error.not-found")
			continue
		}
		out = append(out, by.Handle)
	}
	return strings.Join(out, " ")
}

// speaks and changes are bob's, in the circle.
func (c *circled) speaks(words string) *forum.ChatMessage {
	c.t.Helper()
	m, err := c.Say(c.t.Context(), c.bob, c.circle.ID, words, c.Key())
	c.must(err)
	return m
}

func (c *circled) changes(m *forum.ChatMessage, words string) *forum.ChatMessage {
	c.t.Helper()
	c.must(c.ChangeMessage(c.t.Context(), c.bob, m.ID, words, 0))
	return m
}

// TestCasesOfCircles: what is reported in a circle is looked at by the moderators who are in it, and no others learn of it; where none is whom it
// is not about, by the body's administrators, who are told that it is there and can answer, and nothing else.
func TestCasesOfCircles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{Keep: 24})
		ctx := t.Context()
		staff := w.Member("staff")
		c.must(w.Grant(ctx, w.Admin, staff.Member, forum.Administrator))
		everybody := []forum.Actor{c.ann, c.bob, c.eve, c.olga, w.Admin, staff}
		report := func(by forum.Actor, m *forum.ChatMessage) (id int64) {
			t.Helper()
			c.must(errOf(w.Report(ctx, by, forum.Reported{Kind: forum.ReportedMessage, Ref: m.ID}, unkind)))
			c.must(w.Store.Reader().NewRaw("SELECT max(id) FROM cases WHERE ref = ?", m.ID).Scan(ctx, &id))
			return id
		}
		is := func(what string, id int64, want string) {
			t.Helper()
			if got := c.looks(id, everybody...); got != want {
				t.Errorf("%s: %s look at it, want %s", what, got, want)
			}
		}
		bobs, err := w.Say(ctx, c.bob, c.circle.ID, "canary of bob", w.Key())
		c.must(err)
		of := report(c.ann, bobs)
		is("by the one moderator in it", of, "ann")
		if got := mailed(t, w, "note.report-unattended"); len(got) != 0 {
			t.Errorf("told are %v", got)
		}
		about := report(c.bob, c.said)
		is("about the one moderator in it", about, "admin staff")
		if got := mailed(t, w, "note.report-unattended"); !slices.Equal(got, sorted(w.Admin.Member, staff.Member)) {
			t.Errorf("told are %v", got)
		}
		p, err := w.ReadCase(ctx, w.As(staff.Member), about)
		c.must(err)
		if !p.Unattended || p.Seen || p.What.Plain != "" || p.What.Voice != "" || len(p.Said) != 0 {
			t.Errorf("staff are shown %+v", p)
		}
		c.must(w.TakeIntoCircle(ctx, c.ann, c.circle.ID, "eve")) // later than it was said, which is for all who are in it
		is("a second moderator is in it", of, "ann eve")
		is("a second moderator is in it", about, "eve")
		c.must(w.LeaveCircle(ctx, w.As(c.eve.Member), c.circle.ID))
		is("and out of it", about, "admin staff")
		c.must(w.CloseCase(ctx, w.As(staff.Member), about, "talk", "ask them to take a moderator in"))
		_, log, err := w.ReadModeration(ctx, w.As(c.eve.Member))
		c.must(err)
		for _, l := range log {
			if strings.Contains(l.Object+l.Reason, "canary") || l.Act == "close-case" && l.Object != "" {
				t.Errorf("the log tells eve %+v", l)
			}
		}
		c.vetting(forum.Vetting{Watched: "lottery"})
		for _, m := range []*forum.ChatMessage{c.speaks("the lottery"), c.changes(c.speaks("a game"), "the lottery, too")} {
			var id int64
			c.must(w.Store.Reader().NewRaw("SELECT id FROM cases WHERE ref = ?", m.ID).Scan(ctx, &id))
			is("with a watched word", id, "ann")
			c.must(w.CloseCase(ctx, w.As(c.ann.Member), id, "nothing", ""))
		}
		c.must(w.LeaveCircle(ctx, w.As(c.ann.Member), c.circle.ID))
		is("the last moderator is out", of, "admin staff")
		w.Pass(25 * time.Hour)
		c.must(w.ForgetSaid(ctx))
		is("the message is erased", of, "admin staff")
		c.must(w.CloseCase(ctx, w.As(staff.Member), of, "nothing", ""))
	})
}

// TestCasesOutlastWhatIsSaid: what was reported and had its time since is closed by those who looked at it.
func TestCasesOutlastWhatIsSaid(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		r := s.roomOf("hall", forum.RoomDraft{Keep: 24})
		m := s.say(s.ann, r, "words")
		s.must(errOf(w.Report(t.Context(), s.bob, forum.Reported{Kind: forum.ReportedMessage, Ref: m.ID}, unkind)))
		var id int64
		s.must(w.Store.Reader().NewRaw("SELECT id FROM cases").Scan(t.Context(), &id))
		w.Pass(25 * time.Hour)
		s.must(w.ForgetSaid(t.Context()))
		s.must(w.CloseCase(t.Context(), w.Admin, id, "nothing", "it is gone by itself"))
	})
}

func sorted(all ...forum.MemberID) []forum.MemberID {
	slices.Sort(all)
	return all
}
