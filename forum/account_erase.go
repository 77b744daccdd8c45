package forum

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A member's account is erased when its cooling-off is over (P32). They are told by a mail that goes before the address does. Then, in one
// transaction, the account is closed: nobody is behind its row any more, nobody logs in, it is in no group, and what was theirs alone is deleted. What
// is many rows follows in parts: what they wrote, where it is to go, and how others' mentions call them. A killed process goes on where it was.

const (
	erasureWaits = 14 * day
	erasureTold  = day           // for the mail to go, at most
	barredFor    = 3 * 365 * day // of a suspension without an end
	handleRests  = 90 * day
	erasedAtOnce = 50
	// erasureSettles is how long what was under way when the account was closed may take: what it wrote is deleted, too.
	erasureSettles = 2 * time.Minute
	formerName     = "Former member"
	formerHandle   = "former-"
	erasingNote    = "account-erasing"
	keptNote       = "account-kept"
	erasedNote     = "account-erased"
	erasureColumn  = "SELECT e.member_id, e.takes <> 0 AS takes, e.asked_at, e.due_at, e.told_ref, e.told_at, e.begun_at, e.handle FROM account_erasures e "
)

// AccountErasure is that a member wants their account to be erased.
type AccountErasure struct {
	MemberID MemberID
	Takes    bool // what they wrote goes, too
	AskedAt  Instant
	DueAt    Instant
	ToldRef  int64
	ToldAt   Instant
	BegunAt  Instant
	Handle   string
}

// HeldKind is how many rows of a table are a member's, and what becomes of them when the account goes.
type HeldKind struct {
	Declared
	Name  string // of the section of the download
	Count int
}

// ErasurePage is what a member sees before they decide.
type ErasurePage struct {
	Pending *AccountErasure // nil: they did not ask for it
	Held    []HeldKind      // of what they have anything
	Owns    []Group         // of which they are the last owner and not the only member
	Last    bool            // they are the last administrator: somebody else has to be first
}

// ReadAccountErasure gives it to the member.
func (f *Forum) ReadAccountErasure(ctx context.Context, by Actor) (p ErasurePage, err error) {
	defer during(&err, "read account erasure")
	if err = mayKeep(by); err != nil {
		return p, err
	}
	q := f.store.read
	var e AccountErasure
	switch err = one(ctx, q, &e, erasureColumn+"WHERE e.member_id = ?", by.Member); {
	case err == nil:
		p.Pending = &e
	case KindOf(err) != NotFound:
		return p, err
	}
	for i := range sections {
		s := &sections[i]
		_, about := s.declared()
		n := HeldKind{Declared: about, Name: s.called()}
		if err = one(ctx, q, &n.Count, "SELECT count(*) FROM "+s.table+" AS t WHERE ("+s.whose+")", by.Member); err != nil {
			return p, err
		}
		if n.Count > 0 && about.Kind != NotPersonal {
			p.Held = append(p.Held, n)
		}
	}
	if err = q.scan(ctx, &p.Owns, groupColumns+" WHERE ? ORDER BY g.name, g.id", lastOwner(by.Member)); err != nil {
		return p, err
	}
	p.Last, err = lastAdministrator(ctx, q, by.Member)
	return p, err
}

// lastOwner is the SQL condition under which the member alone owns the group g, and is not alone in it.
func lastOwner(m MemberID) schema.QueryWithArgs {
	return bun.SafeQuery(`(g.talk = 0 AND EXISTS (SELECT 1 FROM memberships o WHERE o.group_id = g.id AND o.member_id = ?0 AND o.standing = ?1 AND o.role = ?2)
		AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.group_id = g.id AND o.member_id <> ?0 AND o.standing = ?1 AND o.role = ?2)
		AND EXISTS (SELECT 1 FROM memberships o WHERE o.group_id = g.id AND o.member_id <> ?0 AND o.standing = ?1 AND o.role >= ?3))`, m, In, Owner, Participant)
}

// PendingErasure tells on which day the actor's account is erased; 0: they did not ask for it.
func (f *Forum) PendingErasure(ctx context.Context, by Actor) (due Instant, err error) {
	defer during(&err, "pending erasure")
	err = one(ctx, f.store.read, &due, "SELECT coalesce(max(due_at), 0) FROM account_erasures WHERE member_id = ?", by.Member)
	return due, err
}

func lastAdministrator(ctx context.Context, q querier, m MemberID) (is bool, err error) {
	err = one(ctx, q, &is, `SELECT EXISTS (SELECT 1 FROM grants h WHERE h.member_id = ?0 AND h.role = ?1)
		AND NOT EXISTS (SELECT 1 FROM grants o JOIN members om ON om.id = o.member_id WHERE o.role = ?1 AND om.standing = ?2 AND om.id <> ?0)`, m, Administrator, Active)
	return is, err
}

// AskAccountErasure asks for the account to be erased, with the password; takes: with what they wrote. Once more changes only that. The last
// administrator is refused.
func (f *Forum) AskAccountErasure(ctx context.Context, by Actor, own Own, takes bool) error {
	return f.changeAccount(ctx, by, own, func(w *writer) error {
		last, err := lastAdministrator(w.ctx, w, by.Member)
		if err = either(err, mayGo(last)); err != nil {
			return err
		}
		n, err := w.changed("INSERT INTO account_erasures (member_id, takes, asked_at, due_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", by.Member, bit(takes), w.now, w.now.add(erasureWaits))
		if err != nil {
			return err
		}
		if n == 0 {
			return w.exec("UPDATE account_erasures SET takes = ? WHERE member_id = ? AND begun_at = 0", bit(takes), by.Member)
		}
		return either(w.log(by, "ask-account-erasure", int64(by.Member), 0, ""), w.noteAccount(erasingNote, by.Member))
	})
}

// KeepAccount takes that back, as long as it has not begun. Twice is once.
func (f *Forum) KeepAccount(ctx context.Context, by Actor) error {
	return f.write(ctx, "keep account", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		n, err := w.changed("DELETE FROM account_erasures WHERE member_id = ? AND begun_at = 0", by.Member)
		if err != nil || n == 0 {
			return err
		}
		return either(w.log(by, "keep-account", int64(by.Member), 0, ""), w.noteAccount(keptNote, by.Member))
	})
}

// EraseAccounts goes on with those whose time has come.
func (f *Forum) EraseAccounts(ctx context.Context) error {
	var due []MemberID // all of them: those that wait for the end of a legal request stand first, and do not keep the others
	if err := f.store.read.scan(ctx, &due, "SELECT e.member_id FROM account_erasures e WHERE e.due_at <= ? ORDER BY e.due_at, e.member_id", f.instant()); err != nil {
		return err
	}
	var errs []error
	for _, m := range due { // one that fails does not keep the others, either
		errs = append(errs, f.eraseAccount(ctx, m))
	}
	return errors.Join(append(errs, f.store.scrub(ctx))...)
}

// eraseAccount does what there is to do, in parts, until it is done or waits for a mail.
func (f *Forum) eraseAccount(ctx context.Context, m MemberID) error {
	for more := true; more; {
		if err := f.write(ctx, "erase account", func(w *writer) (err error) {
			more = false
			if err := w.lockRow("members", int64(m)); err != nil {
				return err
			}
			var e AccountErasure
			err = w.one(&e, erasureColumn+"WHERE e.member_id = ? AND e.due_at <= ?", m, w.now)
			if KindOf(err) == NotFound { // it was taken back, or another node is done with it
				return nil
			}
			if err == nil {
				more, err = w.erasePart(&e)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) erasePart(e *AccountErasure) (more bool, err error) {
	w.f.store.owe()
	if e.BegunAt == 0 {
		ready, err := w.toldOfErasure(e)
		if err != nil || !ready {
			return false, err
		}
		var held bool
		if err := w.one(&held, "SELECT "+fmt.Sprintf(heldByLaw, "?"), e.MemberID); err != nil {
			return false, err
		}
		if held { // to the member, and to others, it is over; what is theirs waits for the end of it
			return false, w.shutAccount(e.MemberID)
		}
		return true, w.closeAccount(e)
	}
	steps := []func(*AccountErasure) (bool, error){w.renameMentions, w.renameCalls}
	if e.Takes {
		steps = append([]func(*AccountErasure) (bool, error){w.takePosts, w.takeTitles, w.takeSaid}, steps...)
	}
	for _, step := range steps {
		if more, err := step(e); err != nil || more {
			return more, err
		}
	}
	if e.BegunAt.add(erasureSettles) > w.now {
		return false, nil
	}
	return false, either(either(w.emptyAccount(e.MemberID, formerHandle), w.exec("DELETE FROM account_erasures WHERE member_id = ?", e.MemberID)), w.log(Actor{}, "account-erased", int64(e.MemberID), 0, ""))
}

// shutAccount lets nobody in any more, and shows nobody that there is an account.
func (w *writer) shutAccount(m MemberID) error {
	n, err := w.changed("UPDATE members SET standing = ?, version = version + 1 WHERE id = ? AND standing <> ?", Former, m, Former)
	if err != nil || n == 0 {
		return err
	}
	for _, table := range []string{"sessions", "computers", "login_steps"} {
		if err := w.exec("DELETE FROM ? WHERE member_id = ?", bun.Ident(table), m); err != nil {
			return err
		}
	}
	w.state(SessionsEnded{m})
	return nil
}

// toldOfErasure tells whether the last mail has gone, or had its time to.
func (w *writer) toldOfErasure(e *AccountErasure) (bool, error) {
	if err := w.lockGrants(); err != nil { // of two administrators who go at once one stays
		return false, err
	}
	if last, err := lastAdministrator(w.ctx, w, e.MemberID); err != nil || last {
		return false, err // it waits until somebody else is
	}
	if e.ToldRef == 0 {
		ref := w.id()
		return false, either(w.exec("UPDATE account_erasures SET told_ref = ?, told_at = ? WHERE member_id = ?", ref, w.now, e.MemberID), w.noteToken(erasedNote, ref, e.MemberID))
	}
	var waits int
	err := w.one(&waits, "SELECT count(*) FROM deliveries WHERE kind = ? AND ref = ? AND member_id = ? AND state IN (?, ?)", "note."+erasedNote, e.ToldRef, e.MemberID, Waiting, Handing)
	return waits == 0 || e.ToldAt.add(erasureTold) <= w.now, err
}

// erasing is what becomes of a member's rows of a table when the account goes: they are deleted, or set.
type erasing struct {
	table string
	whose string // ?0 is the member, ?1 the key of their address
	set   string // "": they are deleted
}

// ofAccount are all of them, in an order in which nothing is left without what it hangs on. What is not in it stays by its number alone, which leads to
// nobody any more, or goes with what they wrote.
var ofAccount = func() (all []erasing) {
	all = []erasing{
		{"posts", "id IN (SELECT r.post_id FROM reactions r WHERE r.author_id = ?0)", "reacted = reacted + 1"},
		{"messages", "id IN (SELECT r.message_id FROM message_reactions r WHERE r.author_id = ?0)", "reacted = reacted + 1"},
		{"reactions", "author_id = ?0", ""}, {"message_reactions", "author_id = ?0", ""},
		{"minute_items", "member_id = ?0 OR minutes_id IN (SELECT n.id FROM minutes n WHERE n.member_id = ?0)", ""},
		{"ignores", "member_id = ?0 OR ignored_id = ?0", ""}, {"blocks", "member_id = ?0 OR blocked_id = ?0", ""},
		{"member_notes", "about = ?0", ""}, {"report_words", "author_id = ?0 AND NOT EXISTS (SELECT 1 FROM reports r JOIN cases c ON c.id = r.case_id WHERE r.id = report_words.report_id AND c.closed_at = 0)", ""}, {"reports", "member_id = ?0", "words = ''"}, {"objections", "member_id = ?0", "words = ''"},
		{"request_words", "request_id IN (SELECT q.id FROM requests q WHERE q.member_id = ?0)", ""},
		{"application_steps", "application_id IN (SELECT a.id FROM applications a WHERE a.member_id = ?0)", "words = ''"},
		{"feedbacks", "application_id IN (SELECT a.id FROM applications a WHERE a.member_id = ?0)", "words = '', name = '', address = '', address_key = ''"},
		{"feedbacks", "written_by = ?0 OR address_key = ?1", "name = '', address = '', address_key = ''"},
		{"applications", "member_id = ?0", "areas = '', languages = '', place = '', reasons = ''"},
		{"certificates", "member_id = ?0", "holder = '', holder_title = '', listed = 0, suspended_why = ''"},
		{"invitations", "address_key = ?1", ""},
	}
	for _, table := range []string{"notices", "room_notices", "bells", "bookmarks", "searches", "levels", "reads", "room_reads", "followed_tags", "subscriptions", "feeds", "news_choices", "chat_choices", "queue_mail", "parties",
		"acknowledgements", "room_members", "room_mutes", "minutes", "writings", "scheduled", "drafts", "waiting", "arrivals", "received", "deliveries", "bounces", "mail_pauses", "digests", "reported_mails", "requests", "policy_uses",
		"security_log", "passkeys", "authenticators", "recovery_codes", "linked_logins", "login_steps", "computers", "sessions", "tokens", "grants", "profile_words", "profiles", "earlier_details", "registrations", "memberships"} {
		all = append(all, erasing{table, "member_id = ?0", ""})
	}
	return all
}()

// closeAccount makes the member's row nobody's, and deletes what was theirs alone.
func (w *writer) closeAccount(e *AccountErasure) error {
	var was struct{ EmailKey, Handle string }
	if err := either(w.lockGrants(), w.lockRow("members", int64(e.MemberID))); err != nil {
		return err
	}
	if err := w.one(&was, "SELECT email_key, handle FROM members WHERE id = ?", e.MemberID); err != nil {
		return err
	}
	if err := w.leaveAll(e.MemberID); err != nil {
		return err
	}
	if err := either(w.exec("UPDATE certificates SET ended_at = ? WHERE member_id = ? AND ended_at = 0", w.now, e.MemberID), w.keepNothing(e.MemberID, was.EmailKey, was.Handle)); err != nil {
		return err
	}
	if err := either(w.exec("UPDATE consents SET withdrawn_at = ? WHERE member_id = ? AND withdrawn_at = 0", w.now, e.MemberID), w.emptyAccount(e.MemberID, was.EmailKey)); err != nil {
		return err
	}
	handle := formerHandle + strings.ToLower((&Request{ID: w.id()}).Reference())
	if err := w.exec(`UPDATE members SET name = ?, name_key = ?, title = '', handle = ?, handle_key = ?, email = '', email_key = ?, password_hash = '', language = '', zone = 'UTC', standing = ?, version = version + 1 WHERE id = ?`,
		formerName, nameKey(formerName), handle, handleKey(handle), handle, Former, e.MemberID); err != nil {
		return err
	}
	w.state(SessionsEnded{e.MemberID})
	return either(w.exec("UPDATE account_erasures SET begun_at = ?, handle = ? WHERE member_id = ?", w.now, was.Handle, e.MemberID), w.log(Actor{}, "erase-account", int64(e.MemberID), 0, ""))
}

// keepNothing deletes what somebody asked from the same address without the account, and keeps their user name from others for a while: what called
// them would call whoever has it next.
func (w *writer) keepNothing(m MemberID, emailKey, handle string) error {
	const hold = "INSERT INTO held_handles (address, handle, until_at) VALUES (?, ?, ?) ON CONFLICT (address) DO UPDATE SET handle = excluded.handle, until_at = excluded.until_at"
	if err := either(w.dropRequests("q.member_id = ? OR lower(q.address) = ?", m, emailKey), w.exec(hold, bucketOf("address", emailKey), bucketOf("handle", handleKey(handle)), w.now.add(handleRests))); err != nil {
		return err
	}
	var until Instant
	err := w.one(&until, "SELECT CASE WHEN a.until_at > 0 THEN a.until_at ELSE ? END FROM acts a WHERE a.member_id = ? AND a.kind = ? AND a.lifted_at = 0 AND (a.until_at = 0 OR a.until_at > ?) ORDER BY a.id DESC LIMIT 1", w.now.add(barredFor), m, Suspends, w.now)
	if KindOf(err) == NotFound {
		return nil
	}
	return either(err, w.exec(hold, bucketOf("barred", letterBox(emailKey)), "", until)) // who is suspended does not come back by it
}

// emptyAccount deletes what was the member's alone: rows, files that hang on nothing that others read, and evidence.
func (w *writer) emptyAccount(m MemberID, emailKey string) error {
	if err := either(w.takeDown("author_id = ? AND post_id = 0 AND message_id = 0", m), w.takeEvidence("member_id = ?", m)); err != nil {
		return err
	}
	for _, o := range ofAccount {
		query := "DELETE FROM " + o.table
		if o.set != "" {
			query = "UPDATE " + o.table + " SET " + o.set
		}
		if err := w.exec(query+" WHERE "+o.whose, m, emailKey); err != nil {
			return err
		}
	}
	return nil
}

// leaveAll takes the member out of all groups and talks. A group whose last owner they are gets the longest-serving moderator for one, or the member
// who is there longest.
func (w *writer) leaveAll(m MemberID) error {
	var all []struct {
		GroupID GroupID
		Talk    int64
		Last    bool
	}
	if err := w.scan(w.ctx, &all, "SELECT s.group_id, g.talk, ? AS last FROM memberships s JOIN groups g ON g.id = s.group_id WHERE s.member_id = ? ORDER BY s.group_id", lastOwner(m), m); err != nil {
		return err
	}
	for _, g := range all {
		if err := w.lockRow("groups", int64(g.GroupID)); err != nil {
			return err
		}
		if _, err := w.endVisit(Actor{}, g.GroupID, m, "visit-over"); err != nil {
			return err
		}
		if g.Last {
			if err := w.succeed(g.GroupID, m); err != nil {
				return err
			}
		}
		w.state(MemberLeft{Group: g.GroupID, Member: m})
		if err := w.exec("DELETE FROM memberships WHERE group_id = ? AND member_id = ?", g.GroupID, m); err != nil {
			return err
		}
		if g.Talk > 0 {
			if err := w.remaining(g.GroupID); err != nil {
				return err
			}
		}
	}
	return nil
}

// succeed makes somebody the owner of a group whose last one goes.
func (w *writer) succeed(g GroupID, m MemberID) error {
	var next MemberID
	err := w.one(&next, `SELECT s.member_id FROM memberships s JOIN members m ON m.id = s.member_id WHERE s.group_id = ? AND s.member_id <> ? AND s.standing = ? AND s.role BETWEEN ? AND ? AND m.standing = ?
		ORDER BY s.role DESC, CASE WHEN s.role_at > 0 THEN s.role_at ELSE s.joined_at END, s.member_id LIMIT 1`, g, m, In, Participant, Moderator, Active)
	if KindOf(err) == NotFound {
		return nil
	}
	return either(either(err, w.exec("UPDATE memberships SET role = ?, role_at = ? WHERE group_id = ? AND member_id = ?", Owner, w.now, g, next)), w.log(Actor{}, "succeed", int64(next), g, ""))
}
