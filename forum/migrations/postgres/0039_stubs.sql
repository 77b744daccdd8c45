-- What is left where a topic was: on its board (kind 1: it was moved, 2: it was put behind another), or in its topic (3: posts were split off).

CREATE TABLE stubs (
  id       BIGINT NOT NULL PRIMARY KEY,
  kind     BIGINT NOT NULL,
  board_id BIGINT NOT NULL,
  topic_id BIGINT NOT NULL,
  to_topic BIGINT NOT NULL REFERENCES topics(id),
  at       BIGINT NOT NULL
);
CREATE INDEX stubs_board ON stubs (board_id, at) WHERE board_id > 0;
CREATE INDEX stubs_topic ON stubs (topic_id) WHERE topic_id > 0;
CREATE INDEX stubs_to ON stubs (to_topic);
