package forum

import (
	"context"
	"strings"
)

// namedFrom are the places, tags and people that a search can be narrowed to, as far as the actor may know of them, with their names; ?0 and ?1 are
// the gates of groups and rooms, ?2 that of topics, ?3 the standing of members, ?4 whether any of them will do and ?5 whom the directory lists for the actor.
var namedFrom = map[string]struct{ from, id, slug, name, key string }{
	"group":  {"groups g WHERE g.talk = 0 AND ?0", "g.id", "g.slug", "g.name", "lower(g.name)"},
	"board":  {"boards b JOIN groups g ON g.id = b.group_id WHERE ?0", "b.id", "b.slug", "b.name", "lower(b.name)"},
	"room":   {"rooms r JOIN groups g ON g.id = r.group_id WHERE g.talk = 0 AND ?1", "r.id", "r.slug", "r.name", "lower(r.name)"},
	"topic":  {"topics t JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id WHERE ?0 AND ?2 AND t.reach < 4", "t.id", "t.slug", "t.title", "lower(t.title)"},
	"tag":    {"tags tg JOIN groups g ON g.id = tg.group_id WHERE ?0", "tg.id", "tg.slug", "tg.name", "lower(tg.name)"},
	"author": {"members m LEFT JOIN profiles pr ON pr.member_id = m.id WHERE m.standing = ?3 AND (?4 OR ?5)", "m.id", "m.handle_key", "m.name", "m.name_key"},
}

// mostNamed is how many a word can name.
const mostNamed = 50

// Named is something that a search can be narrowed to.
type Named struct {
	ID         int64 `bun:"id"`
	Slug, Name string
}

// SearchNamed gives what a word in a search names: a "group", "board", "room", "topic", "tag" or "author" of which the actor may know, by its address
// or handle or a part of its name. Of authors it gives whoever is called so, who are told to nobody: what is found of theirs goes through the gate, and no mask is among it.
func (f *Forum) SearchNamed(ctx context.Context, by Actor, kind, word string) (out []Named, err error) {
	defer during(&err, "search named")
	n, ok := namedFrom[kind]
	word = strings.TrimSpace(uncased(word))
	if !ok || word == "" || len(word) > 200 {
		return nil, nil
	}
	slug := word
	if kind == "author" {
		if slug, word = handleKey(word), nameKey(word); word == "" { // of accents alone
			return nil, nil
		}
	}
	err = f.store.read.scan(ctx, &out, "SELECT "+n.id+" AS id, "+n.slug+" AS slug, "+n.name+" AS name FROM "+n.from+" AND ("+n.slug+` = ?9 OR `+n.key+` LIKE ?7 ESCAPE '\') ORDER BY CASE WHEN `+n.slug+` = ?9 OR `+n.key+" = ?6 THEN 0 ELSE 1 END, "+n.id+" LIMIT ?8",
		placeGate(by, "g"), roomGate(by), itemGate(by, "t"), Active, true, listedTo(by, f.instant()), word, "%"+likeWord.Replace(word)+"%", mostNamed, slug)
	return out, err
}

// SearchLabel gives the name of what a search is narrowed to; Absent where the actor may not know of it.
func (f *Forum) SearchLabel(ctx context.Context, by Actor, kind string, id int64) (name string, err error) {
	defer during(&err, "search label")
	n, ok := namedFrom[kind]
	if !ok {
		return "", Absent()
	}
	err = one(ctx, f.store.read, &name, "SELECT "+n.name+" FROM "+n.from+" AND "+n.id+" = ?6", placeGate(by, "g"), roomGate(by), itemGate(by, "t"), Active, by.Member != 0, listedTo(by, f.instant()), id)
	return name, err
}
