package forum_test

import (
	"fmt"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestTalkAndStaff walks what lists groups, rooms, people, mails and numbers, in the name of an administrator who is in no talk, and of
// one who is in it: neither finds it anywhere but among their own talks. What acts on a group does not reach it.
func TestTalkAndStaff(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		p.must(w.Grant(ctx, w.Admin, p.eve.Member, forum.Administrator))
		p.must(w.Grant(ctx, w.Admin, p.ana.Member, forum.Administrator))
		ripen(t, w)
		p.ana, p.eve = w.As(p.ana.Member), w.As(p.eve.Member)
		id := p.start("canary-words", "ben", "chris")
		p.accept(id, p.ben)
		talk, err := w.ReadTalk(ctx, p.ana, id)
		p.must(err)
		room := p.room(p.ana, id)
		said := room.Messages[0].ID
		var known forum.GroupID
		p.must(w.Store.Reader().NewRaw("SELECT id FROM groups WHERE slug = 'known'").Scan(ctx, &known))
		traces := []string{"canary", talk.Slug, fmt.Sprint(room.Room.ID), fmt.Sprint(said), "note.talk"}
		for who, by := range map[string]forum.Actor{"an administrator": p.eve, "one who is in it": p.ana} {
			for what, read := range map[string]func() (any, error){
				"groups":         func() (any, error) { return w.ReadGroups(ctx, by) },
				"the rail":       func() (any, error) { return w.ReadNeighbours(ctx, by, known) },
				"the desk":       func() (any, error) { return w.ReadDesk(ctx, by) },
				"a member":       func() (any, error) { return w.ReadPerson(ctx, by, p.ben.Member) },
				"search":         func() (any, error) { return w.Readership(ctx, by) },
				"addressable":    func() (any, error) { return w.AddressableGroups(ctx, by) },
				"work":           func() (any, error) { return w.ReadWork(ctx, by, "") },
				"openings":       func() (any, error) { return w.ReadStaffOpenings(ctx, by) },
				"what waits":     func() (any, error) { return w.WaitingOpenings(ctx, by) },
				"figures":        func() (any, error) { return w.ReadFigures(ctx, by, true) },
				"the outbox":     func() (any, error) { return w.Deliveries(ctx, by, true, 0, 100) },
				"house mails":    func() (any, error) { return w.HouseMails(ctx, by, 0, 100) },
				"sanctions":      func() (any, error) { return w.ReadSanctions(ctx, by, 0) },
				"messages":       func() (any, error) { return w.ReadCirculars(ctx, by) },
				"designations":   func() (any, error) { return w.ReadDesignations(ctx, by) },
				"list mail":      func() (any, error) { return w.CountListMail(ctx, by) },
				"mail days":      func() (any, error) { d, _, err := w.ReadMailDays(ctx, by); return d, err },
				"what waits out": func() (any, error) { return w.CountQueued(ctx) },
				"erasures":       func() (any, error) { o, d, err := w.ReadErasures(ctx, by); return append(o, d...), err },
				"latest": func() (any, error) {
					rows, _, err := w.ReadFeed(ctx, by, forum.Latest, forum.TopicCursor{})
					return rows, err
				},
				"moderation": func() (any, error) { g, l, err := w.ReadModeration(ctx, by); return fmt.Sprint(g, l), err },
			} {
				got, err := read()
				if err != nil {
					t.Errorf("%s reads %s: %v", who, what, err)
				}
				for _, trace := range traces {
					if strings.Contains(fmt.Sprintf("%+v", got), trace) {
						t.Errorf("%s finds %q in %s: %+v", who, trace, what, got)
					}
				}
			}
			s := talk.Slug
			for what, act := range map[string]error{
				"the page":     only(w.FindGroup(ctx, by, s)),
				"its settings": only(w.ReadSettings(ctx, by, s)),
				"its members":  only(w.ReadManage(ctx, by, s)),
				"its queue":    only(w.ReadWork(ctx, by, s)),
				"its log":      only(w.ReadPublicLog(ctx, by, s)),
				"its openings": only(w.ReadOpenings(ctx, by, s)),
				"a record":     only(w.ReadRecord(ctx, by, s, p.ben.Member)),
				"a board":      only(w.BoardByAddress(ctx, by, s)),
				"a command":    w.Command(ctx, by, s, "help", forum.Incoming{MessageID: "<" + who + "@a.example>"}),
				"joining":      w.Join(ctx, p.eve, id),
				"leaving":      w.Leave(ctx, by, id),
				"asking":       w.AskToJoin(ctx, p.eve, id, "because"),
			} {
				kind(t, who+": "+what, act, forum.NotFound, "error.not-found")
			}
			for what, act := range map[string]error{
				"changing":   w.ChangeGroup(ctx, by, id, forum.GroupDraft{Name: "Mine", Visibility: forum.PublicToRead}, forum.PublicToRead),
				"a room":     only(w.OpenRoom(ctx, by, id, "second", forum.RoomDraft{Name: "Second"})),
				"appointing": w.Appoint(ctx, by, id, by.Member, forum.Owner),
				"removing":   w.Remove(ctx, by, id, p.ben.Member, "why"),
				"inviting":   w.Invite(ctx, by, id, p.dora.Member),
				"freezing":   w.Freeze(ctx, by, id, "calm"),
				"a ballot":   only(w.OpenBallot(ctx, by, id, 0, 14)),
				"hiding":     w.HideMessage(ctx, by, said, advert),
				"writing":    only(w.WriteCircular(ctx, by, forum.CircularDraft{Kind: forum.NoticeKinds[0].Name, Circle: forum.ToGroup, Group: id, Subject: "S", Source: "text", Key: w.Key()})),
			} {
				if act == nil || by.Member == p.eve.Member && forum.KindOf(act) != forum.NotFound && what != "writing" {
					t.Errorf("%s: %s: %v", who, what, act)
				}
			}
		}
		kind(t, "asking for a visit", w.AskVisit(ctx, p.eve, forum.VisitDraft{Address: talk.Slug, Reason: "a court asks for it", Hours: 1}), forum.Invalid, "address: error.slug")
		p.must(w.AskVisit(ctx, p.eve, forum.VisitDraft{Address: "known", Reason: "a court asks for it", Hours: 1}))
		exec(t, w, "UPDATE openings SET address = ?", talk.Slug) // as if the form took it
		o, err := w.ReadStaffOpenings(ctx, p.ana)
		p.must(err)
		kind(t, "agreeing to it", w.AnswerVisit(ctx, w.As(w.Admin.Member), o.Waiting[0].ID, true), forum.NotFound, "error.nothing-to-open")
		_, err = w.CreateGroup(ctx, p.eve, forum.GroupDraft{Slug: talk.Slug, Name: "Mine"})
		kind(t, "a group of its address", err, forum.Invalid, "slug: error.slug")
		var entries int
		p.must(w.Store.Reader().NewRaw("SELECT count(*) FROM log_entries WHERE group_id = ? OR object_id = ?", id, id).Scan(ctx, &entries))
		if entries != 0 {
			t.Errorf("%d entries of the log are about it", entries)
		}
	})
}

func only[T any](_ T, err error) error { return err }
