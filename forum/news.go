package forum

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// News is what a member is told of by notices, in the forum and by mail. A mail holds what is new to them in one topic,
// so that they can answer it; it waits a while, in which what is written together comes together, and what they read in
// the forum meanwhile does not come at all. What it says is read through the gate when it goes, as every mail.

// NewsKinds are the reasons for notices in the order of their page.
var NewsKinds = []Why{MentionsYou, AnswersYou, OpensTopic, OpensTagged, PostedThere, SaidInTalk, FoundInSearch, RemindsOfOwn}

// NewsDelays are the minutes that a mail can wait.
var NewsDelays = []int{0, 3, 15, 60}

// NewsChoice is what a member has chosen of it.
type NewsChoice struct {
	InApp, ByMail      Whys
	Delay              int // minutes, one of NewsDelays
	QuietFrom, QuietTo int // hours of the member's day without mail; the same: none
	Bare               bool
	PausedUntil        Instant // no mail until then
	ChangedAt          Instant // 0: they never chose
}

// Whys are several reasons.
type Whys int64

// With adds reasons.
func (s Whys) With(all ...Why) Whys {
	for _, y := range all {
		s |= 1 << y
	}
	return s
}

// Has tells whether a reason is among them.
func (s Whys) Has(y Why) bool { return s&(1<<y) != 0 }

var (
	everyWhy = Whys(0).With(NewsKinds...)
	// byDefault is for who never chose: no mail of what they see anyhow where they asked to see everything.
	byDefault = NewsChoice{InApp: everyWhy, ByMail: Whys(0).With(MentionsYou, AnswersYou, RemindsOfOwn, FoundInSearch), Delay: 3}
)

const newsMail = "news"

// ReadNewsChoice gives what the actor has chosen.
func (f *Forum) ReadNewsChoice(ctx context.Context, by Actor) (NewsChoice, error) {
	return newsChoice(ctx, f.store.read, by.Member)
}

func newsChoice(ctx context.Context, q querier, m MemberID) (c NewsChoice, err error) {
	defer during(&err, "read news choice")
	err = one(ctx, q, &c, "SELECT in_app, by_mail, delay, quiet_from, quiet_to, bare, paused_until, changed_at FROM news_choices WHERE member_id = ?", m)
	if KindOf(err) == NotFound {
		return byDefault, nil
	}
	return c, err
}

// ChooseNews sets what the actor is told of, and how; what waits to be mailed goes by what holds then. pause is for how
// long no mail comes from now on: 0 ends a pause, less than 0 leaves it.
func (f *Forum) ChooseNews(ctx context.Context, by Actor, c NewsChoice, pause time.Duration) error {
	return f.write(ctx, "choose news", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		var p problems
		hour := func(h int) bool { return h >= 0 && h < 24 }
		if !slices.Contains(NewsDelays, c.Delay) {
			p.add("delay", "error.choose")
		}
		if !hour(c.QuietFrom) || !hour(c.QuietTo) {
			p.add("quiet_from", "error.choose")
		}
		if pause > 31*24*time.Hour {
			p.add("pause", "error.choose")
		}
		if err := p.err(); err != nil {
			return err
		}
		was, err := newsChoice(w.ctx, w, by.Member)
		if err != nil {
			return err
		}
		until := was.PausedUntil
		switch {
		case pause > 0:
			until = w.now.add(pause)
		case pause == 0:
			until = 0
		}
		return w.chooseNews(by.Member, c, until)
	})
}

func (w *writer) chooseNews(m MemberID, c NewsChoice, until Instant) error {
	if err := w.exec(`INSERT INTO news_choices (member_id, in_app, by_mail, delay, quiet_from, quiet_to, bare, paused_until, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (member_id) DO UPDATE SET in_app = excluded.in_app, by_mail = excluded.by_mail, delay = excluded.delay, quiet_from = excluded.quiet_from,
		quiet_to = excluded.quiet_to, bare = excluded.bare, paused_until = excluded.paused_until, changed_at = excluded.changed_at`,
		m, c.InApp&everyWhy, c.ByMail&everyWhy, c.Delay, c.QuietFrom, c.QuietTo, bit(c.Bare), until, w.now); err != nil {
		return err
	}
	for _, table := range []string{"notices", "room_notices"} {
		if err := w.exec("UPDATE ? SET mail_due = 0 WHERE member_id = ? AND mail_id = 0 AND mail_due > 0 AND (CAST(? AS BIGINT) >> CAST(why AS INTEGER)) & 1 = 0", bun.Ident(table), m, c.ByMail&everyWhy); err != nil {
			return err
		}
	}
	return nil
}

// shownInApp is the SQL condition under which a member wants to see the notice n in the forum.
func shownInApp(member schema.QueryWithArgs) schema.QueryWithArgs {
	return bun.SafeQuery("(coalesce((SELECT nc.in_app FROM news_choices nc WHERE nc.member_id = ?), ?) >> CAST(n.why AS INTEGER)) & 1 = 1", member, bun.SafeQuery("CAST(? AS BIGINT)", int64(everyWhy)))
}

// mailDue is the SQL of when a notice of the post p to the member m, for the reason why, is to be mailed: not if the post
// itself comes to them as list mail, nor out of a group of which nothing goes out by mail.
func mailDue(now Instant, why string) schema.QueryWithArgs {
	return mailDueIf(`NOT EXISTS (SELECT 1 FROM deliveries pd WHERE pd.kind = 'post' AND pd.ref = p.id AND pd.member_id = m.id)
		AND NOT EXISTS (SELECT 1 FROM topics nt JOIN boards nb ON nb.id = nt.board_id JOIN groups ng ON ng.id = nb.group_id WHERE nt.id = p.topic_id AND ng.no_list = 1)`, now, why)
}

// mailDueIf is the SQL of when a notice to the member m for the reason why is to be mailed, if they want that, and on a condition.
func mailDueIf(cond string, now Instant, why string) schema.QueryWithArgs {
	return bun.SafeQuery(`CASE WHEN `+cond+` AND (coalesce((SELECT nc.by_mail FROM news_choices nc WHERE nc.member_id = m.id), CAST(?0 AS BIGINT)) >> CAST(`+why+` AS INTEGER)) & 1 = 1
		THEN CAST(?1 AS BIGINT) + coalesce((SELECT nc.delay FROM news_choices nc WHERE nc.member_id = m.id), ?2) * CAST(60000000 AS BIGINT) ELSE 0 END`, int64(byDefault.ByMail), now, byDefault.Delay)
}

// mostNews is how many mails of news are opened in one commit.
const mostNews = 200

// SendNews opens the mails of news whose time has come: one for each member and topic, or room, with all that is new to them there
// and was to be mailed. Within a member's quiet hours, and while they pause, it waits.
func (f *Forum) SendNews(ctx context.Context) error {
	for {
		n := 0
		if err := f.write(ctx, "send news", func(w *writer) error {
			n = 0
			for _, of := range newsFrom {
				sent, err := w.sendNews(of)
				if n = max(n, sent); err != nil {
					return err
				}
			}
			return nil
		}); err != nil || n < mostNews {
			return err
		}
	}
}

// newsSource is where notices come from whose mails are opened.
type newsSource struct {
	notices, items string // tables
	item, place    string // columns: of what a notice is, and in which place that stands
	mail           string // a kind of mail
}

var newsFrom = []newsSource{{"notices", "posts", "post_id", "topic_id", newsMail}, {"room_notices", "messages", "message_id", "room_id", roomNewsMail}}

func (w *writer) sendNews(s newsSource) (int, error) {
	var due []struct {
		MemberID           MemberID
		Place              int64
		Zone               string
		QuietFrom, QuietTo int
		PausedUntil        Instant
	}
	if err := w.scan(w.ctx, &due, `SELECT DISTINCT n.member_id, i.`+s.place+` AS place, m.zone, coalesce(nc.quiet_from, 0) AS quiet_from, coalesce(nc.quiet_to, 0) AS quiet_to, coalesce(nc.paused_until, 0) AS paused_until
		FROM `+s.notices+` n JOIN `+s.items+` i ON i.id = n.`+s.item+` JOIN members m ON m.id = n.member_id LEFT JOIN news_choices nc ON nc.member_id = n.member_id
		WHERE n.mail_due > 0 AND n.mail_id = 0 AND n.read_at = 0 AND n.mail_due <= ? ORDER BY n.member_id, i.`+s.place+` LIMIT ?`, w.now, mostNews); err != nil {
		return 0, err
	}
	of := " WHERE member_id = ? AND mail_id = 0 AND mail_due > 0 AND read_at = 0 AND (SELECT i." + s.place + " FROM " + s.items + " i WHERE i.id = " + s.notices + "." + s.item + ") = ?"
	for _, d := range due {
		var err error
		if until := max(d.PausedUntil, quietUntil(w.now, d.Zone, d.QuietFrom, d.QuietTo)); until > w.now {
			err = w.exec("UPDATE "+s.notices+" SET mail_due = ?"+of, until, d.MemberID, d.Place)
		} else {
			id := w.id()
			w.state(NewsOpened{Kind: s.mail, Mail: id})
			err = either(w.exec("UPDATE "+s.notices+" SET mail_id = ?"+of, id, d.MemberID, d.Place), w.queue(s.mail, id, d.MemberID))
		}
		if err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// quietUntil gives the end of the quiet hours that now is in, by the clock of a zone; 0: it is in none. The hours may
// go over midnight; where the clock is put forward over their end, they end with the hour after it.
func quietUntil(now Instant, zone string, from, to int) Instant {
	in, err := time.LoadLocation(zone)
	if err != nil || from == to {
		return 0
	}
	t := now.Time().In(in)
	within := t.Hour() >= from && t.Hour() < to
	if from > to {
		within = t.Hour() >= from || t.Hour() < to
	}
	if !within {
		return 0
	}
	day := t.Day()
	if t.Hour() >= to {
		day++
	}
	return At(time.Date(t.Year(), t.Month(), day, to, 0, 0, 0, in))
}

// newsReaders is the FROM and WHERE of the member m to whom the mail of news goes, if something is in it that they may
// read now and have not read.
func newsReaders(mail int64, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`FROM members m WHERE m.standing = ?0 AND EXISTS (SELECT 1 FROM notices n JOIN posts p ON p.id = n.post_id`+postPlaces+`
		WHERE n.mail_id = ?1 AND n.member_id = m.id AND n.read_at = 0 AND g.no_list = 0 AND ?2 AND (n.why = ?4 OR NOT ?3))`, Active, mail, mayRead(now), ignored(bun.SafeQuery("m.id"), "p"), RemindsOfOwn)
}

// News is what a mail of news holds for its reader now.
type News struct {
	Notices []Notice // of one topic, in its order
	Bare    bool     // their text is not to stand in mails
	Notice  bool     // nor their title: of the board, mails tell only that something new is there
}

// ReadNews reads what a mail of news holds for the member now; Absent: nothing.
func (f *Forum) ReadNews(ctx context.Context, m MemberID, mail int64) (out News, err error) {
	defer during(&err, "read news")
	by, err := f.ActorFor(ctx, m)
	if err != nil {
		return out, err
	}
	by.byMail = true
	if err = f.store.read.scan(ctx, &out.Notices, "SELECT "+placedFields+", n.why, n.made_at, n.read_at, coalesce(k.note, '') AS note, "+searchNamed+" ? AND n.mail_id = ? AND n.read_at = 0 AND g.no_list = 0 ORDER BY p.n LIMIT 100", noticed(by), mail); err != nil {
		return out, err
	}
	if len(out.Notices) == 0 {
		return out, Absent()
	}
	posts := make([]*Post, len(out.Notices))
	for i := range out.Notices {
		f.veilPlaced(&out.Notices[i].PlacedPost)
		posts[i] = &out.Notices[i].Post
	}
	c, err := newsChoice(ctx, f.store.read, m)
	if err == nil {
		out.Bare = c.Bare
		err = either(one(ctx, f.store.read, &out.Notice, "SELECT coalesce(max(notice), 0) = 1 FROM subscriptions WHERE member_id = ? AND board_id = ?", m, out.Notices[0].BoardID), f.filesOf(ctx, posts...))
	}
	return out, err
}

// NewsToken names a member in the link of a mail by which news stop coming by mail.
func (f *Forum) NewsToken(m MemberID) string { return f.seal("news", int64(m), 0) }

// StopNews ends all mail of news to the member whom the link names. Twice is once.
func (f *Forum) StopNews(ctx context.Context, token string) error {
	m, err := f.newsOf(ctx, token)
	if err != nil {
		return err
	}
	return f.write(ctx, "stop news", func(w *writer) error {
		c, err := newsChoice(w.ctx, w, m)
		if err != nil || c.ByMail == 0 {
			return err
		}
		c.ByMail = 0
		return w.chooseNews(m, c, c.PausedUntil)
	})
}

func (f *Forum) newsOf(ctx context.Context, token string) (m MemberID, err error) {
	ids, err := f.unseal("news", token, 2)
	if err == nil {
		err = one(ctx, f.store.read, &m, "SELECT id FROM members WHERE id = ?", ids[0])
	}
	return m, err
}

// ReadNewsToken refuses a link that names nobody; stopped: they get no news by mail anyhow.
func (f *Forum) ReadNewsToken(ctx context.Context, token string) (stopped bool, err error) {
	m, err := f.newsOf(ctx, token)
	if err != nil {
		return false, err
	}
	c, err := newsChoice(ctx, f.store.read, m)
	return c.ByMail == 0, err
}
