package job

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"peergroups/forum"
	"peergroups/search"
)

const (
	searchPoll   = 250 * time.Millisecond // how long what was written is not found, at most and about
	searchBatch  = 500                    // notes at once
	searchRest   = 5 * time.Second        // after an engine failed
	searchBreath = 200 * time.Millisecond // between one batch and the next
)

// watchSearch fills a search engine that is new, and then brings it up to date, as long as there is something to bring. One node at a time does so.
func (j *Jobs) watchSearch(ctx context.Context) {
	if n, err := FillSearch(ctx, j.Forum, j.Search); err != nil && ctx.Err() == nil {
		j.Log.Warn("search engine was not filled", "documents", n, "err", err)
	}
	rest := searchPoll
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
		rest = searchPoll
		if err := BringSearch(ctx, j.Forum, j.Search, searchBreath); err != nil && ctx.Err() == nil {
			j.Log.Warn("search engine", "err", err)
			rest = searchRest
		}
	}
}

// BringSearch brings the search engine up to date with everything that is noted, and then what it was owed while it was away. It rests between so many, since on SQLite
// whoever writes waits for it.
func BringSearch(ctx context.Context, f *forum.Forum, engine search.Engine, rest time.Duration) error {
	return f.AloneAtSearch(ctx, func(ctx context.Context) error { return bringAll(ctx, f, engine, rest) })
}

func bringAll(ctx context.Context, f *forum.Forum, engine search.Engine, rest time.Duration) error {
	if err := f.NoteSaid(ctx); err != nil {
		return err
	}
	for _, owed := range []bool{false, true} {
		for more := true; more; {
			marks, err := f.SearchMarks(ctx, owed, searchBatch)
			if err == nil && len(marks) > 0 {
				err = settle(ctx, f, marks, owed, bring(ctx, f, engine, marks))
			}
			if errors.Is(err, search.ErrPrimary) { // it is still away: later
				break
			}
			if err != nil {
				return err
			}
			if more = len(marks) == searchBatch; more {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(rest):
				}
			}
		}
	}
	return f.Scrub(ctx)
}

// settle drops notes of which the engine has heard, and keeps those of which one of two engines has not.
func settle(ctx context.Context, f *forum.Forum, marks []forum.SearchMark, owed bool, err error) error {
	switch {
	case err == nil:
		return f.SearchMarksDone(ctx, marks)
	case errors.Is(err, search.ErrPrimary) && !owed:
		return f.OweSearchMarks(ctx, marks)
	}
	return err
}

// bring puts what is noted into the engine as it stands now, and takes out what it is to forget.
func bring(ctx context.Context, f *forum.Forum, engine search.Engine, marks []forum.SearchMark) error {
	var docs []search.Doc
	var gone []search.Gone
	stamps := map[forum.Searched]int64{}
	ids := map[string][]int64{}
	for _, m := range marks {
		switch m.Kind {
		case "topic", "group", "room":
			if err := f.SpreadSearchMark(ctx, m); err != nil {
				return err
			}
		default:
			stamps[m.Searched] = m.Stamp
			ids[m.Kind] = append(ids[m.Kind], m.ID)
		}
	}
	for kind, ids := range ids {
		now, err := f.SearchableOf(ctx, kind, ids)
		if err != nil {
			return err
		}
		for i := range now {
			of := forum.Searched{Kind: kind, ID: now[i].ID}
			docs = append(docs, docOf(&now[i], stamps[of]))
			delete(stamps, of)
		}
	}
	for of, stamp := range stamps {
		gone = append(gone, search.Gone{Ref: search.Ref{Kind: of.Kind, ID: of.ID}, Version: stamp})
	}
	if len(gone) > 0 {
		defer f.OweScrub()
	}
	err := engine.Put(ctx, docs)
	if err == nil || errors.Is(err, search.ErrPrimary) {
		if also := engine.Delete(ctx, gone); also != nil && !errors.Is(also, search.ErrPrimary) {
			return also
		} else if also != nil {
			err = also
		}
	}
	return err
}

// docOf is the document of a post or message. The title is found with the post that opened the topic.
func docOf(s *forum.Searchable, version int64) search.Doc {
	d := search.Doc{Kind: s.Kind, ID: s.ID, Version: version, Audience: s.Term(), Group: int64(s.GroupID), Board: int64(s.BoardID), Topic: int64(s.TopicID), Room: int64(s.RoomID),
		Author: int64(s.AuthorID), Voice: int64(s.Voice()), At: s.PostedAt.Time(), Title: s.Title, Text: s.Text, Files: strings.Join(s.Files, "\n")}
	for _, t := range s.Tags {
		d.Tags = append(d.Tags, int64(t))
	}
	return d
}

// lookAgain tells members of what is new in the searches that they keep.
func (j *Jobs) lookAgain(ctx context.Context) error {
	if j.Find == nil {
		return nil
	}
	due, err := j.Forum.DueSearches(ctx, searchBatch)
	for _, s := range due {
		by, err := j.Forum.ActorFor(ctx, s.MemberID)
		if err != nil {
			return err
		}
		found, err := j.Find(ctx, by, s.Query, s.Since())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // one that cannot be looked through keeps no other from it
			j.Log.Warn("a kept search", "search", s.ID, "err", err)
		}
		if err := j.Forum.NoteFound(ctx, s, found); err != nil {
			return err
		}
	}
	return err
}

// FillSearch builds the index of a search engine that is new, where there is something to be found. Who is at it already is left to it.
func FillSearch(ctx context.Context, f *forum.Forum, engine search.Engine) (n int, err error) {
	if empty, err := engine.Empty(ctx); err != nil || !empty {
		return 0, err
	}
	for _, kind := range forum.SearchKinds {
		some, err := f.EachSearchable(ctx, kind, 0, 1)
		if err != nil {
			return 0, err
		}
		if len(some) > 0 {
			n, err := Rebuild(ctx, f, engine, func(int) {})
			if errors.Is(err, search.ErrPrimary) { // the other is filled as everything new is, and the first when it is back
				return n, f.NoteAllSearched(ctx)
			}
			return n, err
		}
	}
	return 0, nil
}

// Rebuild builds the search engine's index anew beside the one that is searched, goes on where one was left, and then has it take the other's place. tell
// hears how many documents it holds now and then. What changes meanwhile goes to both.
func Rebuild(ctx context.Context, f *forum.Forum, engine search.Engine, tell func(n int)) (n int, err error) {
	err = f.AloneAtBuilding(ctx, func(ctx context.Context) (err error) {
		n, err = rebuild(ctx, f, engine, tell)
		return err
	})
	return n, err
}

func rebuild(ctx context.Context, f *forum.Forum, engine search.Engine, tell func(n int)) (n int, err error) {
	upto, ok, err := engine.Building(ctx)
	if err == nil && !ok {
		upto, err = "", engine.Begin(ctx)
	}
	if err != nil {
		return 0, err
	}
	at, after := progress(upto)
	for ; at < len(forum.SearchKinds); at, after = at+1, 0 {
		for {
			some, err := f.EachSearchable(ctx, forum.SearchKinds[at], after, searchBatch)
			if err != nil {
				return n, err
			}
			if len(some) == 0 {
				break
			}
			docs := make([]search.Doc, len(some))
			for i := range some {
				docs[i] = docOf(&some[i], 0) // older than whatever is noted: that wins
			}
			after = some[len(some)-1].ID
			if err := engine.Build(ctx, docs, progressAt(at, after)); err != nil {
				return n, err
			}
			n += len(docs)
			tell(n)
		}
	}
	return n, engine.Swap(ctx)
}

func progressAt(kind int, after int64) string {
	return forum.SearchKinds[kind] + " " + strconv.FormatInt(after, 10)
}

// progress reads what progressAt wrote; what it does not know is the beginning.
func progress(upto string) (kind int, after int64) {
	name, id, _ := strings.Cut(upto, " ")
	kind = slices.Index(forum.SearchKinds, name)
	after, err := strconv.ParseInt(id, 10, 64)
	if kind < 0 || err != nil {
		return 0, 0
	}
	return kind, after
}

// Verify compares what the search engine holds with what it is to hold, and notes what differs: it is mended within a moment. It tells how many it compared, and how
// many it noted: documents that are missing, old, or of what is to be forgotten.
func Verify(ctx context.Context, f *forum.Forum, engine search.Engine) (n, wrong int, err error) {
	for _, kind := range forum.SearchKinds {
		for after := int64(0); ; {
			is, err := engine.List(ctx, search.Ref{Kind: kind, ID: after}, searchBatch)
			if err != nil {
				return n, wrong, err
			}
			is = slices.DeleteFunc(is, func(s search.Stored) bool { return s.Kind != kind })
			should, err := f.EachSearchable(ctx, kind, after, searchBatch)
			if err != nil {
				return n, wrong, err
			}
			if len(is) == 0 && len(should) == 0 {
				break
			}
			upto := upto(is, should)
			differ, above := differing(kind, is, should, upto)
			if err := f.NoteSearched(ctx, differ, above); err != nil {
				return n, wrong, err
			}
			for _, s := range should {
				if s.ID <= upto {
					n++
				}
			}
			wrong, after = wrong+len(differ), upto
		}
	}
	return n, wrong, nil
}

// upto is the last number up to which both lists, each of the first there are, are whole.
func upto(is []search.Stored, should []forum.Searchable) int64 {
	last := int64(math.MaxInt64)
	if len(is) == searchBatch {
		last = is[len(is)-1].ID
	}
	if len(should) == searchBatch {
		last = min(last, should[len(should)-1].ID)
	}
	return last
}

func differing(kind string, is []search.Stored, should []forum.Searchable, upto int64) (out []forum.Searched, above int64) {
	sums := map[int64]string{}
	for _, s := range is {
		if s.ID <= upto {
			sums[s.ID], above = s.Sum, max(above, s.Version)
		}
	}
	for i := range should {
		if s := &should[i]; s.ID <= upto {
			if sums[s.ID] != docOf(s, 0).Sum() {
				out = append(out, forum.Searched{Kind: kind, ID: s.ID})
			}
			delete(sums, s.ID)
		}
	}
	for id := range sums {
		out = append(out, forum.Searched{Kind: kind, ID: id})
	}
	return out, above
}
