package forum

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// Archived is a mail of another list's archive, ready to be posted on a board.
type Archived struct {
	MessageID string
	Mark      string   // stands for it where the mail has no Message-ID
	Cites     []string // Message-IDs of those that it answers, the nearest first
	Answer    bool     // its subject says that it answers
	From      string   // bare address
	Name      string
	Title     string // subject without "Re:" and tag
	Source    string // Markdown
	At        time.Time
	OldPath   string // under which it stood before; "": nowhere, or nobody knows
}

// Imported counts what became of mails of an archive.
type Imported struct {
	Mails     int // taken, or to be taken
	Already   int // posted before
	Topics    int
	Matched   int // written by a member of the group
	Unmatched int // by others
	Cut       int // longer than a post may be
	Quoting   int // left out, since they quote a post of this forum
	Elsewhere int // of a member, whose same mail stands on another board, too
}

// Add adds the counts of other mails.
func (n *Imported) Add(o Imported) {
	n.Mails, n.Already, n.Topics, n.Matched = n.Mails+o.Mails, n.Already+o.Already, n.Topics+o.Topics, n.Matched+o.Matched
	n.Unmatched, n.Cut, n.Quoting, n.Elsewhere = n.Unmatched+o.Unmatched, n.Cut+o.Cut, n.Quoting+o.Quoting, n.Elsewhere+o.Elsewhere
}

// Import brings the archive of a list into a board. It is used by one goroutine.
type Import struct {
	Board  Board
	Group  Group
	author MemberID // of what was written by nobody who is in the group
	f      *Forum
	by     Actor
	dry    map[string]mailPlace // what a dry run would have written; nil: it is none
}

// OpenImport begins to bring an archive into a board of a private group, or goes on with it; a dry run writes nothing. name is
// that of the stand-in under whose name those speak who are not in the group. Conflict: there is something of an archive already,
// and again does not say that more is to come. By the operator, or an administrator, who sees nothing by it but counts.
func (f *Forum) OpenImport(ctx context.Context, by Actor, b Board, name string, o ImportOptions) (im *Import, err error) {
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	im = &Import{f: f, by: by}
	if o.Dry {
		im.dry = map[string]mailPlace{}
		defer during(&err, "try import")
		return im, im.load(ctx, f.store.read, b)
	}
	return im, f.write(ctx, "open import", func(w *writer) error {
		if err := im.load(ctx, w, b); err != nil {
			return err
		}
		var had int
		if err := w.one(&had, "SELECT count(*) FROM (SELECT 1 AS x FROM imported WHERE board_id = ? LIMIT 1) i", im.Board.ID); err != nil {
			return err
		}
		if had > 0 && !o.Resume {
			return Refuse(Conflict, "error.imported-already")
		}
		return im.standIn(w, name)
	})
}

// ImportOptions say how an import is meant.
type ImportOptions struct {
	Dry    bool // nothing is written
	Resume bool // it goes on, or more is to come onto the same board
}

// FindForImport gives a board by the names of its group and of itself, whoever may know of them: for the operator.
func (f *Forum) FindForImport(ctx context.Context, by Actor, group, board string) (b Board, err error) {
	defer during(&err, "find for import")
	if err = mayAdminister(by); err == nil {
		err = one(ctx, f.store.read, &b, boardColumns+" JOIN groups g ON g.id = b.group_id WHERE g.slug = ? AND b.slug = ?", group, board)
	}
	return b, err
}

// load reads the board and its group anew, and refuses a group into which nothing of an archive goes: one that is open to
// others than its members; one whose members read only what was said after they came, who would read nothing of it; one where
// nobody is told who speaks, since the texts of an archive tell it.
func (im *Import) load(ctx context.Context, db querier, b Board) error {
	err := one(ctx, db, &im.Board, boardColumns+" WHERE b.id = ?", b.ID)
	if err == nil {
		err = one(ctx, db, &im.Group, groupColumns+" WHERE g.id = ?", im.Board.GroupID)
	}
	switch {
	case err != nil:
		return err
	case im.Group.Visibility < MembersOnly:
		return Refuse(Closed, "error.import-open")
	case im.Group.FromJoin:
		return Refuse(Closed, "error.import-from-join")
	case im.Group.Class == ChathamClass:
		return Refuse(Closed, "error.import-masked")
	}
	return nil
}

// standIn finds or makes the member under whose name those speak who are not in the group.
func (im *Import) standIn(w *writer, name string) (err error) {
	handle := fmt.Sprintf("archive.%d", im.Board.ID)
	err = w.one(&im.author, "SELECT id FROM members WHERE handle_key = ? AND standing = ?", handleKey(handle), OfArchive)
	if KindOf(err) != NotFound {
		return err
	}
	var p problems
	if name = p.line("name", maskAddresses(name), 100); p != nil {
		return p.err()
	}
	r := Registration{Handle: handle, Name: name, Email: handle + "@archive.invalid", Language: "en", Zone: "UTC"} // RFC 2606: nobody's address
	if im.author, err = w.member(r, "", OfArchive); err != nil {
		return err
	}
	return w.log(im.by, "import", int64(im.Board.ID), im.Group.ID, "")
}

// Take posts mails, in the order in which they stand in the archive, all or none of them. Which were posted before it knows.
func (im *Import) Take(ctx context.Context, mails []Archived) (n Imported, err error) {
	ready := make([]archivedDraft, len(mails))
	if im.dry != nil {
		defer during(&err, "try import")
		if err = im.load(ctx, im.f.store.read, im.Board); err == nil {
			err = im.each(ctx, im.f.store.read, mails, ready, func(m *archivedDraft) error { return im.try(ctx, m, &n) })
		}
		return n, err
	}
	if err = im.each(ctx, im.f.store.read, mails, ready, func(*archivedDraft) error { return nil }); err != nil { // nothing is rendered inside the transaction
		return n, err
	}
	err = im.f.write(ctx, "import", func(w *writer) error {
		n = Imported{}
		if err := w.lockRow("groups", int64(im.Board.GroupID)); err != nil { // who opens it waits, or we do
			return err
		}
		if err := im.load(w.ctx, w, im.Board); err != nil {
			return err
		}
		return im.each(w.ctx, w, mails, ready, func(m *archivedDraft) error { return im.post(w, m, &n) })
	})
	return n, err
}

// archivedDraft is a mail as it is posted.
type archivedDraft struct {
	*Archived
	key    string
	member MemberID // who wrote it, if they are in the group; else 0
	at     Instant
	draft  Draft
	cooked markup.Cooked
	cut    bool
}

// each makes drafts of the mails and does something with each.
func (im *Import) each(ctx context.Context, db querier, mails []Archived, ready []archivedDraft, do func(*archivedDraft) error) error {
	who, err := im.writers(ctx, db, mails)
	if err != nil {
		return err
	}
	for i := range mails {
		member := who[fold(mails[i].From)]
		if d := &ready[i]; d.Archived == nil || d.member != member { // else it is ready, and who wrote it is who they were
			*d = mails[i].prepare(member, im.f.instant())
		}
		if err := do(&ready[i]); err != nil {
			return err
		}
	}
	return nil
}

// writers are the members of the group among those who wrote mails, by the keys of their addresses. Of somebody who is not in
// it, it is not told that there is a member with their address.
func (im *Import) writers(ctx context.Context, db querier, mails []Archived) (map[string]MemberID, error) {
	keys := make([]string, len(mails))
	for i := range mails {
		keys[i] = fold(mails[i].From)
	}
	var found []struct {
		EmailKey string
		ID       MemberID `bun:"id"`
	}
	out := map[string]MemberID{}
	if len(keys) == 0 {
		return out, nil
	}
	err := db.scan(ctx, &found, "SELECT m.email_key, m.id FROM members m JOIN memberships s ON s.member_id = m.id AND s.group_id = ? AND s.standing = ? AND s.role >= ? WHERE m.email_key IN (?) AND m.standing = ?",
		im.Board.GroupID, In, Participant, bun.List(keys), Active)
	for _, m := range found {
		out[m.EmailKey] = m.ID
	}
	return out, err
}

// prepare makes a draft of a mail: without addresses, of the length of a post, and cooked.
func (m *Archived) prepare(member MemberID, now Instant) archivedDraft {
	d := archivedDraft{Archived: m, key: keyOfMail(cmp.Or(m.MessageID, m.Mark)), member: member, at: min(At(m.At), now)}
	title := []rune(maskAddresses(markup.Line(m.Title)))
	if len(title) > 150 {
		title = append(title[:149], '…')
	}
	source := postLink.ReplaceAllString(maskAddresses(strings.TrimSpace(strings.ToValidUTF8(m.Source, "\uFFFD"))), "`$0`")
	if member == 0 {
		source = bylineOf(m.Name) + source
	}
	if utf8.RuneCountInString(source) > MaxSource {
		source, d.cut = string([]rune(source)[:MaxSource-1])+"…", true
	}
	d.draft = Draft{Title: cmp.Or(string(title), "–"), Source: source, Key: d.key, Door: FromArchive, at: d.at}
	d.cooked = d.draft.cook(func(string) (string, bool) { return "", false }) // nobody is called
	return d
}

// keyOfMail makes the same mail one post, as it comes by mail or out of an archive.
func keyOfMail(id string) string { return Incoming{MessageID: strings.Trim(id, "<> ")}.key() }

// keyOfSubject is what a topic is found by whose mails name no other.
func keyOfSubject(title string) string {
	sum := sha256.Sum256([]byte(fold(strings.Join(strings.Fields(title), " "))))
	return "subject:" + hex.EncodeToString(sum[:16])
}
