-- What is left where a topic was: on its board (kind 1: it was moved, 2: it was put behind another), or in its topic (3: posts were split off).

CREATE TABLE stubs (
  id       INTEGER NOT NULL PRIMARY KEY,
  kind     INTEGER NOT NULL,
  board_id INTEGER NOT NULL,
  topic_id INTEGER NOT NULL,
  to_topic INTEGER NOT NULL REFERENCES topics(id),
  at       INTEGER NOT NULL
);
CREATE INDEX stubs_board ON stubs (board_id, at) WHERE board_id > 0;
CREATE INDEX stubs_topic ON stubs (topic_id) WHERE topic_id > 0;
CREATE INDEX stubs_to ON stubs (to_topic);
