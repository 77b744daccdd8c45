package forum

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// A poll stands below the post that opened a topic, wherever that is moved, and is read by whoever reads it. A vote is
// something said: it has the audience that could read it when it was given, and is counted through the gates. (Ballots
// are something else: they ask authors who may read what they wrote.)

// PollDraft is what the form of a new topic says of a poll.
type PollDraft struct {
	Options string // one a line; "": no poll
	Many    bool   // more than one can be chosen
	Secret  bool   // nobody is shown who voted what
	Until   string // "2006-01-02T15:04" by the writer's clock; "": until it is closed
}

// Poll is one as its reader sees it.
type Poll struct {
	PostID            PostID
	Many, Secret      bool
	UntilAt, ClosedAt Instant
	Options           []PollOption `bun:"-"`
	Voters            int          // 0 where Shown is false
	Voted             bool         // the reader has
	Shown             bool         // the numbers are
}

// PollOption is what can be chosen.
type PollOption struct {
	ID    int64 `bun:"id"`
	Words string
	Votes int  // 0 where the poll's numbers are not shown
	Mine  bool // the reader chose it
}

const (
	fewestOptions, mostOptions = 2, 10
	fewestVotes                = 5 // of a secret poll, for its numbers to be shown
	longestPoll                = 366 * 24 * time.Hour
)

// checkPoll gives the options of a poll and its end, and notes what is wrong with them; without options there is none.
func (w *writer) checkPoll(by Actor, g *Group, d PollDraft, p *problems) (words []string, until Instant) {
	for line := range strings.SplitSeq(d.Options, "\n") {
		if line = markup.Line(line); line != "" {
			p.most("poll_options", line, 120)
			words = append(words, line)
		}
	}
	if words == nil {
		return nil, 0
	}
	sorted := slices.Sorted(slices.Values(words))
	switch {
	case len(words) < fewestOptions || len(words) > mostOptions:
		p.add("poll_options", "error.poll-options", "Fewest", fewestOptions, "Most", mostOptions)
	case len(slices.Compact(sorted)) < len(words):
		p.add("poll_options", "error.poll-twice")
	}
	if g.Class == ChathamClass && !d.Secret {
		p.add("poll_secret", "error.poll-secret-only")
	}
	if d.Until != "" {
		at, err := time.ParseInLocation("2006-01-02T15:04", d.Until, by.location())
		if until = At(at); err != nil || until <= w.now || until > w.now.add(longestPoll) {
			p.add("poll_until", "error.poll-until")
		}
	}
	return words, until
}

// location is the actor's zone.
func (a Actor) location() *time.Location {
	loc, err := time.LoadLocation(a.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// poll writes down the poll below a post.
func (w *writer) poll(id PostID, d PollDraft, words []string, until Instant) error {
	if words == nil {
		return nil
	}
	if err := w.exec("INSERT INTO polls (post_id, many, secret, until_at) VALUES (?, ?, ?, ?)", id, bit(d.Many), bit(d.Secret), until); err != nil {
		return err
	}
	for i, line := range words {
		if err := w.exec("INSERT INTO poll_options (id, post_id, n, words) VALUES (?, ?, ?, ?)", w.id(), id, i, line); err != nil {
			return err
		}
	}
	return w.exec("UPDATE posts SET polled = 1 WHERE id = ?", id)
}

// unpoll takes the poll below a post away with all votes.
func (w *writer) unpoll(id PostID) error {
	for _, query := range []string{"DELETE FROM votes WHERE post_id = ?", "DELETE FROM poll_options WHERE post_id = ?", "DELETE FROM polls WHERE post_id = ?"} {
		if err := w.exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

// pollSeen loads the poll below a post that the actor may read.
func (w *writer) pollSeen(by Actor, id PostID) (poll Poll, p lockedPost, g *Group, s standing, err error) {
	if err = w.lockRow("posts", int64(id)); err != nil { // a vote waits for the end, or the end for the vote
		return poll, p, nil, s, err
	}
	if p, g, s, err = w.postSeen(by, id); err == nil {
		err = w.one(&poll, pollColumns+" WHERE l.post_id = ?", p.ID)
	}
	return poll, p, g, s, err
}

const pollColumns = "SELECT l.post_id, l.many, l.secret, l.until_at, l.closed_at FROM polls l"

// Over tells whether the poll takes no votes any more, at the time.
func (l *Poll) Over(now Instant) bool { return l.ClosedAt != 0 || l.UntilAt != 0 && l.UntilAt <= now }

// Vote chooses options of the poll below a post, in the place of what the actor chose before: by who may reply there. No
// option takes the vote back.
func (f *Forum) Vote(ctx context.Context, by Actor, id PostID, options []int64) error {
	return f.write(ctx, "vote", func(w *writer) error {
		poll, p, g, s, err := w.pollSeen(by, id)
		if err == nil {
			err = mayVote(by, s, g, &p, poll.Over(w.now))
		}
		if err != nil {
			return err
		}
		var wrong problems
		var known int
		if len(options) > 0 && len(options) <= mostOptions {
			if err := w.one(&known, "SELECT count(*) FROM poll_options WHERE post_id = ? AND id IN (?)", p.ID, bun.List(options)); err != nil {
				return err
			}
		}
		if known < len(options) || len(options) > 1 && !poll.Many {
			wrong.add("option", "error.choose")
			return wrong.err()
		}
		if err := w.spend(reactionsOfMember, "vote", by.key()); err != nil {
			return err
		}
		if err := w.exec("DELETE FROM votes WHERE post_id = ? AND author_id = ?", p.ID, by.Member); err != nil {
			return err
		}
		a := ReplyAudience(p.Audience, ReplyAudience(p.TopicAudience(), g.Audience()))
		for _, option := range options {
			if err := w.exec("INSERT INTO votes (option_id, author_id, post_id, reach, reach_of, from_join, posted_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
				option, by.Member, p.ID, a.Reach, a.Of, bit(a.FromJoin), w.now); err != nil {
				return err
			}
		}
		if poll.Secret || max(p.Class, g.Class) == ChathamClass { // who looks when numbers change would see who voted what
			if err := w.exec("UPDATE polls SET secret = 1 WHERE post_id = ?", p.ID); err != nil { // whatever the group becomes
				return err
			}
			_, err := w.stirred(p.ID)
			return err
		}
		return w.reacted(p.ID, a)
	})
}

// ClosePoll ends a poll, by who wrote it or a moderator. Twice is once.
func (f *Forum) ClosePoll(ctx context.Context, by Actor, id PostID) error {
	return f.write(ctx, "close poll", func(w *writer) error {
		poll, p, g, s, err := w.pollSeen(by, id)
		if err == nil {
			err = mayClosePoll(by, s, &p.Post)
		}
		if err != nil || poll.Over(w.now) {
			return err
		}
		if err := w.exec("UPDATE polls SET closed_at = ? WHERE post_id = ?", w.now, p.ID); err != nil {
			return err
		}
		if p.AuthorID != by.Member {
			if err := w.log(by, "close-poll", int64(p.ID), g.ID, ""); err != nil {
				return err
			}
		}
		return w.reacted(p.ID, p.Audience)
	})
}

// EndPolls closes the polls whose time is over, so that open pages and kept copies show it.
func (f *Forum) EndPolls(ctx context.Context) error {
	return f.write(ctx, "end polls", func(w *writer) error {
		var over []PostID
		if err := w.scan(w.ctx, &over, "UPDATE polls SET closed_at = until_at WHERE until_at > 0 AND until_at <= ? AND closed_at = 0 RETURNING post_id", w.now); err != nil {
			return err
		}
		for _, id := range over {
			p, err := w.stirred(id)
			if err != nil {
				return err
			}
			w.state(PostReacted{Topic: p.TopicID, Post: id})
		}
		return nil
	})
}
