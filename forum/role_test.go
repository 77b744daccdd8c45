package forum_test

import (
	"context"
	"sync"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestRoles: nobody gives or takes what they do not hold, the last administrator stays, and
// each act is in the log.
func TestRoles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ann, bob := w.Member("ann"), w.Member("bob")
		kind(t, "the last one", w.Relieve(ctx, w.Admin, w.Admin.Member, forum.Administrator, "the term is over"), forum.Forbidden, "error.last-administrator")
		must(w.GrantByLogin(ctx, w.Admin, "ANN", forum.Administrator))
		ann = w.As(ann.Member)
		for _, role := range []forum.Role{forum.Reviewer, forum.PrivacyOfficer} {
			kind(t, "gives what she does not hold", w.Grant(ctx, ann, bob.Member, role), forum.Forbidden, "error.role-not-yours")
			kind(t, "takes what she does not hold", w.Relieve(ctx, ann, w.Admin.Member, role, "the term is over"), forum.Forbidden, "error.role-not-yours")
		}
		for _, role := range []forum.Role{"", "owner", "ADMINISTRATOR", "moderator"} {
			kind(t, "a role that is none", w.Grant(ctx, w.Admin, bob.Member, role), forum.NotFound, "error.not-found")
		}
		kind(t, "to nobody", w.GrantByLogin(ctx, w.Admin, "nobody", forum.Reviewer), forum.Invalid, "error.invalid")
		must(w.Grant(ctx, w.Admin, bob.Member, forum.Reviewer))
		_, err := w.ReadStaff(ctx, w.As(bob.Member))
		kind(t, "a reviewer looks", err, forum.Forbidden, "error.administrators-only")
		kind(t, "a reviewer gives on", w.Grant(ctx, w.As(bob.Member), ann.Member, forum.Reviewer), forum.Forbidden, "error.administrators-only")
		rows, err := w.ReadStaff(ctx, ann)
		must(err)
		if len(rows) != 5 { // three of the first administrator's
			t.Errorf("the staff: %+v", rows)
		}
		must(w.Relieve(ctx, ann, w.Admin.Member, forum.Administrator, "a rest for a while"))
		if w.As(w.Admin.Member).Has(forum.Administrator) {
			t.Error("still an administrator")
		}
		log, _, err := w.CheckLog(ctx)
		must(err)
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act IN ('grant', 'relieve')"); n != 3 || log == 0 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestTwoRelieveEachOther: one of them stays.
func TestTwoRelieveEachOther(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.Member("ann")
		if err := w.Grant(t.Context(), w.Admin, ann.Member, forum.Administrator); err != nil {
			t.Fatal(err)
		}
		ann = w.As(ann.Member)
		var wg sync.WaitGroup
		for _, who := range [][2]forum.Actor{{w.Admin, ann}, {ann, w.Admin}} {
			wg.Go(func() {
				_ = w.Relieve(context.WithoutCancel(t.Context()), who[0], who[1].Member, forum.Administrator, "the term is over") // one of them is refused
			})
		}
		wg.Wait()
		if n := count(t, w, "SELECT count(*) FROM grants WHERE role = 'administrator'"); n != 1 {
			t.Errorf("%d administrators are left", n)
		}
	})
}
