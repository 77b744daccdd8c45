package forum

import (
	"context"
	"strings"
	"time"
)

// commands are the addresses "{group}+COMMAND@" that set how a group's mail comes.
var commands = map[string]Mode{"subscribe": Each, "each": Each, "digest": Daily, "weekly": Weekly, "index": Index, "special": Special, "nomail": NoMail, "unsubscribe": NoMail}

// brief are those that set whether its mails tell only that something new is there.
var brief = map[string]bool{"notice": true, "full": false}

// alike are the names that other list programs give to commands.
var alike = map[string]string{"single": "each", "daily": "digest", "join": "subscribe", "leave": "unsubscribe"}

// IsCommand tells whether mails to "{group}+command@" ask for something.
func IsCommand(command string) bool {
	_, known := commands[command]
	_, told := brief[command]
	return known || told || command == "help" || alike[command] != ""
}

// asks says of a command that came whether it waits for its sender's word, and whether that has come.
const (
	askedByMail = "asked"
	confirmed   = "confirmed"
)

// Command does what a mail to "{group}+command@" asks for, on all boards of the group, and
// has it answered by mail: once a day at most, since automatic answers can be made to loop. What nothing proves to come
// from the member is not done: they are asked, by a mail with a page and an address for their word.
func (f *Forum) Command(ctx context.Context, by Actor, group, command string, in Incoming) error {
	if other, is := alike[command]; is {
		command = other
	}
	if !IsCommand(command) {
		return Absent()
	}
	return f.write(ctx, "mail command", func(w *writer) error {
		if by.Member == 0 {
			return Absent()
		}
		var g GroupID
		if err := w.one(&g, "SELECT g.id FROM groups g WHERE g.slug = ? AND g.talk = 0 AND ?", strings.ToLower(group), placeGate(by, "g")); err != nil {
			return err
		}
		s, _, err := w.standing(by.Member, g)
		if err != nil {
			return err
		}
		if err := mayTakePart(by, s); err != nil {
			return err
		}
		state := ""
		if in.Why == Unproved {
			state = askedByMail
		}
		id := w.id()
		n, err := w.changed(`INSERT INTO received (id, member_id, at, message_id, verdict, outcome, object_id) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (member_id, message_id) DO NOTHING`, id, by.Member, w.now, in.key(), state, command, g)
		if err != nil || n == 0 {
			return err
		}
		if err := w.arrived(Arrival{MemberID: by.Member, GroupID: g, Fate: FateCommand, Why: in.Why, Verdict: in.Verdict}, in.key(), nil); err != nil {
			return err
		}
		if state != "" {
			return w.answer(by, id, "command-asked", command)
		}
		return w.obey(by, g, command, command, id)
	})
}

// obey does what a command asks for, and answers it; bucket as of answer.
func (w *writer) obey(by Actor, g GroupID, command, bucket string, received int64) error {
	if mode, sets := commands[command]; sets {
		if err := w.exec(`INSERT INTO subscriptions (member_id, board_id, mode, since_at) SELECT ?0, id, ?1, ?2 FROM boards WHERE group_id = ?3
			ON CONFLICT (board_id, member_id) DO UPDATE SET mode = excluded.mode, since_at = excluded.since_at
			WHERE subscriptions.mode <> excluded.mode`, by.Member, mode, w.now, g); err != nil {
			return err
		}
	}
	if notice, sets := brief[command]; sets {
		if err := w.exec(`INSERT INTO subscriptions (member_id, board_id, mode, notice, since_at) SELECT ?0, id, ?1, ?2, ?3 FROM boards WHERE group_id = ?4
			ON CONFLICT (board_id, member_id) DO UPDATE SET notice = excluded.notice`, by.Member, NoMail, bit(notice), w.now, g); err != nil {
			return err
		}
	}
	return w.answer(by, received, command, bucket)
}

// commandWaits is how long a command waits for its sender's word.
const commandWaits = 3 * 24 * time.Hour

// CommandToken is what confirms a command that nothing proved: whoever has it reads the member's mail.
func (f *Forum) CommandToken(received int64) string { return f.seal("command", received) }

// AskedCommand is a command with the group that it is about.
type AskedCommand struct {
	Group
	Outcome string // the command
}

// askedCommand finds it, for its sender while they may take part in the group, and not too late.
func (f *Forum) askedCommand(ctx context.Context, db querier, token string) (by Actor, c AskedCommand, id int64, err error) {
	ids, err := f.unseal("command", token, 1)
	if err != nil {
		return by, c, 0, err
	}
	var m MemberID
	if err = one(ctx, db, &m, "SELECT member_id FROM received WHERE id = ? AND verdict IN (?, ?) AND at > ?", ids[0], askedByMail, confirmed, f.instant().add(-commandWaits)); err != nil {
		if KindOf(err) == NotFound {
			err = Refuse(Closed, "error.link-over")
		}
		return by, c, 0, err
	}
	if by, err = loadActor(ctx, db, m, f.instant()); err != nil {
		return by, c, 0, err
	}
	err = one(ctx, db, &c, "SELECT "+groupFields+", r.outcome FROM groups g JOIN received r ON r.object_id = g.id WHERE r.id = ? AND ?", ids[0], placeGate(by, "g"))
	return by, c, ids[0], err
}

// ReadCommand gives the command that a token confirms.
func (f *Forum) ReadCommand(ctx context.Context, token string) (c AskedCommand, err error) {
	defer during(&err, "read command")
	_, c, _, err = f.askedCommand(ctx, f.store.read, token)
	return c, err
}

// ConfirmCommand does it; twice is once.
func (f *Forum) ConfirmCommand(ctx context.Context, token string) error {
	return f.write(ctx, "confirm command", func(w *writer) error {
		by, c, id, err := f.askedCommand(ctx, w, token)
		if err != nil {
			return err
		}
		s, _, err := w.standing(by.Member, c.ID)
		if err := either(err, mayTakePart(by, s)); err != nil {
			return err
		}
		n, err := w.changed("UPDATE received SET verdict = ? WHERE id = ? AND verdict = ?", confirmed, id, askedByMail)
		if err != nil || n == 0 {
			return err
		}
		return w.obey(by, c.ID, c.Outcome, "", id) // a person has just said so
	})
}

// answer queues the automatic answer that a sender gets: of each bucket one a day, since a machine may answer it; "": always.
func (w *writer) answer(by Actor, received int64, outcome, bucket string) error {
	if bucket != "" {
		err := w.spend(answersByMail, "answer", by.key()+"/"+bucket)
		if KindOf(err) == TooMany {
			return nil
		}
		if err != nil {
			return err
		}
	}
	w.state(Answered{Member: by.Member, Received: received, Outcome: outcome})
	return w.queue("note."+outcome, received, by.Member)
}

// ReceivedFor gives the group that the actor's mail command was about, if they may still
// know of it.
func (f *Forum) ReceivedFor(ctx context.Context, by Actor, received int64) (c AskedCommand, err error) {
	defer during(&err, "received")
	err = one(ctx, f.store.read, &c, "SELECT "+groupFields+", r.outcome FROM groups g JOIN received r ON r.object_id = g.id WHERE r.id = ? AND r.member_id = ? AND ?",
		received, by.Member, knownGate(by, "g"))
	return c, err
}
