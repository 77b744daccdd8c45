package forum

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// The search engine holds copies. Whatever changes what it should hold notes so in the same commit, once for each thing however often it
// changes (search_marks); a job takes the notes and brings the engine up to date. Each has a number that grows: the version of the copy, so that an
// older one never replaces a newer one. What the engine finds is asked again, by Sift and VisiblePosts, before anything of it is shown or counted.

// Searched names what the engine has a document of: a "post" or a "message"; or what of which all documents are old: a "topic", a "group", a "room".
type Searched struct {
	Kind string
	ID   int64 `bun:"item"`
}

// SearchMark says that what the engine holds of something is old.
type SearchMark struct {
	Searched
	Stamp int64
	At    Instant
}

// leastKept is how long what is said has to stay for the engine to get a copy: what is to be gone soon is copied nowhere.
const leastKept = 30 * 24 * time.Hour

// NoteSearchedIn notes in a transaction that what the search engine holds of these is old.
func (f *Forum) NoteSearchedIn(ctx context.Context, tx bun.Tx, all []Searched) error {
	// One order for all writers, so that they cannot wait for each other.
	slices.SortFunc(all, func(a, b Searched) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	for batch := range slices.Chunk(slices.Compact(all), 500) {
		var args []any
		for _, of := range batch {
			args = append(args, of.Kind, of.ID, f.instant())
		}
		if _, err := tx.NewRaw("?", f.store.notesSearched(bun.SafeQuery("VALUES "+strings.Repeat("(?, ?, ?), ", len(batch)-1)+"(?, ?, ?)", args...))).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// NoteSearched notes that what the search engine holds of these is old, by whoever compared, under numbers above any that it knows.
func (f *Forum) NoteSearched(ctx context.Context, all []Searched, above int64) error {
	if len(all) == 0 {
		return nil
	}
	return f.write(ctx, "note searched", func(w *writer) error { return either(w.raiseMarks(above), f.NoteSearchedIn(w.ctx, w.tx, all)) })
}

// NoteAllSearched notes everything, for an engine that holds nothing.
func (f *Forum) NoteAllSearched(ctx context.Context) error {
	return f.write(ctx, "note all searched", func(w *writer) error {
		return w.exec("?", f.store.notesSearched(bun.SafeQuery("SELECT 'group', g.id, CAST(? AS BIGINT) FROM groups g WHERE g.talk = 0", w.now)))
	})
}

// Scrub empties the log of writes of what was erased from the search engine, where that keeps its copy in the store.
func (f *Forum) Scrub(ctx context.Context) error { return f.store.scrub(ctx) }

// SearchMarks gives the oldest notes of what the search engine is to be brought up to date with; owed: those that wait for an engine that is away.
func (f *Forum) SearchMarks(ctx context.Context, owed bool, limit int) (out []SearchMark, err error) {
	defer during(&err, "search marks")
	err = f.store.read.scan(ctx, &out, "SELECT stamp, kind, item, at FROM search_marks WHERE owed = ? ORDER BY stamp LIMIT ?", bit(owed), limit)
	return out, err
}

// SearchLag tells how much the search engine has not heard of yet, and since when the first of it waits; 0: nothing does.
func (f *Forum) SearchLag(ctx context.Context) (n int, since Instant, err error) {
	defer during(&err, "search lag")
	var lag struct {
		N     int
		Since Instant
	}
	err = one(ctx, f.store.read, &lag, `SELECT count(*) + (SELECT coalesce(sum(r.last_seq - r.searched_seq), 0) FROM rooms r JOIN groups g ON g.id = r.group_id WHERE g.talk = 0) AS n, coalesce(min(at), 0) AS since FROM search_marks`)
	return lag.N, lag.Since, err
}

// NoteSaid notes what was said in rooms, or changed there, since the last time: many at once, so that nobody who speaks waits for it.
func (f *Forum) NoteSaid(ctx context.Context) (err error) {
	defer during(&err, "note said")
	var rooms []struct {
		ID                   RoomID `bun:"id"`
		LastSeq, SearchedSeq int64
	}
	if err = f.store.read.scan(ctx, &rooms, "SELECT r.id, r.last_seq, r.searched_seq FROM rooms r JOIN groups g ON g.id = r.group_id WHERE g.talk = 0 AND r.last_seq > r.searched_seq ORDER BY r.id"); err != nil {
		return err
	}
	for _, r := range rooms {
		for from := r.SearchedSeq; from < r.LastSeq; from += 500 {
			to := min(from+500, r.LastSeq)
			if err := f.write(ctx, "note said", func(w *writer) error {
				return either(w.exec("?4", r.ID, from, to, w.now, f.store.notesSearched(bun.SafeQuery(`SELECT 'message', x.id, CAST(?3 AS BIGINT) FROM (SELECT c.id FROM messages c WHERE c.room_id = ?0 AND c.seq > ?1 AND c.seq <= ?2
						UNION SELECT c.id FROM messages c WHERE c.room_id = ?0 AND c.changed_seq <> 0 AND c.changed_seq > ?1 AND c.changed_seq <= ?2) x ORDER BY x.id`, r.ID, from, to, w.now))),
					w.exec("UPDATE rooms SET searched_seq = ? WHERE id = ? AND searched_seq < ?", to, r.ID, to))
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// AloneAtSearch does something with the search engine unless another node is at it.
func (f *Forum) AloneAtSearch(ctx context.Context, do func(context.Context) error) error {
	return f.store.alone(ctx, 727005, do)
}

// AloneAtBuilding builds the index of a search engine unless another node is at it.
func (f *Forum) AloneAtBuilding(ctx context.Context, do func(context.Context) error) error {
	return f.store.alone(ctx, 727006, do)
}

// OweScrub notes that words were erased from the search engine's copy in the store: the next Scrub takes them out of the log of writes.
func (f *Forum) OweScrub() { f.store.owe() }

// SearchMarksDone drops notes: the engine has what they are of. What was noted anew meanwhile stays.
func (f *Forum) SearchMarksDone(ctx context.Context, done []SearchMark) error {
	return f.searchMarks(ctx, done, "DELETE FROM search_marks")
}

// OweSearchMarks keeps notes for an engine that is away, after those of which none has heard.
func (f *Forum) OweSearchMarks(ctx context.Context, owed []SearchMark) error {
	return f.searchMarks(ctx, owed, "UPDATE search_marks SET owed = 1")
}

func (f *Forum) searchMarks(ctx context.Context, done []SearchMark, statement string) error {
	for batch := range slices.Chunk(done, 500) {
		var stamps []int64
		for _, m := range batch {
			stamps = append(stamps, m.Stamp)
		}
		if err := f.write(ctx, "search marks", func(w *writer) error {
			return w.exec(statement+" WHERE stamp IN (?)", bun.List(stamps))
		}); err != nil {
			return err
		}
	}
	return nil
}

// SpreadSearchMark notes everything in a topic, a group or a room by itself, in place of the whole.
func (f *Forum) SpreadSearchMark(ctx context.Context, m SearchMark) error {
	in := map[string]string{
		"topic": "'post' AS kind, p.id AS item FROM posts p WHERE p.topic_id = ?0",
		"group": "'post' AS kind, p.id AS item FROM posts p JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id WHERE b.group_id = ?0",
		"said":  "'message' AS kind, p.id AS item FROM messages p JOIN rooms r ON r.id = p.room_id WHERE r.group_id = ?0",
		"room":  "'message' AS kind, p.id AS item FROM messages p WHERE p.room_id = ?0",
	}
	kinds := []string{m.Kind}
	if m.Kind == "group" {
		kinds = append(kinds, "said")
	}
	for _, kind := range kinds {
		if err := f.spreadMark(ctx, in[kind], m.ID); err != nil {
			return err
		}
	}
	return f.SearchMarksDone(ctx, []SearchMark{m})
}

func (f *Forum) spreadMark(ctx context.Context, in string, id int64) error {
	for after := int64(0); ; {
		var ids []int64
		if err := f.write(ctx, "spread search mark", func(w *writer) error {
			ids = nil
			if err := w.scan(w.ctx, &ids, "SELECT x.item FROM (SELECT "+in+") x WHERE x.item > ?1 ORDER BY x.item LIMIT 500", id, after); err != nil || len(ids) == 0 {
				return err
			}
			return w.exec("?2", id, after, f.store.notesSearched(bun.SafeQuery("SELECT x.kind, x.item, CAST(?2 AS BIGINT) FROM (SELECT "+in+") x WHERE x.item > ?1 AND x.item <= ?3 ORDER BY x.item", id, after, w.now, ids[len(ids)-1])))
		}); err != nil || len(ids) < 500 {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// Searchable is what the search engine is given of a post or a message.
type Searchable struct {
	Kind              string
	ID                int64 `bun:"id"`
	Audience                // whom it is for
	GroupID           GroupID
	BoardID           BoardID
	TopicID           TopicID
	RoomID            RoomID
	AuthorID          MemberID
	Class, GroupClass Class
	PostedAt          Instant
	Title, Text       string
	Opens             bool     // its topic
	Files             []string `bun:"-"`
	Tags              []TagID  `bun:"-"`
	FileCount         int
	Tagged            bool
}

// Voice is who its readers may know as the one who wrote it; 0: a mask.
func (s *Searchable) Voice() MemberID {
	if s.Class == ChathamClass {
		return 0
	}
	return s.AuthorID
}

// Term is its audience as the engine keeps it: of members who had joined by then "since:ID".
func (s *Searchable) Term() string {
	if s.Reach == Members && s.FromJoin {
		return sinceTerm(s.Of)
	}
	return s.Audience.Term()
}

// searchableFrom says what the engine gets a copy of, of each kind: nothing that was taken back or hidden, nothing of which a
// group is sealed but a title, nothing that was said off the record or in a talk, and nothing that is to be gone soon.
var searchableFrom = map[string]string{
	"post": `SELECT 'post' AS kind, p.id, p.reach, p.reach_of, p.from_join, b.group_id, b.id AS board_id, p.topic_id, 0 AS room_id, p.author_id, p.class, g.class AS group_class,
		p.posted_at, CASE WHEN p.n = 1 AND t.reach = p.reach AND t.reach_of = p.reach_of AND t.from_join = p.from_join THEN t.title ELSE '' END AS title, p.plain AS text, p.n = 1 AS opens, p.files AS file_count, t.tagged
		FROM posts p` + postPlaces + ` WHERE p.erased_at = 0 AND p.reach < 4`,
	"message": `SELECT 'message' AS kind, p.id, p.reach, p.reach_of, p.from_join, r.group_id, 0 AS board_id, 0 AS topic_id, p.room_id, p.author_id, p.class, g.class AS group_class,
		p.posted_at, '' AS title, p.plain AS text, 0 AS opens, p.files AS file_count, 0 AS tagged
		FROM messages p JOIN rooms r ON r.id = p.room_id JOIN groups g ON g.id = r.group_id
		WHERE p.erased_at = 0 AND p.reach <> 4 AND p.off_record = 0 AND p.whiled = 0 AND g.talk = 0 AND p.class < 3 AND g.class < 3 AND (p.expires_at = 0 OR p.expires_at - p.posted_at >= ?0)`,
}

// SearchableOf gives what the search engine is to hold of posts or messages now; what is missing it is to forget.
func (f *Forum) SearchableOf(ctx context.Context, kind string, ids []int64) ([]Searchable, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return f.searchable(ctx, kind, bun.SafeQuery("p.id IN (?) ORDER BY p.id", bun.List(ids)))
}

// EachSearchable gives everything of a kind that the search engine is to hold, some at a time, in the order of their numbers, which is that of time.
func (f *Forum) EachSearchable(ctx context.Context, kind string, after int64, limit int) ([]Searchable, error) {
	return f.searchable(ctx, kind, bun.SafeQuery("p.id > ? ORDER BY p.id LIMIT ?", after, limit))
}

// SearchKinds are the kinds of what the search engine holds.
var SearchKinds = []string{"post", "message"}

func (f *Forum) searchable(ctx context.Context, kind string, which schema.QueryWithArgs) (out []Searchable, err error) {
	defer during(&err, "searchable")
	if searchableFrom[kind] == "" {
		return nil, Absent()
	}
	if err = f.store.read.scan(ctx, &out, searchableFrom[kind]+" AND ?1", leastKept.Microseconds(), which); err != nil {
		return nil, err
	}
	var withFiles []int64
	var topics []TopicID
	for i := range out {
		s := &out[i]
		if max(s.Class, s.GroupClass) >= SealedClass {
			s.Text, s.FileCount = "", 0
		}
		if s.FileCount > 0 {
			withFiles = append(withFiles, s.ID)
		}
		if s.Tagged {
			topics = append(topics, s.TopicID)
		}
	}
	tags, err := f.tagsOf(ctx, topics...)
	names, err2 := f.namesOfFiles(ctx, kind, withFiles)
	for i := range out {
		s := &out[i]
		s.Files = names[s.ID]
		for _, t := range tags[s.TopicID] {
			s.Tags = append(s.Tags, t.ID)
		}
	}
	return out, either(err, err2)
}

// namesOfFiles gives the names of files that hang on posts or messages, whoever may read those.
func (f *Forum) namesOfFiles(ctx context.Context, kind string, ids []int64) (map[int64][]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct {
		Item int64
		Name string
	}
	on := bun.Ident(kind + "_id")
	err := f.store.read.scan(ctx, &rows, "SELECT fl.? AS item, fl.name FROM files fl WHERE fl.? IN (?) ORDER BY fl.id", on, on, bun.List(ids))
	out := map[int64][]string{}
	for _, r := range rows {
		out[r.Item] = append(out[r.Item], r.Name)
	}
	return out, err
}
