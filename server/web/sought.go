package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"peergroups/forum"
	"peergroups/search"
)

// narrowings are what a search can be narrowed to by an id, in the order in which they are shown.
var narrowings = []string{"group", "board", "room", "topic", "author", "tag"}

// sought is what a search asks for: words and filters, as its address holds them.
type sought struct {
	typed string // operators and all
	words string
	ops   []search.Op
	kind  string // "topic", "reply", "message" or "person"; "": all
	ids   map[string]int64
	year  int
	files bool
	sort  string // "relevance", "newest" or "oldest"

	query   search.Query
	keep    []func(*forum.Found) bool // what is found must pass, besides
	nothing string                    // an operator that names nothing: there is nothing to find
}

// soughtIn reads what a search asks for. What makes no sense is left out.
func soughtIn(v url.Values) *sought {
	a := &sought{typed: strings.TrimSpace(clean(v.Get("q"))), ids: map[string]int64{}, kind: v.Get("kind"), files: v.Get("has") == "file", sort: v.Get("sort")}
	a.words, a.ops = search.Parse(a.typed)
	for _, name := range narrowings {
		if id := number(v.Get(name)); id > 0 {
			a.ids[name] = id
		}
	}
	if year, err := strconv.Atoi(v.Get("year")); err == nil && year > 1900 && year < 3000 {
		a.year = year
	}
	if !slices.Contains([]string{"topic", "reply", "message", "person"}, a.kind) {
		a.kind = ""
	}
	if a.sort != "newest" && a.sort != "oldest" {
		a.sort = "relevance"
	}
	return a
}

// values are the address of the search: the same for the same.
func (a *sought) values() url.Values {
	v := url.Values{}
	put := func(name, value string, is bool) {
		if is {
			v.Set(name, value)
		}
	}
	put("q", a.typed, a.typed != "")
	put("kind", a.kind, a.kind != "")
	put("has", "file", a.files)
	put("year", strconv.Itoa(a.year), a.year != 0)
	put("sort", a.sort, a.sort != "relevance")
	for name, id := range a.ids {
		v.Set(name, decimal(id))
	}
	return v
}

// href is the address with one thing changed; without a value it is left out.
func (a *sought) href(name, value string) string {
	v := a.values()
	v.Del(name)
	if value != "" {
		v.Set(name, value)
	}
	return "/search?" + v.Encode()
}

func (a *sought) narrowed() bool {
	return len(a.ids) > 0 || a.kind != "" || a.files || a.year != 0
}

// is tells whether there is anything to look for.
func (a *sought) is() bool { return a.words != "" || a.narrowed() || len(a.ops) > 0 }

// resolve makes of it what the engine is asked and what must hold of each thing that is found, in the actor's name.
func (d *Door) resolve(ctx context.Context, by forum.Actor, a *sought, at *time.Location) error {
	who, err := d.Forum.Readership(ctx, by)
	if err != nil {
		return err
	}
	q := &a.query
	q.Text, q.OwnAuthor, q.Places, q.Limit = a.words, int64(by.Member), who.Places, mostFound
	if q.Places == nil {
		q.Places = []int64{}
	}
	for _, c := range who.Circles {
		q.Readers = append(q.Readers, search.Reader{Term: c.Term, From: c.From.Time()})
	}
	q.Sort = map[string]search.Sort{"newest": search.Newest, "oldest": search.Oldest}[a.sort]
	for name, id := range a.ids {
		a.only(name, []int64{id})
	}
	a.onlyKind(a.kind, false)
	if a.files {
		a.hasFile(false)
	}
	if a.year != 0 {
		a.between(time.Date(a.year, 1, 1, 0, 0, 0, 0, at), time.Date(a.year+1, 1, 1, 0, 0, 0, 0, at), false)
	}
	for _, op := range a.ops {
		if err := d.resolveOp(ctx, by, a, op, at); err != nil {
			return err
		}
	}
	return nil
}

func (d *Door) resolveOp(ctx context.Context, by forum.Actor, a *sought, op search.Op, at *time.Location) error {
	switch op.Key {
	case "kind":
		kind := strings.ToLower(op.Value)
		if kind = strings.Replace(strings.TrimSuffix(kind, "s"), "replie", "reply", 1); !slices.Contains([]string{"topic", "reply", "message"}, kind) {
			a.nothing = "kind:" + op.Value
		}
		a.onlyKind(kind, op.Not)
		return nil
	case "has":
		if !strings.HasPrefix(strings.ToLower(op.Value), "file") {
			a.nothing = "has:" + op.Value
		}
		a.hasFile(op.Not)
		return nil
	case "before", "after":
		from, ok := begin(op.Value, at)
		switch {
		case !ok:
			a.nothing = op.Key + ":" + op.Value
		case op.Key == "before":
			a.between(time.Time{}, from, op.Not)
		default:
			a.between(from, time.Time{}, op.Not)
		}
		return nil
	}
	return d.resolveNamed(ctx, by, a, op)
}

// resolveNamed is resolveOp for what is named by a word.
func (d *Door) resolveNamed(ctx context.Context, by forum.Actor, a *sought, op search.Op) error {
	kinds := []string{op.Key}
	if op.Key == "in" {
		kinds = []string{"board", "room"}
	}
	ids := map[string][]int64{}
	some := false
	for _, kind := range kinds {
		named, err := d.Forum.SearchNamed(ctx, by, kind, op.Value)
		if err != nil {
			return err
		}
		if kind == "author" && by.Member != 0 && strings.EqualFold(op.Value, "me") {
			named = []forum.Named{{ID: int64(by.Member)}}
		}
		for _, n := range named {
			ids[kind] = append(ids[kind], n.ID)
		}
		some = some || len(named) > 0
	}
	switch {
	case op.Not:
		a.keep = append(a.keep, func(f *forum.Found) bool {
			return !slices.ContainsFunc(kinds, func(kind string) bool { return is(f, kind, ids[kind]) })
		})
	case !some && op.Key != "author": // whether there is somebody who wrote nothing here is told to nobody
		a.nothing = op.Key + ":" + op.Value
	case op.Key == "in":
		if a.query.Boards == nil && a.query.Rooms == nil {
			a.query.Boards, a.query.Rooms = ids["board"], ids["room"]
		}
		a.keep = append(a.keep, func(f *forum.Found) bool { return is(f, "board", ids["board"]) || is(f, "room", ids["room"]) })
	default:
		a.only(op.Key, ids[op.Key])
	}
	return nil
}

// is tells whether something that was found is of one of the ids. A mask is of nobody.
func is(f *forum.Found, name string, ids []int64) bool {
	switch name {
	case "group":
		return slices.Contains(ids, int64(f.GroupID))
	case "board":
		return slices.Contains(ids, int64(f.BoardID))
	case "room":
		return slices.Contains(ids, int64(f.RoomID))
	case "topic":
		return slices.Contains(ids, int64(f.TopicID))
	case "author":
		return f.AuthorID != 0 && slices.Contains(ids, int64(f.AuthorID))
	default:
		return slices.ContainsFunc(f.Tags, func(t forum.Tag) bool { return slices.Contains(ids, int64(t.ID)) })
	}
}

func (a *sought) only(name string, ids []int64) {
	q := &a.query
	to := map[string]*[]int64{"group": &q.Groups, "board": &q.Boards, "room": &q.Rooms, "topic": &q.Topics, "author": &q.Voices, "tag": &q.Tags}[name]
	if len(ids) == 0 {
		ids = []int64{-1} // asked for as somebody who wrote nothing: how long it takes tells nothing
	}
	if *to == nil && (name != "room" && name != "board" || q.Boards == nil && q.Rooms == nil) { // of these two the engine takes either
		*to = ids
	}
	a.keep = append(a.keep, func(f *forum.Found) bool { return is(f, name, ids) })
}

func (a *sought) onlyKind(kind string, not bool) {
	of := map[string]func(*forum.Found) bool{
		"topic":   func(f *forum.Found) bool { return f.Kind == "post" && f.Opens },
		"reply":   func(f *forum.Found) bool { return f.Kind == "post" && !f.Opens },
		"message": func(f *forum.Found) bool { return f.Kind == "message" },
	}[kind]
	if of == nil {
		return
	}
	if !not {
		if a.query.Kinds = []string{"post"}; strings.HasPrefix(kind, "message") {
			a.query.Kinds = []string{"message"}
		}
	}
	a.keep = append(a.keep, func(f *forum.Found) bool { return of(f) != not })
}

func (a *sought) hasFile(not bool) {
	a.query.HasFile = a.query.HasFile || !not
	a.keep = append(a.keep, func(f *forum.Found) bool { return f.Files != not })
}

func (a *sought) between(from, to time.Time, not bool) {
	q := &a.query
	if !not && from.After(q.After) {
		q.After = from
	}
	if !not && !to.IsZero() && (q.Before.IsZero() || to.Before(q.Before)) {
		q.Before = to
	}
	a.keep = append(a.keep, func(f *forum.Found) bool {
		at := f.PostedAt.Time()
		return (!at.Before(from) && (to.IsZero() || at.Before(to))) != not
	})
}

// keeps tells whether something that was found is what is sought.
func (a *sought) keeps(f *forum.Found) bool {
	return !slices.ContainsFunc(a.keep, func(keep func(*forum.Found) bool) bool { return !keep(f) })
}

// begin is when a year, a month or a day ("2026", "2026-11", "2026-11-30") begins.
func begin(value string, at *time.Location) (time.Time, bool) {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, value, at); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
