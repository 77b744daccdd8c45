-- A group's own list of tags, kept by its moderators; which of them stand at a topic; and whose new topics a member wants
-- to be told of. A tag of another group, at a topic that was moved, is not shown. topics.tagged: 1 when it may have some.

CREATE TABLE tags (
  id         INTEGER NOT NULL PRIMARY KEY,
  group_id   INTEGER NOT NULL REFERENCES groups(id),
  slug       TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (group_id, slug)
);

CREATE TABLE topic_tags (
  topic_id INTEGER NOT NULL REFERENCES topics(id),
  tag_id   INTEGER NOT NULL REFERENCES tags(id),
  PRIMARY KEY (topic_id, tag_id)
);
CREATE INDEX topic_tags_tag ON topic_tags (tag_id, topic_id);

CREATE TABLE followed_tags (
  member_id INTEGER NOT NULL REFERENCES members(id),
  tag_id    INTEGER NOT NULL REFERENCES tags(id),
  since_at  INTEGER NOT NULL,
  PRIMARY KEY (member_id, tag_id)
);
CREATE INDEX followed_tags_tag ON followed_tags (tag_id);

ALTER TABLE topics ADD COLUMN tagged INTEGER NOT NULL DEFAULT 0;
