package forumtest

import (
	"context"
	"fmt"

	"peergroups/forum"
)

// Crowd says how large a forum is to be made, and then where to look at it. It is the one thing here that writes rows
// past the verbs: a million posts through them would take a day.
type Crowd struct {
	Members, Topics, Posts int // at least 1,000 of each
	Hot                    int // posts of the largest topic
	Now                    forum.Instant

	Group      string         // of the largest board, which holds a fifth of all topics
	Board      string         // the largest
	HotTopic   forum.TopicID  // on it
	ColdTopic  forum.TopicID  // on it, of one post
	SmallBoard forum.BoardID  // with a two hundredth of the topics
	Reader     forum.MemberID // in every seventh group, who has read nine topics of ten
	Login      string         // theirs; the password is that of the first member
}

const (
	crowdGroups, crowdBoards = 40, 200
	year                     = int64(365 * 24 * 3600 * 1e6)
)

// Fill fills an empty forum that is set up: groups of all kinds (a quarter public, a quarter for registered people, a
// quarter for the certified, a quarter for members only), topics of six years with one to Hot posts, one in thirty
// with several audiences, and what the Reader has read.
func (c *Crowd) Fill(ctx context.Context, store *forum.Store) error {
	c.Group, c.Board, c.HotTopic, c.ColdTopic, c.SmallBoard, c.Reader, c.Login = "crowd-0", "board-0", 3_000_000, 3_000_005, 2_000_007, 1_000_007, "crowd7"
	seq := max(c.Members, c.Hot, c.Topics)
	rest := c.Posts - c.Hot
	// Of a hundred topics one is long, nine are middling, and the others are short.
	long, middling, short := max(1, rest*25/c.Topics), max(1, rest*3/c.Topics), max(1, rest*53/90/c.Topics)
	for _, step := range []struct {
		what string
		args []any
	}{
		{"CREATE TABLE crowd_seq (i BIGINT PRIMARY KEY)", nil},
		{"INSERT INTO crowd_seq WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?0) SELECT i FROM n", []any{seq}},
		{`INSERT INTO members (id, handle, handle_key, name, email, email_key, password_hash, standing, zone, confirmed_at, created_at)
			SELECT 1000000 + i, 'crowd' || i, 'crowd' || i, 'Person ' || (100000 + i * 7919 % 99991), 'crowd' || i || '@members.example', 'crowd' || i || '@members.example',
			(SELECT password_hash FROM members ORDER BY id LIMIT 1), ?1, 'Europe/Amsterdam', ?2, ?2 FROM crowd_seq WHERE i < ?0`, []any{c.Members, forum.Active, int64(c.Now) - 6*year}},
		{"INSERT INTO registrations (member_id) SELECT 1000000 + i FROM crowd_seq WHERE i < ?0", []any{c.Members}},
		{`INSERT INTO certificates (id, member_id, number, from_at, until_at, open_until_at, decided_by, decided_at)
			SELECT 1000000 + i, 1000000 + i, 'CROWD' || i, ?1, ?2, ?2, 1, ?1 FROM crowd_seq WHERE i < ?0 AND i % 10 < 7`, []any{c.Members, int64(c.Now) - 6*year, int64(c.Now) + year}},
		{`INSERT INTO groups (id, slug, name, visibility, joining, created_at) SELECT 1500000 + i, 'crowd-' || i, 'Group ' || i, (i + 3) % 4, 0, ?1 FROM crowd_seq WHERE i < ?0`, []any{crowdGroups, int64(c.Now) - 6*year}},
		{`INSERT INTO memberships (group_id, member_id, role, standing, joined_at) SELECT 1500000 + g.i, 1000000 + m.i, ?2, ?3, ?4
			FROM crowd_seq g JOIN crowd_seq m ON m.i < ?0 AND g.i < ?1 WHERE g.i % 7 = m.i % 7`, []any{c.Members, crowdGroups, forum.Participant, forum.In, int64(c.Now) - 6*year}},
		{`INSERT INTO boards (id, group_id, slug, name, posting, position, created_at) SELECT 2000000 + i, 1500000 + i % 40, 'board-' || i, 'Board ' || i, 0, i, ?1 FROM crowd_seq WHERE i < ?0`, []any{crowdBoards, int64(c.Now) - 6*year}},
		{`INSERT INTO topics (id, board_id, author_id, title, slug, reach, reach_of, posted_at, last_post_at, last_n, said, mixed)
			SELECT 3000000 + x.i, b.id, 1000000 + x.i * 31 % ?1, 'What we said about case ' || x.i, 'topic', CASE WHEN g.visibility > 2 THEN 3 ELSE g.visibility END, CASE WHEN g.visibility > 2 THEN g.id ELSE 0 END,
				x.at, CASE WHEN x.i = 0 THEN ?3 ELSE x.at + CAST(x.size AS BIGINT) * 60000000 END, x.size, x.size, CASE WHEN x.i % 30 = 1 THEN 1 ELSE 0 END
			FROM (SELECT s.i, ?2 + s.i * ?4 AS at, CASE WHEN s.i = 0 THEN ?5 WHEN s.i = 5 THEN 1 WHEN s.i % 100 = 3 THEN ?6 WHEN s.i % 10 = 4 THEN ?7 ELSE ?8 END AS size,
				2000000 + CASE WHEN s.i % 5 = 0 THEN 0 ELSE 1 + s.i % 199 END AS board FROM crowd_seq s WHERE s.i < ?0) x
			JOIN boards b ON b.id = x.board JOIN groups g ON g.id = b.group_id`,
			[]any{c.Topics, c.Members, int64(c.Now) - 6*year, int64(c.Now) - 3600*1e6, 6 * year / int64(c.Topics+c.Topics/100), c.Hot, long, middling, short}},
		{`INSERT INTO posts (id, topic_id, n, author_id, reply_to, reach, reach_of, source, html, plain, markup, key, posted_at)
			SELECT 10000000000 + (t.id - 3000000) * 100000 + s.i, t.id, s.i, CASE WHEN s.i = 1 THEN t.author_id ELSE 1000000 + (t.id * 13 + s.i * 7) % ?0 END, 0,
				CASE WHEN t.mixed = 1 AND s.i % 7 = 3 THEN 3 ELSE t.reach END, CASE WHEN t.mixed = 1 AND s.i % 7 = 3 THEN (SELECT b.group_id FROM boards b WHERE b.id = t.board_id) ELSE t.reach_of END,
				?1, '<p>' || ?1 || '</p>', ?1, 1, 'k' || t.id || '-' || s.i, CASE WHEN s.i = t.last_n THEN t.last_post_at ELSE t.posted_at + (t.last_post_at - t.posted_at) / t.last_n * (s.i - 1) END
			FROM topics t JOIN crowd_seq s ON s.i >= 1 AND s.i <= t.last_n WHERE t.id >= 3000000`,
			[]any{c.Members, "When one of them keeps a recording, the other hears it twice: once in the room and once at home, alone, with the volume up. I say this at the start, in these words, and I ask both of them what they need in order not to record."}},
		{"INSERT INTO reads (member_id, topic_id, n) SELECT ?0, id, last_n FROM topics WHERE id >= 3000000 AND id % 10 <> 2", []any{c.Reader}},
		{`INSERT INTO reads (member_id, topic_id, n) SELECT 1000000 + s.i, t.id, t.last_n FROM crowd_seq s JOIN topics t ON t.id >= 3000000 AND t.id % 250 = s.i % 250
			WHERE s.i > 10 AND s.i < ?0 AND s.i < 2000`, []any{c.Members}},
		{"INSERT INTO notices (member_id, post_id, why, made_at) SELECT ?0, p.id, 4, p.posted_at FROM posts p WHERE p.topic_id = ?1 AND p.n % 20 = 0", []any{c.Reader, c.HotTopic}},
		{"DROP TABLE crowd_seq", nil},
		{"VACUUM ANALYZE", nil}, // as a database that cleans up by itself has done
	} {
		if step.what == "VACUUM ANALYZE" && store.Pool() == nil {
			continue // SQLite runs without it, as in a body's own forum
		}
		if _, err := store.Writer().NewRaw(step.what, step.args...).Exec(ctx); err != nil {
			return fmt.Errorf("%.60s: %w", step.what, err)
		}
	}
	return nil
}
