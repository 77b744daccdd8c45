package forum

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"peergroups/forum/disclose"
)

// File is a picture or a document that hangs on a post. It has no audience of its own: who may
// read the post may open it, wherever the post goes, and nobody else (P21). Before it is
// posted its writer alone may.
type File struct {
	ID        FileID `bun:"id"`
	PostID    PostID // 0: not posted yet; -1: it hangs on a message
	MessageID int64  // 0: on none
	AuthorID  MemberID
	Name      string // as people see it, with the ending of its format
	Format    disclose.Format
	Size      int64 // bytes
	Width     int64 // pixels; 0: no picture
	Height    int64
	Thumb     bool   // there is a small picture of it
	Shelf     string // the name of its bytes

	Traces    []disclose.Trace `bun:"-"` // what it tells besides what it shows; for its writer only, and never kept
	Cleanable bool             `bun:"-"` // that can be taken away
}

const (
	fileColumns = "SELECT fl.id, fl.post_id, fl.message_id, fl.author_id, fl.name, fl.format, fl.size, fl.width, fl.height, fl.thumb, fl.shelf FROM files fl"

	mostFiles    = 10      // on one post
	mostUnposted = 40      // of one member, waiting to be posted
	mostBytes    = 1 << 30 // of one member, altogether
	thumbSide    = 640     // pixels
	thumbOf      = "-small"
	maxFileName  = 100 // characters
	unpostedTime = 7 * 24 * time.Hour
	strayAfter   = time.Hour // a verb puts the bytes down before the row; this long it may take
)

// AddFile takes a file in for a post that is being written. Pictures are made anew, so that
// nothing of where and by what they were taken is left; of documents, Traces says what they
// tell, and CleanFile takes it away (P20).
func (f *Forum) AddFile(ctx context.Context, by Actor, name string, b []byte) (*File, error) {
	if by.Member == 0 {
		return nil, Refuse(Forbidden, "error.sign-in-first")
	}
	return f.addFile(ctx, by, name, b, intake{})
}

// intake is how a file comes in.
type intake struct {
	unproved bool // a stranger may have sent it in the member's name: it is counted apart, and leaves them half of all bounds
	unseen   bool // its writer is not there to be told what it tells
}

// addFile is AddFile, also for files that no form brings.
func (f *Forum) addFile(ctx context.Context, by Actor, name string, b []byte, how intake) (file *File, err error) {
	bucket, bytes, unposted := "file", int64(mostBytes), int64(mostUnposted)
	if how.unproved {
		bucket, bytes, unposted = "file-unproved", bytes/2, unposted/2
	}
	if err := f.spend(ctx, filesOfMember, bucket, by.key()); err != nil {
		return nil, err
	}
	file = &File{AuthorID: by.Member}
	if b, err = f.take(ctx, file, name, b); err != nil {
		return nil, fileProblem(name, err)
	}
	if how.unseen {
		if b, err = f.withoutTraces(ctx, file, b); err != nil {
			return nil, err
		}
	}
	if err := f.shelve(ctx, file, b); err != nil {
		return nil, err
	}
	if err = f.write(ctx, "add file", func(w *writer) error { return w.addFile(by, file, bytes, unposted) }); err != nil {
		f.unshelve(ctx, file.Shelf)
		return nil, err
	}
	if !file.Format.Image() {
		f.readers.keep(file.Shelf, looked{file.Traces, file.Cleanable})
	}
	return file, nil
}

// addFile writes a file's row, where the member's files leave room for it.
func (w *writer) addFile(by Actor, file *File, bytes, unposted int64) error {
	if err := w.lockRow("members", int64(by.Member)); err != nil { // the quota holds for uploads at once
		return err
	}
	var held struct{ Bytes, Unposted int64 }
	if err := w.one(&held, "SELECT coalesce(sum(size), 0) AS bytes, coalesce(sum(CASE WHEN post_id = 0 THEN 1 ELSE 0 END), 0) AS unposted FROM files WHERE author_id = ?", by.Member); err != nil {
		return err
	}
	var p problems
	if held.Bytes+file.Size > bytes {
		p.add("upload", "error.file-quota", "Most", int(bytes>>20))
	} else if held.Unposted >= unposted {
		p.add("upload", "error.files-unposted", "Most", int(unposted))
	}
	if err := p.err(); err != nil {
		return err
	}
	file.ID = FileID(w.id())
	return w.exec("INSERT INTO files (id, author_id, name, format, size, width, height, thumb, shelf, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		file.ID, by.Member, file.Name, file.Format, file.Size, file.Width, file.Height, bit(file.Thumb), file.Shelf, w.now)
}

// shelve puts the bytes down under a new name, with a small picture where there can be one.
func (f *Forum) shelve(ctx context.Context, file *File, b []byte) error {
	file.Shelf = strings.ToLower(rand.Text())
	if file.Format.Image() {
		var small []byte
		if err := f.readers.while(ctx, file.AuthorID, func() (err error) {
			small, err = disclose.Thumbnail(b, thumbSide)
			return err
		}); err != nil {
			return fileProblem(file.Name, err)
		}
		if err := f.shelf.Put(ctx, file.Shelf+thumbOf, small); err != nil {
			return fileProblem(file.Name, err)
		}
		file.Thumb = true
	}
	if err := f.shelf.Put(ctx, file.Shelf, b); err != nil {
		f.unshelve(ctx, file.Shelf)
		return fileProblem(file.Name, err)
	}
	return nil
}

// CleanFile takes away what a file of the actor's tells besides what it shows: who wrote it,
// tracked changes, comments, earlier versions; also when it is posted. Twice is once.
func (f *Forum) CleanFile(ctx context.Context, by Actor, id FileID) error {
	var file File
	if err := one(ctx, f.store.read, &file, fileColumns+" WHERE fl.id = ? AND fl.author_id = ?", id, by.Member); err != nil {
		return err
	}
	if err := f.spend(ctx, filesOfMember, "file", by.key()); err != nil {
		return err
	}
	b, err := f.read(ctx, file.Shelf)
	if err != nil {
		return err
	}
	var clean []byte
	if err := f.readers.while(ctx, file.AuthorID, func() (err error) {
		clean, _, err = disclose.Strip(b)
		return err
	}); err != nil {
		return fileProblem(file.Name, err)
	}
	old := file.Shelf
	file.Size = int64(len(clean))
	if err := f.shelve(ctx, &file, clean); err != nil {
		return err
	}
	err = f.write(ctx, "clean file", func(w *writer) error {
		var post PostID // it may have been posted meanwhile; dropped or cleaned, it is absent
		if err := w.one(&post, "UPDATE files SET shelf = ?, size = ? WHERE id = ? AND author_id = ? AND shelf = ? RETURNING post_id", file.Shelf, file.Size, id, by.Member, old); err != nil {
			return err
		}
		if w.gone = append(w.gone, old); post == 0 {
			return nil
		}
		if post == onMessage {
			m := ChatMessage{ID: file.MessageID}
			return either(w.one(&m, "SELECT id, room_id FROM messages WHERE id = ?", file.MessageID), w.again(&m))
		}
		var topic TopicID
		if err := w.one(&topic, "UPDATE posts SET version = version + 1 WHERE id = ? RETURNING topic_id", post); err != nil {
			return err
		}
		w.state(PostChanged{Topic: topic, Post: post})
		return w.exec("UPDATE topics SET version = version + 1 WHERE id = ?", topic)
	})
	if err != nil {
		f.unshelve(ctx, file.Shelf)
	}
	return err
}

// DropFile throws away a file of the actor's that is neither posted nor waits with a post; twice is once.
func (f *Forum) DropFile(ctx context.Context, by Actor, id FileID) error {
	return f.write(ctx, "drop file", func(w *writer) error {
		return w.takeDown("id = ? AND author_id = ? AND post_id = 0 AND NOT EXISTS (SELECT 1 FROM waiting h WHERE h.id = files.waiting_id)", id, by.Member)
	})
}

// takeDown deletes files; their bytes go when that is committed.
func (w *writer) takeDown(where string, args ...any) error {
	var gone []string
	if err := w.scan(w.ctx, &gone, "DELETE FROM files WHERE "+where+" RETURNING shelf", args...); err != nil {
		return err
	}
	w.gone = append(w.gone, gone...)
	return nil
}

// attach makes the post's files those that its writer names, and none else. A file hangs on
// one post: it would have two audiences else.
func (w *writer) attach(by Actor, post PostID, ids []FileID) (changed bool, err error) {
	if len(ids) > mostFiles {
		var p problems
		p.add("upload", "error.files-many", "Most", mostFiles)
		return false, p.err()
	}
	keep := append([]FileID{0}, ids...)
	before := len(w.gone)
	if err := w.takeDown("post_id = ? AND id NOT IN (?)", post, bun.List(keep)); err != nil {
		return false, err
	}
	added, err := w.changed("UPDATE files SET post_id = ? WHERE id IN (?) AND author_id = ? AND post_id = 0", post, bun.List(keep), by.Member)
	if err != nil {
		return false, err
	}
	if added == 0 && len(w.gone) == before && len(ids) == 0 {
		return false, nil
	}
	var n int
	if err := w.one(&n, "SELECT count(*) FROM files WHERE post_id = ?", post); err != nil {
		return false, err
	}
	if n != len(ids) {
		var p problems
		p.add("upload", "error.file-gone")
		return false, p.err()
	}
	return added > 0 || len(w.gone) > before, w.exec("UPDATE posts SET files = ? WHERE id = ?", n, post)
}

// FindFile gives a file to whoever may read its post or message now, to the post's author, and to its
// writer before it is posted, with the moderators before whom it waits.
func (f *Forum) FindFile(ctx context.Context, by Actor, id FileID) (file File, err error) {
	defer during(&err, "find file")
	err = one(ctx, f.store.read, &file, fileColumns+" LEFT JOIN posts p ON p.id = fl.post_id LEFT JOIN topics t ON t.id = p.topic_id LEFT JOIN boards b ON b.id = t.board_id LEFT JOIN groups g ON g.id = b.group_id"+
		" WHERE fl.id = ?0 AND (?1 <> 0 AND fl.author_id = ?1 AND fl.post_id = 0 OR fl.post_id = 0 AND EXISTS (SELECT 1 FROM waiting h WHERE h.id = fl.waiting_id AND ?6) OR ?7 OR p.erased_at = 0 AND (?1 <> 0 AND p.author_id = ?1 OR ?2 OR ?3 AND ?4 AND ?5))", id, by.Member, postGate(by), placeGate(by, "g"), itemGate(by, "t"), moderatesHidden(by), vetGate(by, "h"), heardFile(by))
	return file, err
}

// OpenFile gives the bytes of a file that was found just now, or of its small picture, and how
// many they are. Who opens it closes it.
func (f *Forum) OpenFile(ctx context.Context, file *File, small bool) (r io.ReadCloser, size int64, err error) {
	defer during(&err, "open file")
	name := file.Shelf
	if small {
		if !file.Thumb {
			return nil, 0, Absent()
		}
		name += thumbOf
	}
	if r, size, err = f.shelf.Get(ctx, name); errors.Is(err, fs.ErrNotExist) {
		err = Absent()
	}
	return r, size, err
}

// OwnFiles gives files of the actor's for the form they hang on, with what they tell besides
// what they show. What is not there, or not theirs, is left out.
func (f *Forum) OwnFiles(ctx context.Context, by Actor, ids []FileID) (out []File, err error) {
	defer during(&err, "own files")
	if len(ids) == 0 || by.Member == 0 {
		return nil, nil
	}
	if err = f.store.read.scan(ctx, &out, fileColumns+" WHERE fl.id IN (?) AND fl.author_id = ? ORDER BY fl.id", bun.List(ids), by.Member); err != nil {
		return nil, err
	}
	for i := range out {
		if file := &out[i]; !file.Format.Image() {
			if err = f.tells(ctx, file); err != nil && !errors.Is(err, fs.ErrNotExist) { // it can be taken off
				return nil, err
			}
		}
	}
	return out, nil
}

// filesOf puts to posts that the gate has let the reader see what hangs on them.
func (f *Forum) filesOf(ctx context.Context, posts ...*Post) error {
	var ids []PostID
	for _, p := range posts {
		if p.FileCount > 0 {
			ids = append(ids, p.ID)
		}
	}
	files, err := f.filesBy(ctx, ids)
	for _, p := range posts {
		p.Files = files[p.ID]
	}
	return err
}

// filesBy gives the files of posts of which the reader may read each.
func (f *Forum) filesBy(ctx context.Context, ids []PostID) (map[PostID][]File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var all []File
	err := f.store.read.scan(ctx, &all, fileColumns+" WHERE fl.post_id IN (?) ORDER BY fl.id", bun.List(ids))
	out := map[PostID][]File{}
	for _, file := range all {
		out[file.PostID] = append(out[file.PostID], file)
	}
	return out, err
}
