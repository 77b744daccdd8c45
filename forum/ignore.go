package forum

import "context"

// A member can ignore another: what those say by name is folded for them, and they get no notice of it. Nobody is told.

// IgnoreMember ignores a member from now on. Twice is once.
func (f *Forum) IgnoreMember(ctx context.Context, by Actor, whom MemberID) error {
	return f.write(ctx, "ignore member", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		if whom == by.Member {
			return Refuse(Forbidden, "error.not-yourself")
		}
		if err := w.one(&whom, "SELECT id FROM members WHERE id = ? AND standing = ?", whom, Active); err != nil {
			return err
		}
		return w.exec("INSERT INTO ignores (member_id, ignored_id, since_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", by.Member, whom, w.now)
	})
}

// HeedMember ends it. Twice is once.
func (f *Forum) HeedMember(ctx context.Context, by Actor, whom MemberID) error {
	return f.write(ctx, "heed member", func(w *writer) error {
		return either(mayKeep(by), w.exec("DELETE FROM ignores WHERE member_id = ? AND ignored_id = ?", by.Member, whom))
	})
}

// ReadIgnored lists whom the actor ignores.
func (f *Forum) ReadIgnored(ctx context.Context, by Actor) (out []Person, err error) {
	defer during(&err, "read ignored")
	err = f.store.read.scan(ctx, &out, "SELECT m.id, m.handle, m.name, m.title FROM ignores i JOIN members m ON m.id = i.ignored_id WHERE i.member_id = ? ORDER BY m.name, m.id", by.Member)
	return out, err
}
