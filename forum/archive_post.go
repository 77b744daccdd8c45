package forum

import (
	"context"
	"regexp"
	"strings"
	"time"

	"peergroups/forum/markup"
)

// mailPlace is where a mail of an archive stands: a post in a topic, or the topic alone where the mail itself is not there.
type mailPlace struct {
	TopicID TopicID
	PostID  PostID
	At      Instant
}

const (
	sameSubject = 30 * 24 * time.Hour // within which an answer with the same subject belongs to a topic
	mostCites   = 10                  // of a mail that are looked at
)

// thread finds what a mail answers: the nearest of those it cites, the topic in which others have cited it, or one with its
// subject. A place without a topic: nothing; it opens one.
func (m *archivedDraft) thread(look func(key string) (mailPlace, error)) (p mailPlace, err error) {
	keys := []string{}
	for _, id := range m.cites() {
		keys = append(keys, keyOfMail(id))
	}
	for _, key := range append(keys, m.key) {
		if p, err = look(key); err != nil || p.TopicID != 0 {
			return p, err
		}
	}
	if !m.Answer {
		return mailPlace{}, nil
	}
	if p, err = look(keyOfSubject(m.draft.Title)); err != nil || m.at > p.At.add(sameSubject) || m.at < p.At.add(-sameSubject) {
		return mailPlace{}, err
	}
	return p, nil
}

func (m *archivedDraft) cites() []string { return m.Cites[:min(len(m.Cites), mostCites)] }

// count adds a mail that is taken.
func (n *Imported) count(m *archivedDraft, opens bool) {
	n.Mails++
	n.Cut += bit(m.cut)
	n.Topics += bit(opens)
	n.Matched += bit(m.member != 0)
	n.Unmatched += bit(m.member == 0)
}

// try is what post would do.
func (im *Import) try(ctx context.Context, m *archivedDraft, n *Imported) error {
	look := func(key string) (mailPlace, error) {
		if p, ok := im.dry[key]; ok {
			return p, nil
		}
		return im.stands(ctx, im.f.store.read, key)
	}
	p, err := look(m.key)
	if err != nil {
		return err
	}
	if p.PostID != 0 {
		n.Already++
		return nil
	}
	if len(References(m.cooked.HTML)) > 0 {
		n.Quoting++
		return nil
	}
	if p, err = m.thread(look); err != nil {
		return err
	}
	n.count(m, p.TopicID == 0)
	to := mailPlace{p.TopicID, 1, m.at}
	if to.TopicID == 0 {
		to.TopicID = TopicID(len(im.dry) + 1) // of its own in this run
	}
	im.dry[m.key], im.dry[keyOfSubject(m.draft.Title)] = to, to
	for _, id := range m.cites() {
		if key := keyOfMail(id); im.dry[key].TopicID == 0 {
			im.dry[key] = mailPlace{TopicID: to.TopicID, At: m.at}
		}
	}
	return nil
}

// stands finds where a mail of the archive, or a subject, stands on the board: nowhere, if what it stood in was moved or taken back.
func (im *Import) stands(ctx context.Context, db querier, key string) (p mailPlace, err error) {
	err = one(ctx, db, &p, `SELECT coalesce(t.id, 0) AS topic_id, i.post_id, i.at FROM imported i LEFT JOIN posts p ON p.id = i.post_id
		LEFT JOIN topics t ON t.id = coalesce(p.topic_id, i.topic_id) AND t.board_id = i.board_id AND t.merged_into = 0 AND t.reach < 4 WHERE i.board_id = ? AND i.key = ?`, im.Board.ID, key)
	if KindOf(err) == NotFound {
		err = nil
	}
	return p, err
}

// post puts one mail onto the board, once.
func (im *Import) post(w *writer, m *archivedDraft, n *Imported) error {
	look := func(key string) (mailPlace, error) { return im.stands(w.ctx, w, key) }
	had, err := look(m.key)
	if err == nil && had.PostID == 0 && m.member != 0 {
		had, err = im.already(w, m, n)
	}
	if err != nil {
		return err
	}
	if had.PostID != 0 {
		n.Already++
		return im.note(w, m, had)
	}
	if len(References(m.cooked.HTML)) > 0 {
		n.Quoting++
		return nil
	}
	to, err := m.thread(look)
	if err != nil {
		return err
	}
	n.count(m, to.TopicID == 0)
	p, err := im.write(w, m, to)
	if err != nil {
		return err
	}
	return im.note(w, m, mailPlace{p.TopicID, p.ID, m.at})
}

// already finds the same mail as its writer sent it to the board. Where it stands on another board, it is posted here, too, as the
// mail of a list that it was.
func (im *Import) already(w *writer, m *archivedDraft, n *Imported) (p mailPlace, err error) {
	var row struct {
		TopicID TopicID
		PostID  PostID
		At      Instant
		BoardID BoardID
	}
	err = w.one(&row, "SELECT p.id AS post_id, p.topic_id, p.posted_at AS at, t.board_id FROM posts p JOIN topics t ON t.id = p.topic_id WHERE p.author_id = ? AND p.key = ?", m.member, m.key)
	switch {
	case KindOf(err) == NotFound:
		return mailPlace{}, nil
	case err == nil && row.BoardID != im.Board.ID:
		n.Elsewhere++
		m.draft.Key = m.key + "@" + decimal(im.Board.ID)
		return mailPlace{}, nil
	}
	return mailPlace{row.TopicID, row.PostID, row.At}, err
}

// write writes the post, and the topic that it opens, with the time that the mail bears and for the members of the group.
func (im *Import) write(w *writer, m *archivedDraft, to mailPlace) (*Post, error) {
	by := Actor{Member: im.author}
	if m.member != 0 {
		by.Member = m.member
	}
	d, audience := m.draft, im.Group.Audience()
	d.class, d.ReplyTo = im.Group.Class, to.PostID
	t := &Topic{ID: to.TopicID, BoardID: im.Board.ID, Audience: audience}
	if to.TopicID != 0 {
		if err := w.one(t, topicByID, to.TopicID); err != nil {
			return nil, err
		}
		return w.post(by, t, ReplyAudience(t.Audience, audience), d, m.cooked)
	}
	t.ID = TopicID(w.id())
	if err := w.exec(`INSERT INTO topics (id, board_id, author_id, title, slug, reach, reach_of, from_join, posted_at, last_post_at, class, mask_of)
		VALUES (?0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?0)`, t.ID, t.BoardID, by.Member, d.Title, slugOf(d.Title, audience.Reach), audience.Reach, audience.Of, bit(audience.FromJoin), m.at, im.Group.Class); err != nil {
		return nil, err
	}
	return w.post(by, t, audience, d, m.cooked)
}

// note writes down where the mail stands, and where those belong that it cites and that are not there.
func (im *Import) note(w *writer, m *archivedDraft, p mailPlace) error {
	const known = "INSERT INTO imported (board_id, key, topic_id, post_id, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (board_id, key) DO "
	const newer = "UPDATE SET topic_id = excluded.topic_id, post_id = excluded.post_id, at = excluded.at"
	err := w.exec(known+newer, im.Board.ID, m.key, p.TopicID, p.PostID, p.At)
	if err == nil && p.TopicID != 0 {
		err = w.exec(known+newer, im.Board.ID, keyOfSubject(m.draft.Title), p.TopicID, 0, p.At)
	}
	for _, id := range m.cites() {
		if err == nil && p.TopicID != 0 {
			err = w.exec(known+"NOTHING", im.Board.ID, keyOfMail(id), p.TopicID, 0, p.At)
		}
	}
	if err == nil && m.OldPath != "" {
		err = w.exec(keepURL, m.OldPath, p.PostID)
	}
	return err
}

// postLink is an address of a post, which would stand for a quotation if it were all of a paragraph.
var postLink = regexp.MustCompile(`(?:https?://[^\s/<>()\[\]` + "`" + `]+)?/p/[0-9]{1,18}[^\s<>()\[\]` + "`" + `]*`)

// Addresses in a text: as they are written, and as archives obscure them, which is told apart from plain words only where an
// address can be expected.
var (
	plainly   = regexp.MustCompile(`([\p{L}\p{N}._%+'-]{1,64})@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	obscured  = regexp.MustCompile(`(?m)([<(\[]\s*(?:mailto:)?|^[> ]*(?:From|To|Cc|Sender|Reply-To):\s*)([\w.%+'-]{1,64}) at [\w-]+(?:\.[\w-]+)+`)
	attribute = regexp.MustCompile(`([\w.%+'-]{1,64}) at [\w-]+(?:\.[\w-]+)+(>?\)?,? (?:wrote|writes|said)\b)`)
)

// maskAddresses leaves of each address in a text what stands before the "@": whose it is, its owner shows to whom they like.
func maskAddresses(s string) string {
	s = plainly.ReplaceAllString(s, "$1@…")
	if !strings.Contains(s, " at ") {
		return s
	}
	return attribute.ReplaceAllString(obscured.ReplaceAllString(s, "$1$2@…"), "$1@…$2")
}

// bylineOf is the line above a text that says who wrote it, where that is no member of the group: their name alone.
func bylineOf(name string) string {
	if name = markup.Line(name); len([]rune(name)) > 100 {
		name = string([]rune(name)[:100])
	}
	if name == "" || strings.Contains(name, "@") || plainly.MatchString(name) || obscuredName.MatchString(name) {
		return ""
	}
	return "**" + special.ReplaceAllString(name, `\$0`) + "**\n\n"
}

var (
	obscuredName = regexp.MustCompile(`\S at \S+\.\S`)
	special      = regexp.MustCompile("[!-/:-@\\[-`{-~]")
)
