-- Why a room is locked, or archived, in the words that those who read it are shown.
ALTER TABLE rooms ADD COLUMN lock_why TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN archive_why TEXT NOT NULL DEFAULT '';
