-- Polls below the post that opens a topic. secret: 1 when nobody is shown who voted what. A vote is something said: it has
-- the audience that could read it when it was given. posts.polled: 1 when there is a poll.

CREATE TABLE polls (
  post_id   INTEGER NOT NULL PRIMARY KEY REFERENCES posts(id),
  many      INTEGER NOT NULL,
  secret    INTEGER NOT NULL,
  until_at  INTEGER NOT NULL,
  closed_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX polls_due ON polls (until_at) WHERE until_at > 0 AND closed_at = 0;

CREATE TABLE poll_options (
  id      INTEGER NOT NULL PRIMARY KEY,
  post_id INTEGER NOT NULL REFERENCES polls(post_id),
  n       INTEGER NOT NULL,
  words   TEXT    NOT NULL
);
CREATE INDEX poll_options_post ON poll_options (post_id);

CREATE TABLE votes (
  option_id INTEGER NOT NULL REFERENCES poll_options(id),
  author_id INTEGER NOT NULL REFERENCES members(id),
  post_id   INTEGER NOT NULL,
  reach     INTEGER NOT NULL,
  reach_of  INTEGER NOT NULL,
  from_join INTEGER NOT NULL,
  posted_at INTEGER NOT NULL,
  PRIMARY KEY (option_id, author_id)
);
CREATE INDEX votes_post ON votes (post_id, author_id);
CREATE INDEX votes_author ON votes (author_id);

ALTER TABLE posts ADD COLUMN polled INTEGER NOT NULL DEFAULT 0;
