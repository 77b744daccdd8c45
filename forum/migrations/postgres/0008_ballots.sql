-- Asking the authors whether what they wrote may be read by more people.
-- topic_id: 0 when the whole group is asked. kind: 0 a post, 1 a message.
-- answer: 0 none, 1 yes, 2 no, 3 yes once it is changed.

CREATE TABLE ballots (
  id         BIGINT PRIMARY KEY,
  group_id   BIGINT NOT NULL REFERENCES groups(id),
  topic_id   BIGINT NOT NULL DEFAULT 0,
  opened_by  BIGINT NOT NULL,
  opened_at  BIGINT NOT NULL,
  until_at   BIGINT NOT NULL,
  reach      BIGINT NOT NULL,
  reach_of   BIGINT NOT NULL DEFAULT 0,
  from_join  BIGINT NOT NULL DEFAULT 0,
  reminded   BIGINT NOT NULL DEFAULT 0,
  closed_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX ballots_group ON ballots (group_id, closed_at);

CREATE TABLE ballot_items (
  ballot_id   BIGINT NOT NULL REFERENCES ballots(id),
  kind        BIGINT NOT NULL,
  item_id     BIGINT NOT NULL,
  member_id   BIGINT NOT NULL REFERENCES members(id),
  answer      BIGINT NOT NULL DEFAULT 0,
  answered_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (ballot_id, kind, item_id)
);
CREATE INDEX ballot_items_member ON ballot_items (member_id, ballot_id);
CREATE INDEX ballot_items_item ON ballot_items (kind, item_id);
