package forum

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// A quotation of a post is a reference to it: a paragraph that is nothing but its address,
// perhaps with where in it the quoted words stand. They are not copied; they are shown to
// each reader through the gate.
var reference = regexp.MustCompile(`<p><a href="(?:https?://[^/"]+)?/p/([0-9]{1,18})(?:\?part=([0-9]{1,6})-([0-9]{1,6})-([0-9a-f]{4}))?"[^>]*>[^<]*</a></p>`)

// Reference is a quotation of a post: of its plain text the characters From up to To, or of
// its beginning where To is 0.
type Reference struct {
	Post     PostID
	From, To int
	mark     string // of the words that stood there
}

const mostReferences = 10 // of one post are shown as quotations; others stay links

// References lists the posts that a cooked text quotes.
func References(html string) (out []PostID) {
	for _, m := range reference.FindAllStringSubmatch(html, -1) {
		id, _ := strconv.ParseInt(m[1], 10, 64)
		if !slices.Contains(out, PostID(id)) && len(out) < mostReferences {
			out = append(out, PostID(id))
		}
	}
	return out
}

// WithReferences puts into a cooked text what each quotation shows to its reader.
func WithReferences(html string, show func(Reference) string) string {
	all := References(html)
	if all == nil {
		return html
	}
	shown := 0 // the same one many times is many, too
	return reference.ReplaceAllStringFunc(html, func(s string) string {
		if shown++; shown > mostReferences {
			return s
		}
		m := reference.FindStringSubmatch(s)
		id, _ := strconv.ParseInt(m[1], 10, 64)
		if !slices.Contains(all, PostID(id)) {
			return s
		}
		from, _ := strconv.Atoi(m[2])
		to, _ := strconv.Atoi(m[3])
		return show(Reference{PostID(id), from, to, m[4]})
	})
}

// Quoted gives the words that a reference to a post shows, at most n characters; not ok: the
// post says something else there now, and nobody is to be quoted with what they did not say.
func (f *Forum) Quoted(r Reference, p *PlacedPost, n int) (words string, ok bool) {
	if r.To == 0 {
		return markup.Excerpt(p.Plain, n), true
	}
	plain := []rune(p.Plain)
	if r.From >= r.To || r.To > len(plain) {
		return "", false
	}
	words = string(plain[r.From:r.To])
	return markup.Excerpt(words, n), f.quoteMark(r.Post, words) == r.mark
}

// quoteMark tells later whether the words still stand there. It is keyed, since whoever reads a
// quotation need not be one who reads what it was taken from.
func (f *Forum) quoteMark(id PostID, words string) string {
	mac := hmac.New(sha256.New, f.secret)
	mac.Write(fmt.Appendf(nil, "quote\x00%d\x00%s", id, words))
	return hex.EncodeToString(mac.Sum(nil)[:2])
}

// QuotePart gives the address by which words of a post are quoted that the actor may read:
// of the whole post where they do not stand in it.
func (f *Forum) QuotePart(ctx context.Context, by Actor, id PostID, words string) (address string, err error) {
	posts, err := f.VisiblePosts(ctx, by, []PostID{id})
	if err == nil && len(posts) == 0 {
		err = Absent()
	}
	if err != nil {
		return "", err
	}
	address = "/p/" + decimal(id)
	plain := []rune(posts[0].Plain)
	if from, to := standsAt(plain, words); to > 0 {
		address += fmt.Sprintf("?part=%d-%d-%s", from, to, f.quoteMark(id, string(plain[from:to])))
	}
	return address, nil
}

// standsAt finds words in a text by their letters and digits, since a page shows lists and
// marks otherwise than plain text does; to is 0 where they are not there.
func standsAt(text []rune, words string) (from, to int) {
	bare, at := lettersOf(text)
	wanted, ends := lettersOf([]rune(words))
	i := strings.Index(string(bare), string(wanted))
	if len(wanted) == 0 || i < 0 {
		return 0, 0
	}
	first := utf8.RuneCountInString(string(bare)[:i])
	from, to = at[first], at[first+len(wanted)-1]+1
	for _, r := range []rune(words)[ends[len(ends)-1]+1:] { // "the end." with its full stop
		if to < len(text) && text[to] == r {
			to++
		}
	}
	return from, to
}

// lettersOf gives the letters and digits of a text, and where each of them stands.
func lettersOf(text []rune) (bare []rune, at []int) {
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			bare, at = append(bare, r), append(at, i)
		}
	}
	return bare, at
}

// mayQuote refuses a quotation that not all of the new text's readers may read, of what the
// writer may. What they may not read is no more than an address.
func (w *writer) mayQuote(by Actor, html string, target Audience, wrong *problems) error {
	all := References(html)
	if all == nil {
		return nil
	}
	var n int
	err := w.one(&n, "SELECT count(*) FROM posts p"+postPlaces+" WHERE p.id IN (?) AND p.erased_at = 0 AND ? AND (? OR ? OR ?)",
		bun.List(all), postGate(by), uncovered(target, "p"), uncovered(target, "t"), shutOut(target, "g"))
	if err == nil && n > 0 {
		wrong.add("source", "error.quote-narrower")
	}
	return err
}

// shutOut is the SQL condition under which a place may not let in all of an audience today.
func shutOut(a Audience, g string) schema.QueryWithArgs {
	if a.Reach < Members {
		return bun.SafeQuery("?.visibility > ?", bun.Ident(g), a.Reach)
	}
	return bun.SafeQuery("(?0.id <> ?1 AND ?0.visibility > 1)", bun.Ident(g), a.Of)
}
