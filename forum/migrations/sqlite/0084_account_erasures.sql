-- An account that its member wants to be erased: from when on, and how far that is.
CREATE TABLE account_erasures (
  member_id INTEGER PRIMARY KEY REFERENCES members(id),
  takes     INTEGER NOT NULL, -- 1: what they wrote goes, too; 0: it stays as a former member's
  asked_at  INTEGER NOT NULL,
  due_at    INTEGER NOT NULL,
  told_ref  INTEGER NOT NULL DEFAULT 0, -- the mail that it begins, which goes before the address does; 0: not yet
  told_at   INTEGER NOT NULL DEFAULT 0,
  begun_at  INTEGER NOT NULL DEFAULT 0, -- the account is closed, and what is many rows is under way
  handle    TEXT   NOT NULL DEFAULT '' -- until others' mentions of it are changed
);
CREATE INDEX account_erasures_due ON account_erasures (due_at);
