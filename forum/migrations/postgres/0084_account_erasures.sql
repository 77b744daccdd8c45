-- An account that its member wants to be erased: from when on, and how far that is.
CREATE TABLE account_erasures (
  member_id BIGINT PRIMARY KEY REFERENCES members(id),
  takes     BIGINT NOT NULL, -- 1: what they wrote goes, too; 0: it stays as a former member's
  asked_at  BIGINT NOT NULL,
  due_at    BIGINT NOT NULL,
  told_ref  BIGINT NOT NULL DEFAULT 0, -- the mail that it begins, which goes before the address does; 0: not yet
  told_at   BIGINT NOT NULL DEFAULT 0,
  begun_at  BIGINT NOT NULL DEFAULT 0, -- the account is closed, and what is many rows is under way
  handle    TEXT   NOT NULL DEFAULT '' -- until others' mentions of it are changed
);
CREATE INDEX account_erasures_due ON account_erasures (due_at);
