package forum_test

import (
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestHideMessage: what moderators hide in a room leaves its line and the reason; its words only its author reads, and the
// moderators on the page by which they show it again. Its author gets a statement of reasons, behind a mask too, and an
// objection that is right brings it back; no vote of authors does.
func TestHideMessage(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx, id := t.Context(), s.said.Ref
		otto, dora := w.As(s.otto.Member), w.As(s.dora.Member)
		reported := s.report(dora, s.what(s.said))
		for who, by := range map[string]forum.Actor{"a member": dora, "its author": otto} {
			kind(t, who, w.HideMessage(ctx, by, id, advert), forum.Forbidden, "error.")
			_, err := w.ReadModeratedMessage(ctx, by, id)
			kind(t, who+" asks for the form", err, forum.Forbidden, "error.")
		}
		for who, by := range map[string]forum.Actor{"a stranger": s.stranger, "a visitor": {}} {
			kind(t, who, w.HideMessage(ctx, by, id, advert), forum.NotFound, "error.not-found")
		}
		kind(t, "without a reason", w.HideMessage(ctx, s.eve, id, forum.ActDraft{}), forum.Invalid, "reason: error.choose")
		w.Effects.Take()
		for range 2 {
			s.must(w.HideMessage(ctx, s.eve, id, advert))
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[1] != (forum.Said{Room: s.room.ID, Seq: 2}) {
			t.Errorf("hiding twice states %v", facts)
		}
		if got := mailed(t, w, "note.act-hide-message"); !slices.Equal(got, []forum.MemberID{s.otto.Member}) {
			t.Errorf("told are %v", got)
		}
		for _, c := range []struct {
			by    forum.Actor
			words bool
		}{{s.eve, false}, {w.Admin, false}, {dora, false}, {otto, true}} {
			by := w.As(c.by.Member)
			p, err := w.ReadRoom(ctx, by, "house", "house", forum.SaidCursor{})
			if err != nil || len(p.Messages) != 1 || p.Messages[0].HiddenWhy != "spam" || (p.Messages[0].HTML+p.Messages[0].Plain+p.Messages[0].Source != "") != c.words || !p.Messages[0].Veiled {
				t.Errorf("%s reads %+v %v", by.Name, p.Messages, err)
			}
			if said, err := w.ReadMessages(ctx, by, s.room.ID, 0, 10); err != nil || len(said) != 1 || said[0].HiddenWhy == "" || (said[0].Plain+said[0].HTML+said[0].Source != "") != c.words {
				t.Errorf("%s catches up with %+v %v", by.Name, said, err)
			}
			if err := w.MayHear(ctx, by, s.room.ID, 1); (err == nil) != c.words {
				t.Errorf("%s hears it: %v", by.Name, err)
			}
		}
		if said, err := w.SaidBetween(ctx, s.room.ID, 0, 9, 10); err != nil || len(said) != 1 || said[0].Plain != "" || said[0].ForAll {
			t.Errorf("the live channel gets %+v %v", said, err)
		}
		if c, err := w.ReadCase(ctx, s.kim, reported); err != nil || !c.Seen || !strings.Contains(c.What.Plain, "behind a mask") || !c.What.Veiled {
			t.Errorf("its case %+v %v", c, err)
		}
		if m, err := w.ReadModeratedMessage(ctx, s.kim, id); err != nil || !strings.Contains(m.Plain, "behind a mask") || !m.Veiled {
			t.Errorf("the form %+v %v", m, err)
		}
		for who, by := range map[string]forum.Actor{"a member": dora, "a stranger": s.stranger, "a visitor": {}} {
			_, err := w.ReadModeratedMessage(ctx, by, id)
			kind(t, who+" reads it hidden", err, forum.NotFound, "error.not-found")
			kind(t, who+" shows it", w.ShowMessage(ctx, by, id), forum.NotFound, "error.not-found")
		}
		if r, err := w.ReadRecord(ctx, s.eve, "house", s.otto.Member); err != nil || len(r.Acts) != 0 {
			t.Errorf("the record tells whose it is: %+v %v", r.Acts, err)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility, d.Class = forum.RegisteredOnly, forum.ChathamClass })
		ballot, err := w.OpenBallot(ctx, w.As(w.Admin.Member), s.group.ID, 0, 14)
		s.must(err)
		if b, err := w.ReadBallot(ctx, otto, ballot); err != nil || slices.ContainsFunc(b.Items, func(i forum.BallotItem) bool { return i.ItemID == id }) {
			t.Errorf("its author is asked about it: %+v %v", b.Items, err)
		}
		a := statement(t, w, s.otto)
		s.must(w.Object(ctx, otto, a.ID, "it was nothing bad"))
		o, err := w.ReadObjection(ctx, w.As(s.kim.Member), a.ID)
		if err != nil || !o.Seen || o.MemberID != 0 || !strings.Contains(o.What.Plain, "behind a mask") || !o.What.Veiled {
			t.Errorf("the objection %+v %v", o, err)
		}
		s.must(w.AnswerObjection(ctx, w.As(s.kim.Member), a.ID, true, "you are right there"))
		for range 2 {
			if p, err := w.ReadRoom(ctx, dora, "house", "house", forum.SaidCursor{}); err != nil || p.Messages[0].HiddenWhy != "" || !strings.Contains(p.Messages[0].Plain, "behind a mask") || p.Messages[0].Reach != forum.Members {
				t.Errorf("shown again: %+v %v", p.Messages, err)
			}
			s.must(w.HideMessage(ctx, w.As(s.eve.Member), id, advert))
			s.must(w.ShowMessage(ctx, w.As(s.kim.Member), id))
		}
		if n := count(t, w, "SELECT count(*) FROM hidden_messages"); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}
