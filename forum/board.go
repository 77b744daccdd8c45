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

// BoardKind says what a board is for.
type BoardKind int64

// The kinds.
const (
	Discussion   BoardKind = iota
	Question               // one answer of a topic can be marked as the accepted one
	Announcement           // moderators open topics
)

var boardKindNames = [...]string{"discussion", "question", "announcement"}

// String names the kind.
func (k BoardKind) String() string { return boardKindNames[min(max(k, Discussion), Announcement)] }

// Board is a place for topics.
type Board struct {
	ID      BoardID
	GroupID GroupID
	BoardDraft
}

// BoardDraft is what the form of a board may say.
type BoardDraft struct {
	Slug, Name, Description string
	Posting                 Posting
	Kind                    BoardKind
	NoAnswers               bool   // but those of moderators
	Template                string // Markdown with which a new topic begins
}

const (
	boardFields  = "b.id, b.group_id, b.slug, b.name, b.description, b.posting, b.kind, b.no_answers"
	mostTemplate = 4096 // bytes
)

func (d *BoardDraft) check(p *problems) {
	d.Name = p.line("name", d.Name, 80)
	d.Description = p.text("description", d.Description, 1000)
	if d.Posting < ByMembers || d.Posting > ByModerators {
		p.add("posting", "error.choose")
	}
	if d.Kind < Discussion || d.Kind > Announcement {
		p.add("kind", "error.choose")
	}
	d.Template = strings.TrimSpace(markup.Neutral(d.Template))
	if len(d.Template) > mostTemplate {
		p.add("template", "error.too-long", "Most", mostTemplate)
	}
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
		if d.check(&p); p != nil {
			return p.err()
		}
		b = &Board{ID: BoardID(w.id()), GroupID: g.ID, BoardDraft: d}
		n, err := w.changed(`INSERT INTO boards (id, group_id, slug, name, description, posting, kind, no_answers, template, position, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT count(*) FROM boards WHERE group_id = ?), ?) ON CONFLICT (group_id, slug) DO NOTHING`,
			b.ID, g.ID, d.Slug, d.Name, d.Description, d.Posting, d.Kind, bit(d.NoAnswers), d.Template, g.ID, w.now)
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

// ChangeBoard changes a board but for its address, by the group's owners and moderators.
func (f *Forum) ChangeBoard(ctx context.Context, by Actor, id BoardID, d BoardDraft) error {
	return f.write(ctx, "change board", func(w *writer) error {
		b, g, s, err := w.boardSeen(by, id)
		if err == nil {
			err = mayModerate(by, s)
		}
		if err != nil {
			return err
		}
		var p problems
		if d.check(&p); p != nil {
			return p.err()
		}
		if err := w.exec("UPDATE boards SET name = ?, description = ?, posting = ?, kind = ?, no_answers = ?, template = ?, version = version + 1 WHERE id = ?",
			d.Name, d.Description, d.Posting, d.Kind, bit(d.NoAnswers), d.Template, b.ID); err != nil {
			return err
		}
		w.state(GroupChanged{g.ID})
		return w.log(by, "change-board", int64(b.ID), g.ID, "")
	})
}
