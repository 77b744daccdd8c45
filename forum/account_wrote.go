package forum

import (
	"regexp"
	"strings"
)

// What is many rows of an account that goes, in parts: each gives whether there is more.

// takePosts takes what they wrote back, as they could themselves.
func (w *writer) takePosts(e *AccountErasure) (more bool, err error) {
	var ids []PostID
	if err := w.scan(w.ctx, &ids, "SELECT p.id FROM posts p WHERE p.author_id = ? AND p.erased_at = 0 ORDER BY p.id LIMIT ?", e.MemberID, erasedAtOnce); err != nil {
		return false, err
	}
	for _, id := range ids {
		p, err := w.ownPost(Actor{Member: e.MemberID}, id)
		if KindOf(err) == NotFound { // gone with its topic
			continue
		}
		if err = either(err, w.takeWords(p)); err != nil {
			return false, err
		}
	}
	return len(ids) > 0, nil
}

// takeTitles takes the titles of the topics that they began, where others answered.
func (w *writer) takeTitles(e *AccountErasure) (more bool, err error) {
	var topics []TopicID
	if err := w.scan(w.ctx, &topics, "UPDATE topics SET title = ?0, slug = ?1, titled_by = ?2, version = version + 1 WHERE id IN (SELECT t.id FROM topics t WHERE t.author_id = ?2 AND t.titled_by = 0 AND t.reach <> ?3 ORDER BY t.id LIMIT ?4) RETURNING id",
		hiddenTitle, slugOf("", Nobody), e.MemberID, Nobody, erasedAtOnce); err != nil {
		return false, err
	}
	for _, id := range topics { // the engine finds a title by the post that opened the topic
		var opening PostID
		if err := w.one(&opening, "SELECT p.id FROM posts p WHERE p.topic_id = ? ORDER BY p.n LIMIT 1", id); err != nil {
			return false, err
		}
		w.state(PostChanged{Topic: id, Post: opening})
	}
	return len(topics) > 0, nil
}

// takeSaid does the same with what they said in rooms.
func (w *writer) takeSaid(e *AccountErasure) (more bool, err error) {
	var ids []int64
	if err := w.scan(w.ctx, &ids, "SELECT c.id FROM messages c WHERE c.author_id = ? AND c.erased_at = 0 AND ? ORDER BY c.id LIMIT ?", e.MemberID, lasts(w.now), erasedAtOnce); err != nil {
		return false, err
	}
	for _, id := range ids {
		if err := w.takeMessage(Actor{Member: e.MemberID, at: w.now}, id); err != nil {
			return false, err
		}
	}
	return len(ids) > 0, nil
}

// mentioning is what somebody else wrote that calls the member.
type mentioning struct {
	ID                  int64 `bun:"id"`
	TopicID             TopicID
	Source, HTML, Plain string
}

// renamed calls the member in a text as they are called now: a mention is a reference, and no word of who wrote it.
func (e *AccountErasure) renamed(text, now string) string {
	called := regexp.MustCompile(`(?i)@` + regexp.QuoteMeta(e.Handle) + `([._-]?[\p{L}\p{N}])?`)
	return called.ReplaceAllStringFunc(text, func(found string) string {
		if len(found) != len("@"+e.Handle) { // a longer handle
			return found
		}
		return "@" + now
	})
}

func (w *writer) renameMentions(e *AccountErasure) (more bool, err error) {
	return w.rename(e, "mentions", "posts", func(m mentioning, now string) error {
		w.state(PostChanged{Topic: m.TopicID, Post: PostID(m.ID)})
		var was []mentioning
		if err := w.scan(w.ctx, &was, "SELECT id, source FROM revisions WHERE post_id = ?", m.ID); err != nil {
			return err
		}
		for _, r := range was {
			if err := w.exec("UPDATE revisions SET source = ? WHERE id = ?", e.renamed(r.Source, now), r.ID); err != nil {
				return err
			}
		}
		return w.exec("UPDATE posts SET version = version + 1 WHERE id = ?", m.ID)
	})
}

func (w *writer) renameCalls(e *AccountErasure) (more bool, err error) {
	return w.rename(e, "message_mentions", "messages", func(m mentioning, _ string) error {
		w.state(SaidApart{[]int64{m.ID}})
		return nil
	})
}

// rename changes a part of the mentions of one table, whose texts stand in another.
func (w *writer) rename(e *AccountErasure, mentions, texts string, after func(m mentioning, now string) error) (more bool, err error) {
	var now string
	if err := w.one(&now, "SELECT handle FROM members WHERE id = ?", e.MemberID); err != nil {
		return false, err
	}
	item := strings.TrimSuffix(texts, "s") + "_id"
	topic := map[string]string{"posts": "t.topic_id", "messages": "0 AS topic_id"}[texts]
	var found []mentioning
	if err := w.scan(w.ctx, &found, "SELECT t.id, "+topic+", t.source, t.html, t.plain FROM "+mentions+" n JOIN "+texts+" t ON t.id = n."+item+" WHERE n.member_id = ? ORDER BY t.id LIMIT ?", e.MemberID, erasedAtOnce); err != nil {
		return false, err
	}
	for _, m := range found {
		if err := w.exec("UPDATE "+texts+" SET source = ?, html = ?, plain = ? WHERE id = ?", e.renamed(m.Source, now), e.renamed(m.HTML, now), e.renamed(m.Plain, now), m.ID); err != nil {
			return false, err
		}
		if err := either(after(m, now), w.exec("DELETE FROM "+mentions+" WHERE "+item+" = ? AND member_id = ?", m.ID, e.MemberID)); err != nil {
			return false, err
		}
	}
	return len(found) > 0, nil
}
