package forum_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestRegistrationsAreSeenByName: nobody but a designated administrator sees another's registration, for as
// long as that holds, with a reason; each look is written down and shown to the member (P9).
func TestRegistrationsAreSeenByName(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ann, boss, officer := w.CertifiedMember("ann"), w.Member("boss"), w.Member("officer")
		must(w.ChangeProfile(ctx, ann, forum.Profile{Name: "Ann Test", Zone: "UTC", BusinessAddress: "canary-address", BusinessPhone: "canary-phone"}))
		must(w.Grant(ctx, w.Admin, boss.Member, forum.Administrator))
		must(w.Grant(ctx, w.Admin, officer.Member, forum.PrivacyOfficer))
		boss, officer = w.As(boss.Member), w.As(officer.Member)
		kind(t, "by an administrator of today", w.Designate(ctx, boss, forum.DesignationDraft{Login: "admin", Reason: "the yearly check", Until: forum.At(w.Now().Add(time.Hour))}), forum.Forbidden, "error.role-too-new")
		exec(t, w, "UPDATE grants SET granted_at = granted_at - 700000000000 WHERE member_id <> ?", boss.Member)
		kind(t, "one who is an administrator since today", w.Designate(ctx, w.Admin, forum.DesignationDraft{Login: "boss", Reason: "the yearly check", Until: forum.At(w.Now().Add(time.Hour))}), forum.Forbidden, "error.role-too-new")
		ripen(t, w)
		until := forum.At(w.Now().Add(48 * time.Hour))
		look := func(by forum.Actor) (forum.Profile, error) {
			return w.LookAtRegistration(ctx, by, "ann", "a complaint is looked into")
		}
		nobody := func(when string) {
			t.Helper()
			for name, by := range map[string]forum.Actor{"visitor": {}, "member": w.CertifiedMember(fmt.Sprintf("m%d", len(when))), "the administrator": w.Admin, "boss": w.As(boss.Member), "officer": officer, "themself": ann} {
				if r, err := look(by); forum.KindOf(err) != forum.Forbidden || !reflect.DeepEqual(r, forum.Profile{}) {
					t.Errorf("%s, %s sees %+v %v", when, name, r, err)
				}
			}
			if n := count(t, w, "SELECT count(*) FROM looks"); n != 0 {
				t.Errorf("%s: %d looks", when, n)
			}
		}
		nobody("at first")
		for name, c := range map[string]struct {
			by    forum.Actor
			login string
			until forum.Instant
			want  forum.Kind
			key   string
		}{
			"oneself":          {w.Admin, "admin", until, forum.Forbidden, "error.not-yourself"},
			"by a member":      {ann, "boss", until, forum.Forbidden, "error.administrators-only"},
			"a member":         {w.Admin, "ann", until, forum.Invalid, "login"},
			"the officer":      {w.Admin, "officer", until, forum.Invalid, "login"},
			"nobody":           {w.Admin, "nobody", until, forum.Invalid, "login"},
			"already over":     {w.Admin, "boss", forum.At(w.Now()), forum.Invalid, "until"},
			"for two years":    {w.Admin, "boss", forum.At(w.Now().AddDate(2, 0, 0)), forum.Invalid, "until"},
			"for all eternity": {w.Admin, "boss", 1 << 62, forum.Invalid, "until"},
		} {
			kind(t, name, w.Designate(ctx, c.by, forum.DesignationDraft{Login: c.login, Reason: "the yearly check", Until: c.until}), c.want, c.key)
		}
		kind(t, "without a reason", w.Designate(ctx, w.Admin, forum.DesignationDraft{Login: "boss", Reason: " ", Until: until}), forum.Invalid, "reason")
		nobody("after all those")
		must(w.Designate(ctx, officer, forum.DesignationDraft{Login: "BOSS", Reason: "the yearly check", Until: until}))
		if r, err := look(boss); err != nil || r.BusinessAddress != "canary-address" || r.Email != "ann@members.example" {
			t.Errorf("the designated one: %+v %v", r, err)
		}
		kind(t, "another administrator", erred(look(w.Admin)), forum.Forbidden, "error.not-designated")
		for _, login := range []string{"ann", "nobody-there"} { // it does not tell which of them there is
			_, err := w.LookAtRegistration(ctx, boss, login, "why")
			kind(t, "with a short reason at "+login, err, forum.Invalid, "reason")
			if strings.Contains(err.Error(), "login") {
				t.Error(err)
			}
		}
		_, err := w.LookAtRegistration(ctx, boss, "nobody-there", "a complaint is looked into")
		kind(t, "at nobody", err, forum.Invalid, "login")
		looks, err := w.ReadLooks(ctx, ann)
		if err != nil || len(looks) != 1 || looks[0].Who != boss.Name || looks[0].Reason != "a complaint is looked into" || looks[0].At == 0 {
			t.Errorf("ann is shown %+v %v", looks, err)
		}
		if others, err := w.ReadLooks(ctx, w.Admin); err != nil || len(others) != 0 {
			t.Errorf("the administrator is shown %+v %v", others, err)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'look-registration' AND actor_id = ? AND object_id = ?", boss.Member, ann.Member); n != 1 {
			t.Errorf("%d entries in the log", n)
		}

		w.Pass(48 * time.Hour)
		kind(t, "when the day has come", erred(look(boss)), forum.Forbidden, "error.not-designated")
		must(w.Designate(ctx, w.Admin, forum.DesignationDraft{Login: "boss", Reason: "the yearly check", Until: forum.At(w.Now().Add(48 * time.Hour))}))
		must(erred(look(boss)))
		must(w.Relieve(ctx, w.Admin, boss.Member, forum.Administrator, "moves to another town"))
		kind(t, "who is no administrator any more", erred(look(w.As(boss.Member))), forum.Forbidden, "")
		must(w.Grant(ctx, w.Admin, boss.Member, forum.Administrator))
		ripen(t, w)
		boss = w.As(boss.Member)
		all, err := w.ReadDesignations(ctx, officer)
		if err != nil || len(all) != 2 || !all[0].Runs(forum.At(w.Now())) || all[1].Runs(forum.At(w.Now())) || all[0].Granter != w.Admin.Name {
			t.Errorf("the officer reads %+v %v", all, err)
		}
		must(w.EndDesignation(ctx, officer, all[0].ID))
		kind(t, "ended", erred(look(boss)), forum.Forbidden, "error.not-designated")
		kind(t, "ended twice", w.EndDesignation(ctx, officer, all[0].ID), forum.NotFound, "")
		kind(t, "a member ends", w.EndDesignation(ctx, ann, all[0].ID), forum.Forbidden, "")
		_, err = w.ReadDesignations(ctx, ann)
		kind(t, "a member reads", err, forum.Forbidden, "")
	})
}

func erred[T any](_ T, err error) error { return err }

// TestLooksAreCounted: however many at once, each look is written down, and there is an end of them.
func TestLooksAreCounted(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann, boss := w.Member("ann"), w.Member("boss")
		if err := w.Grant(t.Context(), w.Admin, boss.Member, forum.Administrator); err != nil {
			t.Fatal(err)
		}
		ripen(t, w)
		if err := w.Designate(t.Context(), w.Admin, forum.DesignationDraft{Login: "boss", Reason: "the yearly check", Until: forum.At(w.Now().Add(time.Hour))}); err != nil {
			t.Fatal(err)
		}
		boss = w.As(boss.Member)
		var wg sync.WaitGroup
		var mu sync.Mutex
		saw := 0
		for range 8 {
			wg.Go(func() {
				for range 10 {
					r, err := w.LookAtRegistration(t.Context(), boss, "ann", "a complaint is looked into")
					mu.Lock()
					if err == nil && strings.HasPrefix(r.Email, "ann@") {
						saw++
					} else if forum.KindOf(err) != forum.TooMany {
						t.Error(err)
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if _, err := w.LookAtRegistration(t.Context(), boss, "nobody-there", "a complaint is looked into"); forum.KindOf(err) != forum.TooMany {
			t.Errorf("looks at nobody are not counted: %v", err)
		}
		if looks, err := w.ReadLooks(t.Context(), ann); err != nil || len(looks) != saw || saw != 60 {
			t.Errorf("%d saw it, %d are written down: %v", saw, len(looks), err)
		}
	})
}
