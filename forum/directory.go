package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// DirectoryQuery is whom somebody looks for: beginnings of words, of which all have to be there.
type DirectoryQuery struct {
	Words, Area, Language, Place string
	After                        MemberID // the last of the page before; 0: from the beginning
}

// DirectoryRow is one who lists themself.
type DirectoryRow struct {
	ID                                   MemberID `bun:"id"`
	Name, Title, Place, Areas, Languages string
}

// DirectoryPage is a page of the directory, by name.
type DirectoryPage struct {
	Rows []DirectoryRow
	More bool
}

const (
	directoryPage = 30
	mostWords     = 8    // of one field; more are left out
	fewListed     = 1000 // so few are sorted; of more the first are looked for by name
)

// Directory lists the certified members who let the actor find them. Who is not listed for the actor is
// in no page and no order, and is nobody to begin after.
func (f *Forum) Directory(ctx context.Context, by Actor, q DirectoryQuery) (p DirectoryPage, err error) {
	defer during(&err, "directory")
	var words []string
	for _, part := range [][2]string{{anyWord, q.Words}, {areaWord, q.Area}, {languageWord, q.Language}, {placeWord, q.Place}} {
		all := foundBy(part[1])
		for _, word := range all[:min(len(all), mostWords)] {
			words = append(words, part[0]+word)
		}
	}
	where, err := f.withWords(ctx, words)
	if err != nil {
		return p, err
	}
	now := f.instant()
	from := bun.SafeQuery("1 = 1")
	if q.After != 0 {
		from = bun.SafeQuery("(m.name, m.id) > (SELECT m.name, m.id FROM members m JOIN profiles pr ON pr.member_id = m.id WHERE m.id = ? AND ?)", q.After, listedTo(by, now))
	}
	err = f.store.read.scan(ctx, &p.Rows, `SELECT m.id, m.name, m.title, pr.place, pr.areas, pr.languages FROM members m JOIN profiles pr ON pr.member_id = m.id
		WHERE ? AND ? AND ? ORDER BY m.name, m.id LIMIT ?`, where, from, listedTo(by, now), directoryPage+1)
	if p.More = len(p.Rows) > directoryPage; p.More {
		p.Rows = p.Rows[:directoryPage]
	}
	return p, err
}

// withWords is the SQL condition under which a member m is found by all of the words. Where one of them
// is rare, its members are looked at; where all are common, members are looked at by name until a page
// is full.
func (f *Forum) withWords(ctx context.Context, words []string) (schema.QueryWithArgs, error) {
	where := bun.SafeQuery("1 = 1")
	rare, least := -1, fewListed
	for i, word := range words {
		var n int
		if err := one(ctx, f.store.read, &n, "SELECT count(*) FROM (SELECT 1 FROM profile_words pw WHERE ? LIMIT ?) x", begins(word), fewListed); err != nil {
			return where, err
		}
		if n < least {
			rare, least = i, n
		}
	}
	for i, word := range words {
		if i == rare {
			where = bun.SafeQuery("? AND m.id IN (SELECT pw.member_id FROM profile_words pw WHERE ?)", where, begins(word))
		} else {
			where = bun.SafeQuery("? AND EXISTS (SELECT 1 FROM profile_words pw WHERE pw.member_id = m.id AND ?)", where, begins(word))
		}
	}
	return where, nil
}

// begins is the SQL condition under which a word pw begins with another.
func begins(word string) schema.QueryWithArgs {
	return bun.SafeQuery("pw.word >= ? AND pw.word < ?", word, word+"\U0010FFFF")
}
