package forum

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Class is how confidential a group is: what may be made of what is written there, besides
// showing it to those it was written for. What is written keeps the class of its time; of
// that and the place's of today the stricter holds for every copy.
type Class int64

// The classes.
const (
	OpenClass    Class = iota
	GroupClass         // for the group: stays among those it was written for
	ChathamClass       // Chatham House rule: who said it is not told, not even to those who read it
	SealedClass        // nothing of it leaves by mail, nor stands in the search engine
)

var classNames = [...]string{"open", "group", "chatham", "sealed"}

// String names the class.
func (c Class) String() string { return classNames[min(max(c, OpenClass), SealedClass)] }

// Mask is the name under which a participant speaks where the Chatham House rule holds: the
// same within one topic or room, another one elsewhere, and known to nobody.
func (f *Forum) mask(place int64, who MemberID) string {
	mac := hmac.New(sha256.New, f.secret)
	mac.Write(fmt.Appendf(nil, "mask\x00%d\x00%d", place, who))
	return base32.StdEncoding.EncodeToString(mac.Sum(nil))[:4]
}

// veil puts the mask in the place of who wrote under the Chatham House rule. Whatever is read
// of the store for others goes through it.
func (f *Forum) veil(c Class, place int64, who *MemberID, name *string) bool {
	if c != ChathamClass || *who == 0 {
		return false
	}
	*name, *who = f.mask(place, *who), 0
	return true
}

// voiceOf is the SQL of whom somebody speaks as: themself, or a mask. Whoever counts people counts these: else
// the number would tell which mask is whose.
func voiceOf(author, class, mask string) string {
	return fmt.Sprintf("CASE WHEN %s = %d THEN CAST(%s AS TEXT) || '/' || CAST(%s AS TEXT) ELSE CAST(%s AS TEXT) END", class, ChathamClass, author, mask, author)
}

func (f *Forum) veilPosts(by Actor, posts []Post) {
	for i := range posts {
		p := &posts[i]
		p.Mine = by.Member != 0 && p.AuthorID == by.Member
		if p.Veiled = f.veil(p.Class, p.MaskOf, &p.AuthorID, &p.Author); p.Veiled {
			p.AuthorCertified, p.AuthorVersion = false, 0
		}
		p.ReplyToVeiled = f.veil(p.ReplyToClass, p.ReplyToMaskOf, &p.ReplyToAuthorID, &p.ReplyToAuthor)
	}
}

func (f *Forum) veilPlaced(p *PlacedPost) {
	p.Veiled = f.veil(p.Class, p.MaskOf, &p.AuthorID, &p.Author)
	p.Class = max(p.Class, p.GroupClass)
}

func (f *Forum) veilMessages(by Actor, said []ChatMessage) {
	for i := range said {
		f.veilMessage(by, &said[i])
	}
}

func (f *Forum) veilMessage(by Actor, m *ChatMessage) {
	m.Mine = by.Member != 0 && m.AuthorID == by.Member
	m.Veiled = f.veil(m.Class, int64(m.RoomID), &m.AuthorID, &m.Author)
}

func (f *Forum) veilRows(rows []TopicRow) {
	for i := range rows {
		t := &rows[i]
		t.Veiled = f.veil(t.Class, t.MaskOf, &t.AuthorID, &t.Author)
		t.LastVeiled = f.veil(t.LastClass, t.LastMaskOf, &t.LastID, &t.Last)
	}
}

// NamesIn finds where a text names somebody: all words of the name, one after another, whatever stands between them. Pairs of
// begin and end, in bytes; at most twenty.
func NamesIn(text, name string) (out [][2]int) {
	words := strings.Fields(name)
	if len(words) == 0 || !strings.Contains(uncased(text), uncased(words[0])) { // a pattern is dear, and few texts need one
		return nil
	}
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	own, err := regexp.Compile(`(?i)(?:^|[^\pL\pN])(` + strings.Join(words, `[\s.,_*-]+`) + `)(?:$|[^\pL\pN])`)
	if err != nil {
		return nil
	}
	for _, at := range own.FindAllStringSubmatchIndex(text, 20) {
		out = append(out, [2]int{at[2], at[3]})
	}
	return out
}

// uncased makes those letters one that a pattern takes for one without regard to case.
func uncased(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}
