-- What members say to a post with one sign. sign: 1 thanks, 2 agree, 3 helpful, 4 thinking of you. A reaction is something said:
-- it has the audience that could read it when it was given. posts.reacted counts changes of them, apart from the post's own version.

CREATE TABLE reactions (
  post_id   INTEGER NOT NULL REFERENCES posts(id),
  author_id INTEGER NOT NULL REFERENCES members(id),
  sign      INTEGER NOT NULL,
  reach     INTEGER NOT NULL,
  reach_of  INTEGER NOT NULL,
  from_join INTEGER NOT NULL,
  posted_at INTEGER NOT NULL,
  PRIMARY KEY (post_id, author_id, sign)
);
CREATE INDEX reactions_author ON reactions (author_id);

ALTER TABLE posts ADD COLUMN reacted INTEGER NOT NULL DEFAULT 0;
