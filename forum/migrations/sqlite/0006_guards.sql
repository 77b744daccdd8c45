-- The log in its own order; invitations under the address that was typed.

ALTER TABLE log_entries ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
UPDATE log_entries SET seq = (SELECT count(*) FROM log_entries o WHERE o.id <= log_entries.id);
CREATE UNIQUE INDEX log_entries_seq ON log_entries (seq);

CREATE TABLE invitations (
  group_id    INTEGER NOT NULL REFERENCES groups(id),
  address_key TEXT   NOT NULL,
  address     TEXT   NOT NULL,
  invited_by  INTEGER NOT NULL,
  invited_at  INTEGER NOT NULL,
  PRIMARY KEY (group_id, address_key)
);
