package forum

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"peergroups/forum/disclose"
)

// Evidence is a file that belongs to an application: for its applicant, and once it is handed
// in for the reviewers who may decide about it. It hangs on no post, no gate of posts is
// asked for it, and it cannot be put on one.
type Evidence struct {
	ID            int64 `bun:"id"`
	ApplicationID int64
	MemberID      MemberID
	Name          string
	Format        disclose.Format
	Size          int64 // bytes
	Shelf         string
	AddedAt       Instant
}

const (
	evidenceColumns = "SELECT e.id, e.application_id, e.member_id, e.name, e.format, e.size, e.shelf, e.added_at FROM evidence e"

	mostEvidence = 20 // of one application
	evidenceKept = 365 * 24 * time.Hour
)

// AddEvidence takes a file in for the actor's application: of the kinds and sizes that are
// taken for posts, told by its bytes. Pictures are made anew; documents stay as they are,
// since they are to prove something.
func (f *Forum) AddEvidence(ctx context.Context, by Actor, name string, b []byte) (err error) {
	if by.Member == 0 {
		return Refuse(Forbidden, "error.sign-in-first")
	}
	if err := f.spend(ctx, filesOfMember, "file", by.key()); err != nil {
		return err
	}
	file := &File{AuthorID: by.Member}
	if b, err = f.take(ctx, file, name, b); err != nil {
		return fileProblem(name, err)
	}
	if err := f.shelve(ctx, file, b); err != nil {
		return err
	}
	err = f.write(ctx, "add evidence", func(w *writer) error {
		a, err := w.filling(by, "evidence")
		if err != nil {
			return err
		}
		var held struct{ N, Bytes int64 } // those of closed applications take room, too
		if err := w.one(&held, "SELECT coalesce(sum(CASE WHEN application_id = ? THEN 1 ELSE 0 END), 0) AS n, coalesce(sum(size), 0) AS bytes FROM evidence WHERE member_id = ?", a.ID, by.Member); err != nil {
			return err
		}
		var p problems
		if held.N >= mostEvidence {
			p.add("upload", "error.evidence-many", "Most", mostEvidence)
		} else if held.Bytes+file.Size > mostBytes {
			p.add("upload", "error.evidence-quota", "Most", mostBytes>>20)
		}
		if p != nil {
			return p.err()
		}
		return w.exec("INSERT INTO evidence (id, application_id, member_id, name, format, size, shelf, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			w.id(), a.ID, by.Member, file.Name, file.Format, file.Size, file.Shelf, w.now)
	})
	if err != nil {
		f.unshelve(ctx, file.Shelf)
	}
	return err
}

// DropEvidence throws away a file of the actor's application while that part is open.
func (f *Forum) DropEvidence(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "drop evidence", func(w *writer) error {
		a, err := w.filling(by, "evidence")
		if err != nil {
			return err
		}
		return w.takeEvidence("id = ? AND application_id = ?", id, a.ID)
	})
}

// takeEvidence deletes evidence; its bytes go when that is committed.
func (w *writer) takeEvidence(where string, args ...any) error {
	var gone []string
	if err := w.scan(w.ctx, &gone, "DELETE FROM evidence WHERE "+where+" RETURNING shelf", args...); err != nil {
		return err
	}
	w.gone = append(w.gone, gone...)
	return nil
}

// OpenEvidence gives a file and its bytes to its applicant, and to a reviewer who may decide
// about what was handed in; each look of theirs is logged. Who opens it closes it.
func (f *Forum) OpenEvidence(ctx context.Context, by Actor, id int64) (e Evidence, r io.ReadCloser, err error) {
	defer during(&err, "open evidence")
	if err = one(ctx, f.store.read, &e, evidenceColumns+" WHERE e.id = ?", id); err != nil {
		return e, nil, err
	}
	if by.Member == 0 || e.MemberID != by.Member {
		if err = f.lookAt(ctx, by, e.ApplicationID, "look-evidence"); err != nil {
			if KindOf(err) == Forbidden {
				err = Absent() // who may not know of it is told nothing
			}
			return Evidence{}, nil, err
		}
	}
	if r, _, err = f.shelf.Get(ctx, e.Shelf); errors.Is(err, fs.ErrNotExist) {
		err = Absent()
	}
	return e, r, err
}

// lookAt lets a reviewer look at an application, and logs it.
func (f *Forum) lookAt(ctx context.Context, by Actor, id int64, act string) error {
	return f.write(ctx, "log look", func(w *writer) error {
		a, err := w.judged(by, id)
		if err != nil {
			return err
		}
		if act == "look-evidence" && a.State == MoreAsked && a.asked("evidence") { // it is not handed in
			return Absent()
		}
		return w.log(by, act, a.ID, 0, "")
	})
}
