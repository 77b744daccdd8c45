-- Polls below the post that opens a topic. secret: 1 when nobody is shown who voted what. A vote is something said: it has
-- the audience that could read it when it was given. posts.polled: 1 when there is a poll.

CREATE TABLE polls (
  post_id   BIGINT NOT NULL PRIMARY KEY REFERENCES posts(id),
  many      BIGINT NOT NULL,
  secret    BIGINT NOT NULL,
  until_at  BIGINT NOT NULL,
  closed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX polls_due ON polls (until_at) WHERE until_at > 0 AND closed_at = 0;

CREATE TABLE poll_options (
  id      BIGINT NOT NULL PRIMARY KEY,
  post_id BIGINT NOT NULL REFERENCES polls(post_id),
  n       BIGINT NOT NULL,
  words   TEXT    NOT NULL
);
CREATE INDEX poll_options_post ON poll_options (post_id);

CREATE TABLE votes (
  option_id BIGINT NOT NULL REFERENCES poll_options(id),
  author_id BIGINT NOT NULL REFERENCES members(id),
  post_id   BIGINT NOT NULL,
  reach     BIGINT NOT NULL,
  reach_of  BIGINT NOT NULL,
  from_join BIGINT NOT NULL,
  posted_at BIGINT NOT NULL,
  PRIMARY KEY (option_id, author_id)
);
CREATE INDEX votes_post ON votes (post_id, author_id);
CREATE INDEX votes_author ON votes (author_id);

ALTER TABLE posts ADD COLUMN polled BIGINT NOT NULL DEFAULT 0;
