-- Groups as their owners set them; requests, invitations and bans; certificates that end.

ALTER TABLE groups ADD COLUMN rules TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN question TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN icon TEXT NOT NULL DEFAULT 'users';
ALTER TABLE groups ADD COLUMN hue INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN roster INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN no_boards INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN no_rooms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN no_list INTEGER NOT NULL DEFAULT 0;

ALTER TABLE memberships ADD COLUMN invited_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN answer TEXT NOT NULL DEFAULT '';

ALTER TABLE certificates ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX certificates_ended ON certificates (ended_at, until_at);

ALTER TABLE drafts ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX drafts_held ON drafts (reminded, held_at);
