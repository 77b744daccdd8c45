package forum

import (
	"context"
	"fmt"
	"time"
)

// SavedSearch is what a member looked for: lately, or kept to look for again. Nobody else knows of it.
type SavedSearch struct {
	ID       SearchID `bun:"id"`
	MemberID MemberID
	Query    string // of the address of its page: "q=…&group=…"
	Name     string // what was typed, or how its member calls it
	Kept     bool
	Tells    bool // its member is told of what is new in it
	LookedAt Instant
}

const (
	mostRecent   = 8
	mostSearches = 50
	mostQuery    = 1000 // bytes
	recentFor    = 30 * 24 * time.Hour
	// lookEach is how often is looked for what is new in a search, and lookBack how far, since what was just posted may not be found yet.
	lookEach = 5 * time.Minute
	lookBack = time.Hour
)

const searchColumns = "SELECT s.id, s.member_id, s.query, s.name, s.kept, s.tells, s.looked_at FROM searches s "

// CountSearch refuses somebody, a visitor by their source, who searches more than anybody can read.
func (f *Forum) CountSearch(ctx context.Context, by Actor, source string) error {
	if by.Member != 0 {
		source = by.key()
	}
	return f.spend(ctx, searchesOfOne, "search", source)
}

// NoteSearch notes that the actor looked for something, unless they want no such notes.
func (f *Forum) NoteSearch(ctx context.Context, by Actor, query, name string) error {
	if by.Member == 0 || len(query) > mostQuery || len(name) > mostQuery {
		return nil
	}
	return f.write(ctx, "note search", func(w *writer) error {
		if n, err := w.changed(`INSERT INTO searches (id, member_id, query, name, kept, used_at) SELECT ?, m.id, ?, ?, 0, ? FROM members m WHERE m.id = ? AND m.no_recent = 0
			ON CONFLICT (member_id, kept, query) DO UPDATE SET used_at = excluded.used_at`, w.id(), query, name, w.now, by.Member); err != nil || n == 0 {
			return err
		}
		return w.exec("DELETE FROM searches WHERE kept = 0 AND member_id = ?0 AND id NOT IN (SELECT s.id FROM searches s WHERE s.kept = 0 AND s.member_id = ?0 ORDER BY s.used_at DESC, s.id DESC LIMIT ?1)", by.Member, mostRecent)
	})
}

// RecentSearches gives what the actor looked for lately, the latest first; not ok: they want none to be noted.
func (f *Forum) RecentSearches(ctx context.Context, by Actor) (out []SavedSearch, ok bool, err error) {
	defer during(&err, "recent searches")
	if by.Member == 0 {
		return nil, false, nil
	}
	if err = one(ctx, f.store.read, &ok, "SELECT m.no_recent = 0 FROM members m WHERE m.id = ?", by.Member); err == nil {
		err = f.store.read.scan(ctx, &out, searchColumns+"WHERE s.member_id = ? AND s.kept = 0 AND s.used_at > ? ORDER BY s.used_at DESC, s.id DESC", by.Member, f.instant().add(-recentFor))
	}
	return out, ok, err
}

// ForgetSearches forgets what the actor looked for lately; keep: and notes what they look for from now on, else no more.
func (f *Forum) ForgetSearches(ctx context.Context, by Actor, keep bool) error {
	return f.write(ctx, "forget searches", func(w *writer) error {
		return either(mayKeep(by), either(w.exec("DELETE FROM searches WHERE member_id = ? AND kept = 0", by.Member), w.exec("UPDATE members SET no_recent = ? WHERE id = ?", bit(!keep), by.Member)))
	})
}

// KeepSearch keeps a search of the actor's, or changes how it is called and whether they are told of what is new in it.
func (f *Forum) KeepSearch(ctx context.Context, by Actor, query, name string, tells bool) error {
	return f.write(ctx, "keep search", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		var p problems
		name = p.line("name", name, 100)
		if query == "" || len(query) > mostQuery {
			p.add("q", "error.search-long")
		}
		var n int
		if err := w.one(&n, "SELECT count(*) FROM searches WHERE member_id = ? AND kept = 1 AND query <> ?", by.Member, query); err != nil {
			return err
		}
		if n >= mostSearches {
			p.add("q", "error.too-many-searches", "Most", mostSearches)
		}
		if err := p.err(); err != nil {
			return err
		}
		return w.exec(`INSERT INTO searches (id, member_id, query, name, kept, tells, used_at, looked_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?)
			ON CONFLICT (member_id, kept, query) DO UPDATE SET name = excluded.name, tells = excluded.tells, looked_at = CASE WHEN searches.tells = 0 THEN excluded.looked_at ELSE searches.looked_at END`,
			w.id(), by.Member, query, name, bit(tells), w.now, w.now)
	})
}

// DropSearch keeps a search no longer. Twice is once.
func (f *Forum) DropSearch(ctx context.Context, by Actor, id SearchID) error {
	return f.write(ctx, "drop search", func(w *writer) error {
		if err := either(mayKeep(by), w.exec("DELETE FROM searches WHERE id = ? AND member_id = ?", id, by.Member)); err != nil {
			return err
		}
		const unnamed = " SET search_id = 0 WHERE search_id = ? AND member_id = ?"
		return either(w.exec("UPDATE notices"+unnamed, id, by.Member), w.exec("UPDATE room_notices"+unnamed, id, by.Member))
	})
}

// KeptSearches gives the searches that the actor keeps, by name.
func (f *Forum) KeptSearches(ctx context.Context, by Actor) (out []SavedSearch, err error) {
	defer during(&err, "kept searches")
	err = f.store.read.scan(ctx, &out, searchColumns+"WHERE s.member_id = ? AND s.kept = 1 ORDER BY s.name, s.id", by.Member)
	return out, err
}

// DueSearches gives searches in which is to be looked for what is new, those that waited longest first.
func (f *Forum) DueSearches(ctx context.Context, limit int) (out []SavedSearch, err error) {
	defer during(&err, "due searches")
	err = f.store.read.scan(ctx, &out, searchColumns+"JOIN members m ON m.id = s.member_id AND m.standing = ? WHERE s.tells <> 0 AND s.looked_at <= ? ORDER BY s.looked_at, s.id LIMIT ?", Active, f.instant().add(-lookEach), limit)
	return out, err
}

// Since is from when on the search is to be looked through for what is new.
func (s *SavedSearch) Since() time.Time { return s.LookedAt.Time().Add(-lookBack) }

// foundAtOnce is of how many things a member is told in one commit, for which others who write wait.
const foundAtOnce = 50

// NoteFound tells the member of a search of what was found in it, as far as they may read it now and did not hear of it yet. What a killed process left is found again.
func (f *Forum) NoteFound(ctx context.Context, s SavedSearch, found []Searched) error {
	for more := true; more; {
		some := found[:min(len(found), foundAtOnce)]
		found = found[len(some):]
		more = len(found) > 0
		if err := f.write(ctx, "note found", func(w *writer) error {
			n, err := w.changed("UPDATE searches SET looked_at = ? WHERE id = ? AND tells <> 0", w.now, s.ID)
			if err != nil || n == 0 { // it was dropped meanwhile
				return err
			}
			return w.noteFound(s.ID, some)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) noteFound(id SearchID, found []Searched) (err error) {
	candidates := fmt.Sprintf("SELECT s.member_id, %d AS why FROM searches s WHERE s.id = %d", FoundInSearch, id)
	const named = " SET search_id = ?0 WHERE why = ?1 AND search_id = 0 AND member_id = (SELECT s.member_id FROM searches s WHERE s.id = ?0) AND "
	for _, of := range found {
		switch of.Kind {
		case "post":
			err = either(w.notify(PostID(of.ID), candidates), w.exec("UPDATE notices"+named+"post_id = ?2", id, FoundInSearch, of.ID))
		case "message":
			err = either(w.noticeSaid(of.ID, candidates), w.exec("UPDATE room_notices"+named+"message_id = ?2", id, FoundInSearch, of.ID))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// searchNamed is the name of the kept search by which a notice n came, "" where there is none.
const searchNamed = "coalesce((SELECT ks.name FROM searches ks WHERE ks.id = n.search_id AND ks.member_id = n.member_id AND ks.kept <> 0), '') AS search"
