package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// What is said in a room is truly erased when its time is over: its rows are deleted, SQLite overwrites what they held
// (secure_delete, dialect.go), and its log is emptied. PostgreSQL gives the place of deleted rows free by its own vacuum.

const saidAtOnce = 500

// ForgetSaid erases what was said in rooms and has had its time, and whatever was erased from the log of writes, too.
func (f *Forum) ForgetSaid(ctx context.Context) error {
	return f.eraseSaid(ctx, func(w *writer) (ids []int64, err error) {
		err = w.scan(w.ctx, &ids, "SELECT c.id FROM messages c WHERE c.expires_at <> 0 AND c.expires_at <= ? ORDER BY c.expires_at LIMIT ?", w.now, saidAtOnce)
		return ids, err
	})
}

// EmptyRoom erases what stays in a room while people are in it, if nobody was seen in it for a while: for who knows that nobody listens.
func (f *Forum) EmptyRoom(ctx context.Context, room RoomID) error {
	return f.eraseSaid(ctx, func(w *writer) (ids []int64, err error) {
		err = w.scan(w.ctx, &ids, "SELECT c.id FROM messages c JOIN rooms r ON r.id = c.room_id WHERE r.id = ? AND c.whiled <> 0 AND ? ORDER BY c.seq LIMIT ?", room, deserted(w.now), saidAtOnce)
		return ids, err
	})
}

func (f *Forum) eraseSaid(ctx context.Context, which func(w *writer) ([]int64, error)) error {
	for {
		n := 0
		if err := f.write(ctx, "erase said", func(w *writer) error {
			ids, err := which(w)
			if n = len(ids); err != nil || n == 0 {
				return err
			}
			return w.eraseMessages(ids)
		}); err != nil {
			return err
		}
		if n < saidAtOnce {
			return f.store.scrub(ctx)
		}
	}
}

// eraseMessages deletes messages with all that hangs on them.
func (w *writer) eraseMessages(ids []int64) error {
	w.f.store.owe()
	w.state(SaidApart{ids})
	if err := w.eraseBeside(ids); err != nil {
		return err
	}
	for _, from := range []string{"hidden_messages WHERE message_id", "ballot_items WHERE kind = 1 AND item_id", "minute_items WHERE message_id", "messages WHERE id"} {
		if err := w.exec("DELETE FROM "+from+" IN (?)", bun.List(ids)); err != nil {
			return err
		}
	}
	return nil
}

// eraseBeside deletes what others see beside the words of messages, and the files.
func (w *writer) eraseBeside(ids []int64) error {
	if err := w.takeDown("message_id IN (?)", bun.List(ids)); err != nil {
		return err
	}
	for _, table := range []string{"message_mentions", "message_reactions", "room_notices"} {
		if err := w.exec("DELETE FROM ? WHERE message_id IN (?)", bun.Ident(table), bun.List(ids)); err != nil {
			return err
		}
	}
	return nil
}
