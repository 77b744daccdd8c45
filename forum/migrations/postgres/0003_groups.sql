-- Groups as their owners set them; requests, invitations and bans; certificates that end.

ALTER TABLE groups ADD COLUMN rules TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN question TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN icon TEXT NOT NULL DEFAULT 'users';
ALTER TABLE groups ADD COLUMN hue BIGINT NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN roster BIGINT NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN no_boards BIGINT NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN no_rooms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN no_list BIGINT NOT NULL DEFAULT 0;

ALTER TABLE memberships ADD COLUMN invited_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN answer TEXT NOT NULL DEFAULT '';

ALTER TABLE certificates ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX certificates_ended ON certificates (ended_at, until_at);

ALTER TABLE drafts ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0;
CREATE INDEX drafts_held ON drafts (reminded, held_at);
