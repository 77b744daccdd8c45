-- What members say to a post with one sign. sign: 1 thanks, 2 agree, 3 helpful, 4 thinking of you. A reaction is something said:
-- it has the audience that could read it when it was given. posts.reacted counts changes of them, apart from the post's own version.

CREATE TABLE reactions (
  post_id   BIGINT NOT NULL REFERENCES posts(id),
  author_id BIGINT NOT NULL REFERENCES members(id),
  sign      BIGINT NOT NULL,
  reach     BIGINT NOT NULL,
  reach_of  BIGINT NOT NULL,
  from_join BIGINT NOT NULL,
  posted_at BIGINT NOT NULL,
  PRIMARY KEY (post_id, author_id, sign)
);
CREATE INDEX reactions_author ON reactions (author_id);

ALTER TABLE posts ADD COLUMN reacted BIGINT NOT NULL DEFAULT 0;
