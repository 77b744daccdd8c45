-- Accounts with another service, by which members log in.
CREATE TABLE linked_logins (
  member_id INTEGER PRIMARY KEY REFERENCES members(id),
  issuer    TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  linked_at INTEGER NOT NULL,
  used_at   INTEGER NOT NULL DEFAULT 0,
  UNIQUE (issuer, subject)
);
