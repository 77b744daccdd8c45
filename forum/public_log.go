package forum

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// The log of a group has two levels. Its moderators read all of it (group_page.go). Its members read what was done about
// topics that they may read, and about the group: with the reason, and without the names of those who did it, and of whom
// it hit.

var (
	publicOfTopics = []string{"lock", "unlock", "pin", "unpin", "rename", "move", "move-here", "merge", "split", "slow", "unslow"}
	publicOfGroup  = []string{"freeze", "unfreeze", "set-vetting", "create-board", "create-room", "change-room", "lock-room", "unlock-room", "archive-room", "unarchive-room", "change-group", "widen-group", "narrow-group"}
)

// toldOfLog is the time from which on who gave a reason was told that the members read it; 0: since the beginning.
const toldOfLog = "(SELECT coalesce(max(CAST(value AS BIGINT)), 0) FROM settings WHERE name = 'told-of-log')"

// PublicEntry is one of the log as members of the group read it.
type PublicEntry struct {
	At      Instant
	Act     string
	TopicID TopicID // 0: it is about the group
	Title   string
	Reason  string
	Why     string // of a topic that was renamed: one of Reasons, and no words
}

// PublicLog is what the members of a group read of what its moderators did.
type PublicLog struct {
	Group Group
	Role  GroupRole
	Rows  []PublicEntry
}

// ReadPublicLog reads what a group's moderators did: for its members.
func (f *Forum) ReadPublicLog(ctx context.Context, by Actor, slug string) (p PublicLog, err error) {
	defer during(&err, "read public log")
	if err = one(ctx, f.store.read, &p.Group, groupColumns+" WHERE g.slug = ? AND g.talk = 0 AND ?", slug, placeGate(by, "g")); err != nil {
		return p, err
	}
	s, _, err := standingOf(ctx, f.store.read, by.Member, p.Group.ID)
	if err == nil {
		err = mayTakePart(by, s)
	}
	if err != nil {
		return p, err
	}
	p.Role = s.Role
	err = f.store.read.scan(ctx, &p.Rows, `SELECT l.at, l.act, coalesce(t.id, 0) AS topic_id, CASE WHEN t.merged_into > 0 THEN coalesce((SELECT u.title FROM topics u WHERE u.id = t.merged_into AND ?5), '') ELSE coalesce(t.title, '') END AS title, CASE WHEN l.at >= `+toldOfLog+` THEN l.reason ELSE '' END AS reason FROM log_entries l
		LEFT JOIN topics t ON t.id = l.object_id AND l.act IN (?0) AND ?1 AND EXISTS (SELECT 1 FROM boards b JOIN groups g ON g.id = b.group_id WHERE b.id = t.board_id AND ?2)
		WHERE l.group_id = ?3 AND (t.id > 0 OR l.act IN (?4) AND (?6 OR EXISTS (SELECT 1 FROM memberships lm WHERE lm.group_id = l.group_id AND lm.member_id = ?7 AND lm.joined_at <= l.at))) ORDER BY l.seq DESC LIMIT 100`, bun.List(publicOfTopics), itemGate(by, "t"), placeGate(by, "g"), p.Group.ID, bun.List(publicOfGroup),
		bun.SafeQuery("? AND EXISTS (SELECT 1 FROM boards ub JOIN groups ug ON ug.id = ub.group_id WHERE ub.id = u.board_id AND ?)", itemGate(by, "u"), placeGate(by, "ug")), !p.Group.FromJoin, by.Member)
	for i := range p.Rows {
		switch r := &p.Rows[i]; r.Act {
		case "rename": // the words are its author's to read
			r.Why, _, _ = strings.Cut(r.Reason, ": ")
			r.Reason = ""
		case "change-group", "widen-group", "narrow-group": // names of settings
			r.Reason = ""
		}
	}
	return p, err
}
