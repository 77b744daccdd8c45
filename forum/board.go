package forum

import (
	"context"
	"strings"

	"peergroups/forum/markup"
)

// Posting says who may open topics on a board; every member of the group may reply.
type Posting int64

// The posting rules.
const (
	ByMembers Posting = iota
	ByCertified
	ByModerators
)

// Board is a place for topics.
type Board struct {
	ID          BoardID
	GroupID     GroupID
	Slug        string
	Name        string
	Description string
	Posting     Posting
}

// BoardDraft is what the form for a new board may say.
type BoardDraft struct {
	Slug, Name, Description string
	Posting                 Posting
}

// CreateBoard adds a board to a group, by its owners and moderators.
func (f *Forum) CreateBoard(ctx context.Context, by Actor, id GroupID, d BoardDraft) (b *Board, err error) {
	err = f.write(ctx, "create board", func(w *writer) error {
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		var p problems
		p.slug(d.Slug)
		d.Name = p.line("name", d.Name, 80)
		if d.Posting < ByMembers || d.Posting > ByModerators {
			p.add("posting", "error.choose")
		}
		if err := p.err(); err != nil {
			return err
		}
		b = &Board{ID: BoardID(w.id()), GroupID: g.ID, Slug: d.Slug, Name: d.Name,
			Description: strings.TrimSpace(markup.Neutral(d.Description)), Posting: d.Posting}
		n, err := w.changed(`INSERT INTO boards (id, group_id, slug, name, description, posting, position, created_at)
			VALUES (?, ?, ?, ?, ?, ?, (SELECT count(*) FROM boards WHERE group_id = ?), ?) ON CONFLICT (group_id, slug) DO NOTHING`,
			b.ID, g.ID, b.Slug, b.Name, b.Description, b.Posting, g.ID, w.now)
		if err != nil {
			return err
		}
		if n == 0 {
			p.add("slug", "error.slug-taken")
			return p.err()
		}
		w.state(GroupChanged{g.ID})
		return w.log(by, "create-board", int64(b.ID), g.ID, "")
	})
	return b, err
}
