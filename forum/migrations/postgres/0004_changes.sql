-- Posts that are changed and taken back; topics that are moved, split and merged.

ALTER TABLE posts ADD COLUMN edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN merged_into BIGINT NOT NULL DEFAULT 0;

CREATE TABLE revisions (
  id         BIGINT PRIMARY KEY,
  post_id    BIGINT NOT NULL REFERENCES posts(id),
  source     TEXT   NOT NULL,
  reach      BIGINT NOT NULL,
  reach_of   BIGINT NOT NULL DEFAULT 0,
  from_join  BIGINT NOT NULL DEFAULT 0,
  written_at BIGINT NOT NULL
);
CREATE INDEX revisions_post ON revisions (post_id, id);
CREATE INDEX posts_reply ON posts (reply_to);
