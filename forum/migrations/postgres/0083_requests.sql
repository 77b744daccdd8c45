-- A mail may go to somebody who is no member: then member_id is 0.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_member_id_fkey;
-- What somebody asks of the body: for information, or about their data (P4, P31).
CREATE TABLE requests (
  id           BIGINT PRIMARY KEY,
  kind         TEXT   NOT NULL,
  member_id    BIGINT NOT NULL, -- 0: who has no account
  name         TEXT   NOT NULL, -- of who has no account
  address      TEXT   NOT NULL,
  language     TEXT   NOT NULL,
  subject      TEXT   NOT NULL, -- of their mail; "": they used the form
  key          TEXT   NOT NULL UNIQUE, -- of the form or the mail
  at           BIGINT NOT NULL,
  due_at       BIGINT NOT NULL,
  extended_at  BIGINT NOT NULL DEFAULT 0,
  confirmed_at BIGINT NOT NULL, -- that the address is theirs; 0: not yet
  claimed_by   BIGINT NOT NULL DEFAULT 0,
  claimed_at   BIGINT NOT NULL DEFAULT 0,
  closed_at    BIGINT NOT NULL DEFAULT 0,
  closed_by    BIGINT NOT NULL DEFAULT 0,
  outcome      TEXT   NOT NULL DEFAULT '',
  returned_at  BIGINT NOT NULL DEFAULT 0, -- a mail to the address came back
  reminded     BIGINT NOT NULL DEFAULT 0  -- 1: that it is due soon; 2: that it is overdue
);
CREATE INDEX requests_open ON requests (closed_at, due_at);
CREATE INDEX requests_member ON requests (member_id);
CREATE TABLE request_words (
  id         BIGINT PRIMARY KEY,
  request_id BIGINT NOT NULL REFERENCES requests(id),
  by_member  BIGINT NOT NULL, -- of the staff; 0: who asked
  inside     BIGINT NOT NULL, -- 1: a note that only the staff see
  words      TEXT   NOT NULL,
  key        TEXT   NOT NULL,
  message_id TEXT   NOT NULL, -- of the mail in which they came; "": none
  at         BIGINT NOT NULL,
  UNIQUE (request_id, key)
);
