package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestOfferMentions: one who writes is offered whom they see there anyhow, and nobody else; that somebody does not read
// there is said only where they may know it.
func TestOfferMentions(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		board, topic := forum.WritingAt{Board: s.board.ID}, forum.WritingAt{Topic: s.topic.ID}
		anna, annex := w.CertifiedMember("anna"), w.CertifiedMember("annex")
		hidden := w.CertifiedMember("annhidden")
		for _, who := range []forum.Actor{anna, annex} {
			s.must(w.Show(ctx, who, forum.Showing{EmailTo: forum.Nobody, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody, Listed: forum.Registered}))
		}
		s.must(w.Show(ctx, hidden, forum.Showing{EmailTo: forum.Nobody, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody, Listed: forum.Nobody}))
		w.Ready(s.group, anna)
		offers := func(what string, who forum.Actor, at forum.WritingAt, beginning, want string) {
			t.Helper()
			found, err := w.OfferMentions(ctx, who, at, beginning)
			s.must(err)
			var got string
			for _, m := range found {
				got += fmt.Sprintf("%s %t,", m.Handle, m.Reads)
			}
			if got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		offers("of members, and of the directory", s.bob, board, "ann", "ann true,anna true,annex false,")
		offers("who spoke first", s.bob, topic, "ANN", "ann true,anna true,annex false,")
		offers("of the name", s.bob, board, "test", "admin true,ann true,anna true,annex false,")
		offers("nothing typed: who spoke", s.bob, topic, "", "ann true,")
		offers("one letter: who spoke", s.bob, topic, "a", "ann true,")
		offers("nothing spoken", s.bob, board, "", "")
		offers("signs are no patterns", s.bob, board, "a%", "")
		offers("signs are no patterns", s.bob, board, "an_", "")
		offers("an outsider", w.Member("out"), board, "ann", "")
		offers("an outsider", w.Member("out2"), topic, "ann", "")
		offers("a visitor", forum.Actor{}, topic, "ann", "")

		s.must(w.ChangeProfile(ctx, anna, forum.Profile{Name: "Émilie Øster-Łuk", Zone: "UTC"}))
		for _, begins := range []string{"emi", "Émi", "ÉMI"} {
			offers("accents or none, "+begins, s.bob, board, begins, "anna true,")
		}
		if got, err := w.OfferTalk(ctx, s.bob, "Ost"); err != nil || len(got) != 1 {
			t.Errorf("a talk offers %v %v", got, err)
		}
		for _, none := range []string{"\u0301", "\u0301\u0301", "a\u0301\u0301", " \u0301 "} { // accents are no letters
			if got, err := w.OfferTalk(ctx, s.bob, none); err != nil || len(got) > 0 {
				t.Errorf("a talk offers for accents %v %v", got, err)
			}
			if got, err := w.SearchNamed(ctx, s.bob, "author", "\u0301"); err != nil || len(got) > 0 {
				t.Errorf("accents name %v %v", got, err)
			}
			offers("accents alone", s.bob, board, none, "")
		}
		exec(t, w, "UPDATE members SET name_key = ''") // as before there were keys
		s.must(w.Store.Migrate(ctx))
		for _, word := range []string{"oster", "Émilie", "luk", "OSTER-L"} {
			if got, err := w.SearchNamed(ctx, s.bob, "author", word); err != nil || len(got) != 1 || got[0].ID != int64(anna.Member) {
				t.Errorf("%s names %v %v", word, got, err)
			}
		}
		s.must(w.ChangeProfile(ctx, anna, forum.Profile{Name: "Anna Test", Zone: "UTC"}))
		exec(t, w, "UPDATE topics SET reach = 1, reach_of = 0 WHERE id = ?", s.topic.ID)
		exec(t, w, "UPDATE posts SET reach = 1, reach_of = 0 WHERE topic_id = ?", s.topic.ID)
		offers("what was for many in a place that is shut", w.Member("out3"), topic, "", "")
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.topic.ID)
		exec(t, w, "UPDATE posts SET reach = 3, reach_of = ? WHERE topic_id = ?", s.group.ID, s.topic.ID)

		notReaders := func(what string, who forum.Actor, at forum.WritingAt, want string) {
			t.Helper()
			found, err := w.NotReaders(ctx, who, at, []string{"ANNA", "annex", "annhidden", "nobody", "bob"})
			s.must(err)
			got := ""
			for _, m := range found {
				got += m.Handle + ","
			}
			if got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		notReaders("who is seen", s.bob, topic, "annex,")
		notReaders("who is seen", s.bob, board, "annex,")
		notReaders("an outsider", w.As(hidden.Member), board, "")
		if found, err := w.NotReaders(ctx, s.bob, board, nil); err != nil || found != nil {
			t.Errorf("nobody named: %v %v", found, err)
		}

		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		offers("where members do not see who the others are: who spoke", s.bob, topic, "ann", "ann true,")
		offers("and nobody before one did", s.bob, board, "ann", "")
		offers("a moderator", w.Admin, board, "ann", "ann true,anna true,annex false,")
		notReaders("where members do not see who the others are", s.bob, topic, "")
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, "over"))
		offers("who spoke and left is not told of", s.bob, topic, "ann", "ann true,")
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForMembers })
		offers("but where they may know", s.bob, topic, "ann", "ann false,anna true,annex false,")

		half, halfBoard, _ := w.Group("half", forum.RegisteredOnly, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		w.Ready(half, s.bob, w.Member("annsilent"))
		offers("who is a member and not seen, in a place for many", s.bob, forum.WritingAt{Board: halfBoard.ID}, "annsi", "")
		offers("but by a moderator", w.Admin, forum.WritingAt{Board: halfBoard.ID}, "annsi", "annsilent true,")

		_, masked, _ := w.Group("masked", forum.MembersOnly, func(d *forum.GroupDraft) { d.Class, d.Roster = forum.ChathamClass, forum.ForModerators })
		g, err := w.FindGroup(ctx, w.Admin, "masked")
		s.must(err)
		w.Ready(&g.Group.Group, s.bob, anna)
		mt, err := w.StartTopic(ctx, anna, masked.ID, draft(w, "masked"))
		s.must(err)
		offers("who spoke behind a mask", s.bob, forum.WritingAt{Topic: mt.ID}, "an", "")
		offers("who spoke behind a mask", s.bob, forum.WritingAt{Topic: mt.ID}, "", "")

		for range 600 {
			if _, err = w.OfferMentions(ctx, s.bob, board, "a"); err != nil {
				break
			}
		}
		kind(t, "too often", err, forum.TooMany, "")
	})
}

// TestOffersAreFew: of many there are eight.
func TestOffersAreFew(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		for i := range 9 {
			w.Ready(s.group, w.Member(fmt.Sprint("many", i)))
		}
		if found, err := w.OfferMentions(t.Context(), s.bob, forum.WritingAt{Board: s.board.ID}, "many"); err != nil || len(found) != 8 {
			t.Errorf("%d %v", len(found), err)
		}
	})
}

// TestOffersBehindMasks: who may not read a topic behind masks any more is told of as everybody else, though they wrote it;
// nor does a handle in it, shown as a mention or not, tell whose it is.
func TestOffersBehindMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		_, board, _ := w.Group("masked", forum.MembersOnly, func(d *forum.GroupDraft) { d.Class, d.Roster = forum.ChathamClass, forum.ForMembers })
		g, err := w.FindGroup(ctx, w.Admin, "masked")
		s.must(err)
		masker, other := w.CertifiedMember("masker"), w.CertifiedMember("other")
		w.Ready(&g.Group.Group, s.bob, masker, other)
		topic, err := w.StartTopic(ctx, masker, board.ID, draft(w, "masked"))
		s.must(err)
		p, err := w.Reply(ctx, s.bob, topic.ID, forum.Draft{Source: "@masker and @other", Key: w.Key()})
		s.must(err)
		for _, who := range []forum.Actor{masker, other} {
			s.must(w.Show(ctx, who, forum.Showing{EmailTo: forum.Nobody, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody, Listed: forum.Registered}))
			s.must(w.Leave(ctx, who, g.Group.ID))
		}
		found, err := w.NotReaders(ctx, s.bob, forum.WritingAt{Topic: topic.ID}, []string{"masker", "other"})
		if err != nil || len(found) != 2 {
			t.Errorf("who reads no more: %v %v", found, err)
		}
		for _, like := range []string{"mask", "othe"} {
			if found, err := w.OfferMentions(ctx, s.bob, forum.WritingAt{Topic: topic.ID}, like); err != nil || len(found) != 1 || found[0].Reads {
				t.Errorf("%s: %v %v", like, found, err)
			}
		}
		page, err := w.ReadTopic(ctx, s.bob, topic.ID, 0)
		s.must(err)
		for i := range page.Posts {
			if page.Posts[i].ID == p.ID && page.Posts[i].Mentioned != nil {
				t.Errorf("mentioned: %v", page.Posts[i].Mentioned)
			}
		}
	})
}

// TestOffersOfTheCertified: in a place for the certified it is told neither whose certificate ended, nor who is a member there
// where that is not seen.
func TestOffersOfTheCertified(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		g, board, _ := w.Group("certified", forum.CertifiedOnly, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		ann, bob, cleo := w.CertifiedMember("ann"), w.CertifiedMember("bob"), w.CertifiedMember("cleo")
		w.Ready(g, ann, bob, cleo)
		topic, err := w.StartTopic(ctx, cleo, board.ID, draft(w, "spoken"))
		if err != nil {
			t.Fatal(err)
		}
		told := func(what string, who forum.Actor) {
			t.Helper()
			if found, err := w.NotReaders(ctx, who, forum.WritingAt{Topic: topic.ID}, []string{"cleo"}); err != nil || found != nil {
				t.Errorf("%s: %v %v", what, found, err)
			}
			if found, err := w.OfferMentions(ctx, who, forum.WritingAt{Topic: topic.ID}, "cl"); err != nil || len(found) != 1 || !found[0].Reads {
				t.Errorf("%s: %v %v", what, found, err)
			}
		}
		told("before", ann)
		exec(t, w, "UPDATE certificates SET revoked_at = 1 WHERE member_id = ?", cleo.Member)
		told("whose certificate ended", ann)
		exec(t, w, "UPDATE memberships SET standing = 0 WHERE member_id = ?", cleo.Member)
		told("who left, too", ann)
	})
}

// TestDecidedOfOthers: who moderates a group no more does not learn whether somebody whom they let in is still in.
func TestDecidedOfOthers(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		g, _, _ := w.Group("asked", forum.RegisteredOnly, func(d *forum.GroupDraft) { d.Joining = forum.ByAsking })
		w.Ready(g, s.bob)
		s.must(w.Appoint(ctx, w.Admin, g.ID, s.bob.Member, forum.Moderator))
		cat := w.Member("cat")
		s.must(w.AskToJoin(ctx, cat, g.ID, "please"))
		s.must(w.Decide(ctx, s.bob, g.ID, cat.Member, true))
		has := func(what string, want bool) {
			t.Helper()
			if got, err := w.HasDecided(ctx, s.bob, g.ID, cat.Member, true); err != nil || got != want {
				t.Errorf("%s: %t %v", what, got, err)
			}
		}
		has("a moderator", true)
		s.must(w.Remove(ctx, w.Admin, g.ID, s.bob.Member, "over"))
		has("a moderator no more", false)
	})
}
