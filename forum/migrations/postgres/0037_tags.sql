-- A group's own list of tags, kept by its moderators; which of them stand at a topic; and whose new topics a member wants
-- to be told of. A tag of another group, at a topic that was moved, is not shown. topics.tagged: 1 when it may have some.

CREATE TABLE tags (
  id         BIGINT NOT NULL PRIMARY KEY,
  group_id   BIGINT NOT NULL REFERENCES groups(id),
  slug       TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (group_id, slug)
);

CREATE TABLE topic_tags (
  topic_id BIGINT NOT NULL REFERENCES topics(id),
  tag_id   BIGINT NOT NULL REFERENCES tags(id),
  PRIMARY KEY (topic_id, tag_id)
);
CREATE INDEX topic_tags_tag ON topic_tags (tag_id, topic_id);

CREATE TABLE followed_tags (
  member_id BIGINT NOT NULL REFERENCES members(id),
  tag_id    BIGINT NOT NULL REFERENCES tags(id),
  since_at  BIGINT NOT NULL,
  PRIMARY KEY (member_id, tag_id)
);
CREATE INDEX followed_tags_tag ON followed_tags (tag_id);

ALTER TABLE topics ADD COLUMN tagged BIGINT NOT NULL DEFAULT 0;
