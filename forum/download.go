package forum

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// AskDownload lets the actor take everything that is held about them (P32), with their password: they are told by
// mail that somebody did. WriteDownload gives it.
func (f *Forum) AskDownload(ctx context.Context, by Actor, own Own) error {
	return f.changeAccount(ctx, by, own, func(w *writer) error {
		if err := w.spend(downloadsOfMember, "download", by.key()); err != nil {
			return err
		}
		return either(w.log(by, "take-data", int64(by.Member), 0, ""), w.noteAccount("data-taken", by.Member))
	})
}

// section is one part of the download: the rows of a table that are the member's. What is declared for export
// (Data) is given but for what tells of others.
type section struct {
	table string
	whose string            // condition on t; ?0 is the member
	key   []string          // its columns in which no two of these rows are the same; nil: id
	leave string            // columns that are not given, space between
	as    map[string]string // columns that are given only where their member may read them on pages; ?4 is that the place g lets them in
	place string            // the column that leads to the place, whose name is added where they may know it today
	name  string            // of the section; "": the table's
	files bool              // the bytes of each row are given, too
	only  string            // columns of a table that is not given out as such, space between
}

// sections are what a download consists of. Numbers of other people are in none, nor how many others wrote, nor what
// is a copy of something in it; hashes, keys and notes of reviewers are nobody's to take.
var sections = []section{
	{table: "members", whose: "t.id = ?0", leave: "handle_key name_key email_key version"},
	{table: "registrations", whose: "t.member_id = ?0", key: []string{"member_id"}},
	{table: "earlier_details", whose: "t.member_id = ?0"},
	{table: "profiles", whose: "t.member_id = ?0", key: []string{"member_id"}},
	{table: "policy_uses", whose: "t.member_id = ?0", key: []string{"policy_id"}},
	{table: "account_erasures", whose: "t.member_id = ?0", key: []string{"member_id"}, leave: "told_ref told_at begun_at handle"},
	{table: "incident_people", whose: "t.member_id = ?0 AND EXISTS (SELECT 1 FROM incidents i WHERE i.id = t.incident_id AND i.sent_at > 0)", key: []string{"incident_id"}, leave: "member_id"},
	{table: "legal_requests", whose: "t.member_id = ?0 AND t.told_at > 0", leave: "member_id words opened_by opened_at outcome reasons proposed_by proposed_at agreed_by silent_until silent_why bundled_by manifest key"},
	{table: "requests", whose: "t.member_id = ?0 AND t.member_id > 0", leave: "member_id name address key claimed_by claimed_at closed_by returned_at reminded"},
	{table: "request_words", whose: "t.inside = 0 AND t.request_id IN (SELECT q.id FROM requests q WHERE q.member_id = ?0)", leave: "by_member inside key"},
	{table: "consents", whose: "t.member_id = ?0", as: map[string]string{"words": "(SELECT y.words FROM wordings y WHERE y.hash = t.wording)"}},
	{table: "opt_outs", whose: "t.member_id = ?0"},
	{table: "security_log", whose: "t.member_id = ?0", leave: "member_id"},
	{table: "looks", whose: "t.member_id = ?0", leave: "by_member", as: map[string]string{"who": "(SELECT m.name FROM members m WHERE m.id = t.by_member)"}},
	{table: "log_entries", whose: "t.act IN ('look-application', 'look-evidence') AND t.object_id IN (SELECT a.id FROM applications a WHERE a.member_id = ?0)", name: "application_looks",
		only: "at act", as: map[string]string{"who": "(SELECT m.name FROM members m WHERE m.id = t.actor_id)"}},
	{table: "grants", whose: "t.member_id = ?0", key: []string{"role"}, leave: "granted_by"},
	{table: "designations", whose: "t.member_id = ?0", leave: "given_by ended_by"},
	{table: "certificates", whose: "t.member_id = ?0", leave: "decided_by reminded"},
	{table: "applications", whose: "t.member_id = ?0", leave: "claimed_by claimed_at checked decided_by confirmed_by", as: undecided},
	{table: "application_steps", whose: "t.inside = 0 AND t.application_id IN (SELECT a.id FROM applications a WHERE a.member_id = ?0)", leave: "member_id inside"},
	{table: "evidence", whose: "t.member_id = ?0", leave: "shelf", files: true},
	{table: "feedbacks", whose: "t.application_id IN (SELECT a.id FROM applications a WHERE a.member_id = ?0)", leave: "member_id written_by address_key",
		as: map[string]string{"words": fmt.Sprintf("CASE WHEN t.cancelled_at = 0 AND t.application_id IN (SELECT a.id FROM applications a WHERE a.state IN (%d, %d, %d)) THEN t.words ELSE '' END", Approved, Refused, Dropped)}},
	{table: "feedbacks", whose: "t.written_by = ?0", leave: "application_id member_id written_by name address address_key asked_at declined_at cancelled_at", name: "feedbacks_written"},
	{table: "sessions", whose: "t.member_id = ?0", key: []string{"hash"}, leave: "hash computer_id"},
	{table: "linked_logins", whose: "t.member_id = ?0", key: []string{"member_id"}},
	{table: "passkeys", whose: "t.member_id = ?0", leave: "key credential"},
	{table: "computers", whose: "t.member_id = ?0", leave: "hash"},
	{table: "memberships", whose: "t.member_id = ?0", key: []string{"group_id"}, leave: "invited_by", place: "group_id"},
	{table: "topics", whose: "t.author_id = ?0", leave: "author_id titled_by last_post_at last_n people said pinned slow locked_at version mixed merged_into accepted tagged slug", place: "board_id", as: map[string]string{"title": "CASE WHEN t.titled_by = 0 THEN t.title ELSE '' END"}},
	{table: "topic_tags", whose: "t.topic_id IN (SELECT o.id FROM topics o WHERE o.author_id = ?0)", key: []string{"topic_id", "tag_id"}, leave: "tag_id", as: map[string]string{"tag": "coalesce((SELECT y.name FROM tags y JOIN groups g ON g.id = y.group_id WHERE y.id = t.tag_id AND ?4), '')"}, place: "topic_id"},
	{table: "news_choices", whose: "t.member_id = ?0", key: []string{"member_id"}},
	{table: "searches", whose: "t.member_id = ?0", leave: "member_id"},
	{table: "followed_tags", whose: "t.member_id = ?0", key: []string{"tag_id"}},
	{table: "posts", whose: "t.author_id = ?0", leave: "author_id n html plain markup key version files gap reacted polled tended", place: "topic_id"},
	{table: "reactions", whose: "t.author_id = ?0", key: []string{"post_id", "sign"}, leave: "author_id"},
	{table: "polls", whose: "t.post_id IN (SELECT p.id FROM posts p WHERE p.author_id = ?0)", key: []string{"post_id"}},
	{table: "poll_options", whose: "t.post_id IN (SELECT p.id FROM posts p WHERE p.author_id = ?0)", leave: "n"},
	{table: "votes", whose: "t.author_id = ?0", key: []string{"option_id"}, leave: "author_id"},
	{table: "revisions", whose: "t.post_id IN (SELECT p.id FROM posts p WHERE p.author_id = ?0)", leave: "act_id"},
	{table: "files", whose: "t.author_id = ?0 AND NOT EXISTS (SELECT 1 FROM messages q WHERE q.id = t.message_id AND q.off_record = 1)", leave: "author_id shelf thumb waiting_id", files: true},
	{table: "ballot_items", whose: "t.member_id = ?0", key: []string{"ballot_id", "kind", "item_id"}},
	{table: "messages", whose: "t.author_id = ?0 AND t.off_record = 0", leave: "author_id seq changed_seq html plain markup nonce whiled off_record reply_to reacted files", place: "room_id"},
	{table: "message_reactions", whose: "t.author_id = ?0", key: []string{"message_id", "sign"}, leave: "author_id"},
	{table: "room_members", whose: "t.member_id = ?0", key: []string{"room_id"}, leave: "member_id", place: "room_id"},
	{table: "room_reads", whose: "t.member_id = ?0", key: []string{"room_id"}, leave: "member_id seq", place: "room_id"},
	{table: "room_notices", whose: "t.member_id = ?0", key: []string{"message_id"}, leave: "mail_id"},
	{table: "bells", whose: "t.member_id = ?0", key: []string{"why", "ref"}},
	{table: "minutes", whose: "t.member_id = ?0", leave: "member_id", place: "board_id"},
	{table: "minute_items", whose: "t.member_id = ?0", key: []string{"minutes_id", "message_id"}, leave: "member_id told"},
	{table: "chat_choices", whose: "t.member_id = ?0", key: []string{"member_id"}},
	{table: "reports", whose: "t.member_id = ?0", leave: "case_id"},
	{table: "reported_mails", whose: "t.member_id = ?0"},
	{table: "case_notes", whose: "t.member_id = ?0", leave: "case_id member_id"},
	{table: "member_notes", whose: "t.member_id = ?0", leave: "about member_id", place: "group_id"},
	{table: "acts", whose: "t.member_id = ?0", leave: "member_id by_member lifted_by masked apart"},
	{table: "objections", whose: "t.member_id = ?0", key: []string{"act_id"}, leave: "member_id answered_by reminded"},
	{table: "queue_mail", whose: "t.member_id = ?0", key: []string{"member_id"}, leave: "member_id day"},
	{table: "drafts", whose: "t.member_id = ?0", leave: "trimmed key", place: "board_id"},
	{table: "waiting", whose: "t.member_id = ?0", leave: "trimmed key reach reach_of from_join told claimed_by claimed_at", place: "board_id"},
	{table: "feeds", whose: "t.member_id = ?0", leave: "id", place: "board_id"},
	{table: "scheduled", whose: "t.member_id = ?0", leave: "told key", place: "board_id"},
	{table: "writings", whose: "t.member_id = ?0", key: []string{"kind", "ref"}, leave: "version"},
	{table: "acknowledgements", whose: "t.member_id = ?0", place: "group_id"},
	{table: "subscriptions", whose: "t.member_id = ?0", key: []string{"board_id"}, place: "board_id"},
	{table: "reads", whose: "t.member_id = ?0", key: []string{"topic_id"}, leave: "n was marked_at", place: "topic_id"},
	{table: "levels", whose: "t.member_id = ?0 AND t.topic_id = 0", key: []string{"board_id"}, leave: "topic_id", place: "board_id", name: "levels_of_boards"},
	{table: "levels", whose: "t.member_id = ?0 AND t.topic_id > 0", key: []string{"topic_id"}, leave: "board_id", place: "topic_id", name: "levels_of_topics"},
	{table: "notices", whose: "t.member_id = ?0", key: []string{"post_id"}, leave: "mail_id"},
	{table: "bookmarks", whose: "t.member_id = ?0", key: []string{"post_id"}},
	{table: "ignores", whose: "t.member_id = ?0", key: []string{"ignored_id"}, leave: "ignored_id", as: map[string]string{"who": "(SELECT m.handle FROM members m WHERE m.id = t.ignored_id)"}},
	{table: "blocks", whose: "t.member_id = ?0", key: []string{"blocked_id"}, leave: "blocked_id", as: map[string]string{"who": "(SELECT m.handle FROM members m WHERE m.id = t.blocked_id)"}},
	{table: "deliveries", whose: "t.member_id = ?0 AND t.sent_at > 0", key: []string{"kind", "ref"}, leave: "due_at handed_at"},
	{table: "bounces", whose: "t.member_id = ?0 AND t.kind NOT IN ('note.new-address', 'note.feedback')", leave: "complaint points"},
	{table: "mail_pauses", whose: "t.member_id = ?0", key: []string{"member_id"}},
	{table: "digests", whose: "t.member_id = ?0", leave: "run"},
	{table: "arrivals", whose: "t.member_id = ?0", leave: "key raw", place: "group_id", as: map[string]string{"file": "CASE WHEN " + keptMail + " THEN 'arrivals/' || t.id || '.eml' ELSE '' END"}},
	{table: "received", whose: "t.member_id = ?0"},
}

// keptMail is the SQL condition under which a mail t that came in the member's name is given as it came: it is kept, they stand by
// it, and the place that it names lets them in.
const keptMail = "t.raw IS NOT NULL AND NOT (t.fate = 'held' AND t.why = 'unproved') AND (t.group_id = 0 OR EXISTS (SELECT 1 FROM groups g WHERE g.id = t.group_id AND ?4))"

// undecided are the columns of an application that say what one reviewer thinks, before the second agrees.
var undecided = map[string]string{"state": unproposed("t.state", fmt.Sprint(int(HandedIn))), "outcome": unproposed("t.outcome", "0"), "reasons": unproposed("t.reasons", "''"),
	"grant_until": unproposed("t.grant_until", "0"), "decided_at": unproposed("t.decided_at", "0")}

func unproposed(column, instead string) string {
	return fmt.Sprintf("CASE WHEN t.state = %d THEN %s ELSE %s END", Proposed, instead, column)
}

// called is the section's name in the download.
func (s *section) called() string {
	if s.name != "" {
		return s.name
	}
	return s.table
}

// declared are the columns that the register gives out for the section, and the first row about them.
func (s *section) declared() (columns []string, about Declared) {
	for _, d := range Data {
		if d.Table != s.table || !d.Export && s.only == "" {
			continue
		}
		if columns == nil {
			about = d
		}
		columns = append(columns, d.Columns...)
	}
	if s.only != "" {
		columns = strings.Fields(s.only)
	}
	return slices.DeleteFunc(columns, func(c string) bool { return slices.Contains(strings.Fields(s.leave), c) }), about
}

// mostOfDownload is how many rows of a section are read at once: no connection waits for a slow reader, and not much does in
// memory.
const mostOfDownload = 25

// rows reads the member's rows of the section that come after those with the keys of the last.
func (s *section) rows(ctx context.Context, q querier, a Actor, last []any) (out []map[string]any, next []any, err error) {
	keys := s.key
	if keys == nil {
		keys = []string{"id"}
	}
	columns, _ := s.declared()
	what, order, places := []string{}, []string{}, []string{}
	for i, k := range keys {
		what, order, places = append(what, "t."+k+" AS k"+string(rune('0'+i))), append(order, "t."+k), append(places, "?")
	}
	for _, c := range columns {
		if s.as[c] == "" {
			what = append(what, "t."+c)
		}
	}
	for c, expression := range s.as {
		what = append(what, expression+" AS "+c)
	}
	after := bun.SafeQuery("1 = 1")
	if last != nil {
		after = bun.SafeQuery("("+strings.Join(order, ", ")+") > ("+strings.Join(places, ", ")+")", last...)
	}
	slices.Sort(what[len(keys):])
	err = q.scan(ctx, &out, "SELECT "+strings.Join(what, ", ")+", ?1 AS place FROM "+s.table+" AS t WHERE ("+s.whose+") AND ?2 ORDER BY "+strings.Join(order, ", ")+" LIMIT ?3",
		a.Member, s.placeName(a), after, mostOfDownload, placeGate(a, "g"))
	for i, row := range out {
		if i == len(out)-1 {
			for j := range keys {
				next = append(next, row["k"+string(rune('0'+j))])
			}
		}
		s.tidy(row, len(keys))
	}
	return out, next, err
}

// tidy gives times as people write them, and leaves out what stands there for the reading.
func (s *section) tidy(row map[string]any, keys int) {
	for i := range keys {
		delete(row, "k"+string(rune('0'+i)))
	}
	if s.place == "" || row["place"] == "" {
		delete(row, "place")
	}
	for c, v := range row {
		if b, ok := v.([]byte); ok {
			v = string(b)
			row[c] = v
		}
		n, ok := v.(int64)
		switch {
		case !ok:
		case timed(c) && n == 0:
			row[c] = nil
		case timed(c):
			row[c] = Instant(n).Time().Format(time.RFC3339)
		default:
			if w := wordFor(s.table, c, n); w != "" {
				row[c] = w
			}
		}
	}
}

// timed tells whether a column holds a time.
func timed(column string) bool { return column == "at" || strings.HasSuffix(column, "_at") }

// placeName is the SQL expression of what the place is called: for who may know of it today. A group that they had to
// leave has no name any more.
func (s *section) placeName(a Actor) schema.QueryWithArgs {
	in := placeGate(a, "g")
	switch s.place {
	case "group_id":
		return bun.SafeQuery("coalesce((SELECT g.name FROM groups g WHERE g.id = t.group_id AND ?), '')", knownGate(a, "g"))
	case "board_id":
		return bun.SafeQuery("coalesce((SELECT g.name || ' / ' || b.name FROM boards b JOIN groups g ON g.id = b.group_id WHERE b.id = t.board_id AND ?), '')", in)
	case "room_id":
		return bun.SafeQuery("coalesce((SELECT CASE WHEN g.talk > 0 THEN g.name ELSE g.name || ' / ' || r.name END FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = t.room_id AND ?), '')", roomGate(a))
	case "topic_id":
		return bun.SafeQuery(`coalesce((SELECT g.name || ' / ' || b.name || ' / ' || o.title FROM topics o JOIN boards b ON b.id = o.board_id JOIN groups g ON g.id = b.group_id
			WHERE o.id = t.topic_id AND ? AND ?), '')`, in, itemGate(a, "o"))
	}
	return bun.SafeQuery("''")
}

// wordFor is the word for a number in a column; "": it is a number.
func wordFor(table, column string, n int64) string {
	words := coded[table+"."+column]
	if words == nil {
		words = coded[column]
	}
	if n < 0 || n >= int64(len(words)) {
		return ""
	}
	return words[n]
}

// coded are the words for numbers, by column, or by table and column.
var coded = map[string][]string{
	"reach": reachNames, "email_to": reachNames, "address_to": reachNames, "phone_to": reachNames, "contact_to": reachNames, "listed_to": reachNames,
	"class": classNames[:], "door": {"board", "mail", "room"}, "via": {"board", "mail", "room"}, "mode": {"none", "each", "daily", "weekly", "titles"},
	"from_join": {"no", "yes"}, "strong": {"no", "yes"}, "many": {"no", "yes"}, "secret": {"no", "yes"}, "poll_many": {"no", "yes"}, "poll_secret": {"no", "yes"}, "by_link": {"no", "yes"}, "no_talks": {"no", "yes"}, "named": {"no", "yes"},
	"members.standing": {"unconfirmed", "active", "suspended"}, "memberships.standing": {"outside", "in", "invited", "banned", "asking", "lapsed"},
	"level": levelNames[:], "sign": signNames[:], "why": whyNames[:], "memberships.role": {"participant", "moderator", "owner"}, "deliveries.state": deliveryNames[:], "bounces.what": returnNames[:], "bounces.paused": {"no", "yes"}, "mail_pauses.why": returnNames[:], "applications.state": applicationNames[:], "applications.outcome": applicationNames[:],
	"ballot_items.kind": {"post", "message"}, "ballot_items.answer": {"none", "yes", "no", "after-change"},
}

var reachNames = []string{"public", "registered", "certified", "members", "nobody"}
