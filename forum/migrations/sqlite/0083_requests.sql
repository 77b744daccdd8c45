-- A mail may go to somebody who is no member: then member_id is 0. SQLite drops no condition of a table, so it is made anew.
CREATE TABLE deliveries_of_all (
  kind       TEXT   NOT NULL,
  ref        INTEGER NOT NULL,
  member_id  INTEGER NOT NULL, -- 0: who asked something of the body and has no account
  state      INTEGER NOT NULL DEFAULT 0,
  attempts   INTEGER NOT NULL DEFAULT 0,
  queued_at  INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  handed_at  INTEGER NOT NULL DEFAULT 0,
  sent_at    INTEGER NOT NULL DEFAULT 0,
  trouble    TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (kind, ref, member_id)
);
INSERT INTO deliveries_of_all (kind, ref, member_id, state, attempts, queued_at, due_at, handed_at, sent_at, trouble)
  SELECT kind, ref, member_id, state, attempts, queued_at, due_at, handed_at, sent_at, trouble FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_of_all RENAME TO deliveries;
CREATE INDEX deliveries_state ON deliveries (state, due_at);
CREATE INDEX deliveries_member ON deliveries (member_id, queued_at);
CREATE INDEX deliveries_mailing ON deliveries (kind, ref, state, member_id);
-- What somebody asks of the body: for information, or about their data (P4, P31).
CREATE TABLE requests (
  id           INTEGER PRIMARY KEY,
  kind         TEXT   NOT NULL,
  member_id    INTEGER NOT NULL, -- 0: who has no account
  name         TEXT   NOT NULL, -- of who has no account
  address      TEXT   NOT NULL,
  language     TEXT   NOT NULL,
  subject      TEXT   NOT NULL, -- of their mail; "": they used the form
  key          TEXT   NOT NULL UNIQUE, -- of the form or the mail
  at           INTEGER NOT NULL,
  due_at       INTEGER NOT NULL,
  extended_at  INTEGER NOT NULL DEFAULT 0,
  confirmed_at INTEGER NOT NULL, -- that the address is theirs; 0: not yet
  claimed_by   INTEGER NOT NULL DEFAULT 0,
  claimed_at   INTEGER NOT NULL DEFAULT 0,
  closed_at    INTEGER NOT NULL DEFAULT 0,
  closed_by    INTEGER NOT NULL DEFAULT 0,
  outcome      TEXT   NOT NULL DEFAULT '',
  returned_at  INTEGER NOT NULL DEFAULT 0, -- a mail to the address came back
  reminded     INTEGER NOT NULL DEFAULT 0  -- 1: that it is due soon; 2: that it is overdue
);
CREATE INDEX requests_open ON requests (closed_at, due_at);
CREATE INDEX requests_member ON requests (member_id);
CREATE TABLE request_words (
  id         INTEGER PRIMARY KEY,
  request_id INTEGER NOT NULL REFERENCES requests(id),
  by_member  INTEGER NOT NULL, -- of the staff; 0: who asked
  inside     INTEGER NOT NULL, -- 1: a note that only the staff see
  words      TEXT   NOT NULL,
  key        TEXT   NOT NULL,
  message_id TEXT   NOT NULL, -- of the mail in which they came; "": none
  at         INTEGER NOT NULL,
  UNIQUE (request_id, key)
);
