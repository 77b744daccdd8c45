-- Posts that are changed and taken back; topics that are moved, split and merged.

ALTER TABLE posts ADD COLUMN edited_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN erased_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN merged_into INTEGER NOT NULL DEFAULT 0;

CREATE TABLE revisions (
  id         INTEGER PRIMARY KEY,
  post_id    INTEGER NOT NULL REFERENCES posts(id),
  source     TEXT   NOT NULL,
  reach      INTEGER NOT NULL,
  reach_of   INTEGER NOT NULL DEFAULT 0,
  from_join  INTEGER NOT NULL DEFAULT 0,
  written_at INTEGER NOT NULL
);
CREATE INDEX revisions_post ON revisions (post_id, id);
CREATE INDEX posts_reply ON posts (reply_to);
