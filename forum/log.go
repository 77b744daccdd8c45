package forum

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// log writes what staff or moderators did, in the same transaction. Each entry's hash
// covers the one before it, so that a changed, missing or moved entry shows (P28).
func (w *writer) log(by Actor, act string, object int64, group GroupID, reason string) error {
	_, err := w.entry(by, act, object, group, reason)
	return err
}

// entry is log that gives the entry's id, for a mail that is about it.
func (w *writer) entry(by Actor, act string, object int64, group GroupID, reason string) (int64, error) {
	if err := w.lockLog(); err != nil {
		return 0, err
	}
	var last string
	err := w.one(&last, "SELECT hash FROM log_entries ORDER BY id DESC LIMIT 1")
	if err != nil && KindOf(err) != NotFound {
		return 0, err
	}
	e := entry{w.id(), w.now, by.Member, act, object, group, reason}
	return e.id, w.exec(`INSERT INTO log_entries (id, at, actor_id, act, object_id, group_id, reason, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		e.id, e.at, e.actor, e.act, e.object, e.group, e.reason, e.hash(last))
}

type entry struct {
	id     int64
	at     Instant
	actor  MemberID
	act    string
	object int64
	group  GroupID
	reason string
}

func (e entry) hash(last string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d\n%d\n%q\n%d\n%d\n%q", last, e.id, e.at, e.actor, e.act, e.object, e.group, e.reason))
	return hex.EncodeToString(sum[:])
}
