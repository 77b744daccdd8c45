package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// onMessage is the PostID of a file that hangs on a message.
const onMessage PostID = -1

// attachSaid hangs files of the actor's that hang nowhere yet on a message.
func (w *writer) attachSaid(by Actor, m *ChatMessage, ids []FileID) error {
	if len(ids) == 0 {
		return nil
	}
	var p problems
	if len(ids) > mostFiles {
		p.add("text", "error.files-many", "Most", mostFiles)
		return p.err()
	}
	n, err := w.changed("UPDATE files SET post_id = ?, message_id = ? WHERE id IN (?) AND author_id = ? AND post_id = 0", onMessage, m.ID, bun.List(ids), by.Member)
	if err != nil {
		return err
	}
	if n != int64(len(ids)) {
		p.add("text", "error.file-gone")
		return p.err()
	}
	return w.exec("UPDATE messages SET files = ? WHERE id = ?", n, m.ID)
}

// heardFile is the SQL condition under which the file fl hangs on a message that the actor may read now.
func heardFile(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery(`(fl.message_id > 0 AND EXISTS (SELECT 1 FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.id = fl.message_id AND c.erased_at = 0 AND ? AND ?))`, roomGate(by), messageGate(by))
}

// filesOfSaid puts to messages that the gate has let the reader see what hangs on them.
func (f *Forum) filesOfSaid(ctx context.Context, by Actor, said []ChatMessage) error {
	var ids []int64
	for i := range said {
		if m := &said[i]; m.FileCount > 0 && (m.Reach != Nobody || m.AuthorID == by.Member) {
			ids = append(ids, said[i].ID)
		}
	}
	if ids == nil {
		return nil
	}
	var all []File
	err := f.store.read.scan(ctx, &all, fileColumns+" WHERE fl.message_id IN (?) ORDER BY fl.id", bun.List(ids))
	for _, file := range all {
		for i := range said {
			if said[i].ID == file.MessageID {
				said[i].Files = append(said[i].Files, file)
			}
		}
	}
	return err
}
