package forum_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// standings is what moderators have made of things: "locked 77", "muted 5 in 3".
type standings map[string]bool

func (s standings) String() string {
	var out []string
	for what, is := range s {
		if is {
			out = append(out, what)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// replayed are the acts of the log, what each makes of its object, and whether it ends it.
var replayed = map[string]struct {
	what string
	ends bool
}{
	"lock": {"locked", false}, "unlock": {"locked", true}, "pin": {"pinned", false}, "unpin": {"pinned", true}, "slow": {"slow", false}, "unslow": {"slow", true},
	"hide-post": {"hidden", false}, "show-post": {"hidden", true}, "freeze": {"frozen", false}, "unfreeze": {"frozen", true}, "suspend-member": {"suspended", false}, "reinstate": {"suspended", true},
	"mute": {"muted", false}, "unmute": {"muted", true}, "vet": {"vetted", false}, "unvet": {"vetted", true}, "ban": {"banned", false}, "unban": {"banned", true},
}

// undoes is what an objection that is granted ends, by the kind of the act.
var undoes = map[string]string{"hide": "hidden", "mute": "muted", "vet": "vetted", "suspend": "suspended"}

// replay makes of the log alone how things stand.
func (m *reading) replay() standings {
	m.t.Helper()
	var log []struct {
		Act, Reason       string
		ObjectID, GroupID int64
	}
	m.none(m.Store.Reader().NewRaw("SELECT act, reason, object_id, group_id FROM log_entries ORDER BY id").Scan(m.t.Context(), &log))
	out := standings{}
	for _, e := range log {
		r, known := replayed[e.Act]
		if e.Act == "take-back-act" {
			kind, _, _ := strings.Cut(e.Reason, ":")
			r.what, r.ends = undoes[kind], true
			known = r.what != ""
		}
		if !known {
			continue
		}
		key := fmt.Sprint(r.what, " ", e.ObjectID)
		if r.what == "muted" || r.what == "vetted" || r.what == "banned" {
			key += fmt.Sprint(" in ", e.GroupID)
		}
		out[key] = !r.ends
	}
	return out
}

// present reads how things stand.
func (m *reading) present() standings {
	m.t.Helper()
	out := standings{}
	now := forum.At(m.Now())
	for what, query := range map[string]string{
		"locked": "SELECT id, 0 FROM topics WHERE locked_at > 0", "pinned": "SELECT id, 0 FROM topics WHERE pinned = 1", "slow": "SELECT id, 0 FROM topics WHERE slow > 0",
		"hidden": "SELECT post_id, 0 FROM hidden", "frozen": "SELECT id, 0 FROM groups WHERE frozen_at > 0", "suspended": fmt.Sprint("SELECT id, 0 FROM members WHERE standing = ", int64(forum.Suspended)),
		"muted":  fmt.Sprint("SELECT member_id, group_id FROM memberships WHERE muted_until > ", now),
		"vetted": fmt.Sprint("SELECT member_id, group_id FROM memberships WHERE vetted_until > ", now),
		"banned": fmt.Sprint("SELECT member_id, group_id FROM memberships WHERE standing = ", int64(forum.Banned)),
	} {
		rows, err := m.Store.Reader().QueryContext(m.t.Context(), query)
		m.none(err)
		for rows.Next() {
			var id, group int64
			m.none(rows.Scan(&id, &group))
			key := fmt.Sprint(what, " ", id)
			if group != 0 {
				key += fmt.Sprint(" in ", group)
			}
			out[key] = true
		}
		m.none(rows.Err())
		m.none(rows.Close())
	}
	return out
}

// moderates does one thing at random that moderators or administrators can do, or objects, or answers an objection.
func (m *reading) moderates() {
	ctx, admin, bob := m.t.Context(), m.As(m.people[0]), m.As(m.people[1])
	g, whom := m.groups[m.r.IntN(2)].ID, m.people[2+m.r.IntN(2)]
	topic, post := m.topics[m.r.IntN(len(m.topics))], m.posts[m.r.IntN(len(m.posts))]
	act := forum.ActDraft{Reason: "unkind", Words: "because of what was said", Days: 7}
	switch m.r.IntN(19) {
	case 0:
		_ = m.Lock(ctx, admin, topic, "enough of it")
	case 1:
		_ = m.Unlock(ctx, admin, topic, "go on")
	case 2:
		_ = m.Pin(ctx, admin, topic, "to be read first")
	case 3:
		_ = m.Unpin(ctx, admin, topic, "was read")
	case 4:
		_ = m.Slow(ctx, admin, topic, forum.Slows[m.r.IntN(len(forum.Slows))], "calm down")
	case 5:
		_ = m.HidePost(ctx, bob, post, act)
	case 6:
		_ = m.ShowPost(ctx, bob, post, "a mistake")
	case 7:
		_ = m.Freeze(ctx, admin, g, "enough for today")
	case 8:
		_ = m.Unfreeze(ctx, admin, g, "go on")
	case 9:
		_ = m.SuspendMember(ctx, admin, whom, act)
	case 10:
		_ = m.Reinstate(ctx, admin, whom)
	case 11:
		_ = m.Mute(ctx, bob, g, whom, act)
	case 12:
		_ = m.Unmute(ctx, bob, g, whom)
	case 13:
		_ = m.Vet(ctx, bob, g, whom, act)
	case 14:
		_ = m.Unvet(ctx, bob, g, whom)
	case 15:
		_ = m.Ban(ctx, bob, g, whom, "not any more")
	case 16:
		_ = m.Unban(ctx, bob, g, whom)
		if a, err := m.ActorFor(ctx, whom); err == nil { // may come back
			_ = m.Invite(ctx, admin, g, whom)
			_ = m.Join(ctx, a, g)
		}
	default:
		m.objects(whom)
	}
}

// objects has somebody object to what hit them, and the other moderator answer, one way or the other.
func (m *reading) objects(whom forum.MemberID) {
	ctx := m.t.Context()
	var acts []int64
	m.none(m.Store.Reader().NewRaw("SELECT id FROM acts WHERE member_id = ? ORDER BY id DESC", whom).Scan(ctx, &acts))
	for _, id := range acts {
		if m.ObjectByLink(ctx, m.ObjectionToken(id, whom), "it was not like that at all") == nil && m.AnswerObjection(ctx, m.As(m.people[m.r.IntN(2)]), id, m.r.IntN(2) == 0, "looked at again with care") == nil {
			return
		}
	}
}

// TestLogReplays: what moderators did can be done again from the log alone, and ends where things stand.
func TestLogReplays(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		m := &reading{World: w, t: t, r: rand.New(rand.NewPCG(5, 3))}
		m.people = []forum.MemberID{w.Admin.Member}
		for _, name := range []string{"bob", "ann", "eve"} {
			m.people = append(m.people, w.Member(name).Member)
		}
		for _, slug := range []string{"one", "two"} {
			g, b, _ := w.Group(slug, forum.RegisteredOnly)
			m.groups, m.boards = append(m.groups, g), append(m.boards, b)
			for _, id := range m.people {
				w.Ready(g, w.As(id))
			}
			m.none(w.Appoint(t.Context(), w.Admin, g.ID, m.people[1], forum.Moderator))
			for _, id := range m.people[2:] {
				m.starts(t.Context(), w.As(id), len(m.groups)-1, forum.Draft{Title: "T", Source: "first", Key: fmt.Sprint("k", id, slug)})
			}
		}
		did := map[string]bool{}
		for range 300 {
			m.moderates()
			now := m.present()
			if got, want := m.replay().String(), now.String(); got != want {
				t.Fatalf("the log says\n%s\nand it is\n%s", got, want)
			}
			for key, is := range now {
				what, _, _ := strings.Cut(key, " ")
				did[what] = did[what] || is
			}
		}
		if len(did) != 9 {
			t.Errorf("only %v ever happened", did)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'take-back-act'"); n == 0 {
			t.Error("no objection was granted")
		}
	})
}
