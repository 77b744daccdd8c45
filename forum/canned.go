package forum

import "context"

// Canned are words that the moderators of a group use again and again, for the forms of acts and answers.
type Canned struct {
	ID           int64 `bun:"id"`
	Title, Words string
}

const mostCanned = 30 // in a group

// ReadCanned lists those of a group, for its moderators.
func (f *Forum) ReadCanned(ctx context.Context, by Actor, id GroupID) (out []Canned, err error) {
	defer during(&err, "read canned")
	_, s, _, err := groupSeen(ctx, f.store.read, by, id)
	if err == nil {
		err = mayModerate(by, s)
	}
	if err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, "SELECT id, title, words FROM canned WHERE group_id = ? ORDER BY title, id", id)
	return out, err
}

// AddCanned adds words to those of a group, by a moderator.
func (f *Forum) AddCanned(ctx context.Context, by Actor, id GroupID, c Canned) error {
	return f.write(ctx, "add canned", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		if _, _, err := w.moderated(by, id); err != nil {
			return err
		}
		var p problems
		c.Title = p.line("title", c.Title, 80)
		c.Words = p.needed("words", c.Words, 1000)
		var n int
		if err := w.one(&n, "SELECT count(*) FROM canned WHERE group_id = ?", id); err != nil {
			return err
		}
		if n >= mostCanned {
			p.add("title", "error.canned-enough", "Most", mostCanned)
		}
		if err := p.err(); err != nil {
			return err
		}
		return w.exec("INSERT INTO canned (id, group_id, title, words) VALUES (?, ?, ?, ?)", w.id(), id, c.Title, c.Words)
	})
}

// DropCanned takes words from those of a group, by a moderator. Twice is once.
func (f *Forum) DropCanned(ctx context.Context, by Actor, group GroupID, id int64) error {
	return f.write(ctx, "drop canned", func(w *writer) error {
		if _, _, err := w.moderated(by, group); err != nil {
			return err
		}
		return w.exec("DELETE FROM canned WHERE id = ? AND group_id = ?", id, group)
	})
}
