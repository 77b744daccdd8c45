-- Asking the authors whether what they wrote may be read by more people.
-- topic_id: 0 when the whole group is asked. kind: 0 a post, 1 a message.
-- answer: 0 none, 1 yes, 2 no, 3 yes once it is changed.

CREATE TABLE ballots (
  id         INTEGER PRIMARY KEY,
  group_id   INTEGER NOT NULL REFERENCES groups(id),
  topic_id   INTEGER NOT NULL DEFAULT 0,
  opened_by  INTEGER NOT NULL,
  opened_at  INTEGER NOT NULL,
  until_at   INTEGER NOT NULL,
  reach      INTEGER NOT NULL,
  reach_of   INTEGER NOT NULL DEFAULT 0,
  from_join  INTEGER NOT NULL DEFAULT 0,
  reminded   INTEGER NOT NULL DEFAULT 0,
  closed_at  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ballots_group ON ballots (group_id, closed_at);

CREATE TABLE ballot_items (
  ballot_id   INTEGER NOT NULL REFERENCES ballots(id),
  kind        INTEGER NOT NULL,
  item_id     INTEGER NOT NULL,
  member_id   INTEGER NOT NULL REFERENCES members(id),
  answer      INTEGER NOT NULL DEFAULT 0,
  answered_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (ballot_id, kind, item_id)
);
CREATE INDEX ballot_items_member ON ballot_items (member_id, ballot_id);
CREATE INDEX ballot_items_item ON ballot_items (kind, item_id);
