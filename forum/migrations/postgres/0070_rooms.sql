-- How a room is used: for whom it is, how long what is said stays, whether it is closed; who is in its circle, and what each has read.
ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN circle BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN from_join BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN keep BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN off_record BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN slow BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN locked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN archived_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE room_members (
  room_id   BIGINT NOT NULL REFERENCES rooms(id),
  member_id BIGINT NOT NULL REFERENCES members(id),
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, member_id)
);
CREATE INDEX room_members_member ON room_members (member_id);

CREATE TABLE room_mutes (
  room_id   BIGINT NOT NULL REFERENCES rooms(id),
  member_id BIGINT NOT NULL REFERENCES members(id),
  until_at  BIGINT NOT NULL,
  act_id    BIGINT NOT NULL REFERENCES acts(id),
  PRIMARY KEY (room_id, member_id)
);

CREATE TABLE room_reads (
  room_id   BIGINT NOT NULL REFERENCES rooms(id),
  member_id BIGINT NOT NULL REFERENCES members(id),
  seq       BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (member_id, room_id)
);
CREATE INDEX room_reads_room ON room_reads (room_id, at);

ALTER TABLE acts ADD COLUMN room_id BIGINT NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN whiled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN off_record BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN reply_to BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN reacted BIGINT NOT NULL DEFAULT 0;
-- "<> 0" and not "> 0": SQLite plans a question anew at each use that compares such a column with a bound value.
CREATE INDEX messages_expire ON messages (expires_at) WHERE expires_at <> 0;
CREATE INDEX messages_whiled ON messages (room_id) WHERE whiled <> 0;
DROP INDEX messages_changed;
CREATE INDEX messages_changed ON messages (room_id, changed_seq) WHERE changed_seq <> 0;

CREATE TABLE message_mentions (
  message_id BIGINT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  PRIMARY KEY (message_id, member_id)
);
CREATE INDEX message_mentions_member ON message_mentions (member_id);

CREATE TABLE message_reactions (
  message_id BIGINT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  author_id  BIGINT NOT NULL REFERENCES members(id),
  sign       BIGINT NOT NULL,
  reach      BIGINT NOT NULL,
  reach_of   BIGINT NOT NULL DEFAULT 0,
  from_join  BIGINT NOT NULL DEFAULT 0,
  posted_at  BIGINT NOT NULL,
  PRIMARY KEY (message_id, author_id, sign)
);
CREATE INDEX message_reactions_author ON message_reactions (author_id);

-- A notice of a room's message, as notices are of posts.
CREATE TABLE room_notices (
  member_id  BIGINT NOT NULL REFERENCES members(id),
  message_id BIGINT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  why        BIGINT NOT NULL,
  made_at    BIGINT NOT NULL,
  read_at    BIGINT NOT NULL DEFAULT 0,
  mail_due   BIGINT NOT NULL DEFAULT 0,
  mail_id    BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, message_id)
);
CREATE INDEX room_notices_unread ON room_notices (member_id) WHERE read_at = 0;
CREATE INDEX room_notices_message ON room_notices (message_id);
CREATE INDEX room_notices_due ON room_notices (mail_due) WHERE mail_due > 0 AND mail_id = 0 AND read_at = 0;
CREATE INDEX room_notices_mail ON room_notices (mail_id) WHERE mail_id > 0;

CREATE TABLE chat_choices (
  member_id    BIGINT PRIMARY KEY REFERENCES members(id),
  enter_breaks BIGINT NOT NULL,
  unseen       BIGINT NOT NULL,
  untyped      BIGINT NOT NULL,
  changed_at   BIGINT NOT NULL
);
