package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A notice of a message is one of a post in a room (notice.go): a row without text, shown and counted through the gate of its message.

// RoomNotice is one as its member sees it.
type RoomNotice struct {
	SaidPlace
	Why            Why
	MadeAt, ReadAt Instant
	Search         string // in which it was found, as the member calls it
}

const noticedFields = saidPlaceFields + ", n.why, n.made_at, n.read_at, " + searchNamed + " "

// noticedSaid is the FROM and WHERE of the notices n of messages that the actor has now.
func noticedSaid(by Actor) schema.QueryWithArgs {
	me := bun.SafeQuery("?", by.Member)
	return bun.SafeQuery(`FROM room_notices n JOIN messages c ON c.id = n.message_id JOIN members m ON m.id = c.author_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE n.member_id = ?0 AND c.erased_at = 0 AND c.reach <> 4 AND ?1 AND ?2 AND NOT ?3 AND (n.why <> ?4 OR EXISTS (SELECT 1 FROM message_mentions mn WHERE mn.message_id = c.id AND mn.member_id = ?0))`,
		me, roomGate(by), messageGate(by), ignored(me, "c"), MentionsYou)
}

// ReadRoomNotices reads the actor's newest notices of messages.
func (f *Forum) ReadRoomNotices(ctx context.Context, by Actor) (out []RoomNotice, err error) {
	defer during(&err, "read room notices")
	err = f.store.read.scan(ctx, &out, noticedFields+"? AND ? ORDER BY n.made_at DESC, n.message_id DESC LIMIT ?", noticedSaid(by), shownInApp(bun.SafeQuery("?", by.Member)), noticesPerPage)
	f.veilNotices(by, out)
	return out, err
}

func (f *Forum) veilNotices(by Actor, all []RoomNotice) {
	for i := range all {
		f.veilMessage(by, &all[i].ChatMessage)
	}
}

const roomNewsMail = "room-news"

// roomNewsReaders is the FROM and WHERE of the member m to whom the mail goes, if something is in it that they may read now and have not read.
func roomNewsReaders(mail int64, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`FROM members m WHERE m.standing = ?0 AND EXISTS (SELECT 1 FROM room_notices n JOIN messages c ON c.id = n.message_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE n.mail_id = ?1 AND n.member_id = m.id AND n.read_at = 0 AND g.no_list = 0 AND c.reach <> 4 AND ?2 AND NOT ?3)`, Active, mail, hears(now), ignored(bun.SafeQuery("m.id"), "c"))
}

// RoomNews is what a mail of a room's news holds for its reader now.
type RoomNews struct {
	Notices []RoomNotice // in the order of the room
	Bare    bool         // their text is not to stand in mails
}

// ReadRoomNews reads what a mail of a room's news holds for the member now; Absent: nothing.
func (f *Forum) ReadRoomNews(ctx context.Context, m MemberID, mail int64) (out RoomNews, err error) {
	defer during(&err, "read room news")
	by, err := f.ActorFor(ctx, m)
	if err != nil {
		return out, err
	}
	by.byMail = true
	if err = f.store.read.scan(ctx, &out.Notices, noticedFields+"? AND n.mail_id = ? AND n.read_at = 0 AND g.no_list = 0 AND c.off_record = 0 ORDER BY c.seq LIMIT 100", noticedSaid(by), mail); err != nil {
		return out, err
	}
	if len(out.Notices) == 0 {
		return out, Absent()
	}
	f.veilNotices(by, out.Notices)
	c, err := newsChoice(ctx, f.store.read, m)
	out.Bare = c.Bare
	return out, err
}
