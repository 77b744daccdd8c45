-- A user ID that a registration asked for whose answer must not tell whether its address is known: one row an address, both
-- under their hash.
CREATE TABLE held_handles (
  address  TEXT   PRIMARY KEY,
  handle   TEXT   NOT NULL,
  until_at INTEGER NOT NULL
);
CREATE INDEX held_handles_of ON held_handles (handle);

ALTER TABLE topics ADD COLUMN titled_by INTEGER NOT NULL DEFAULT 0; -- the moderator who gave the title; 0: its author
