-- What a member wants to hear of notices, and how. in_app, by_mail: sums of 1 << why (notice.go); who never chose has no row.
CREATE TABLE news_choices (
  member_id    INTEGER PRIMARY KEY REFERENCES members(id),
  in_app       INTEGER NOT NULL,
  by_mail      INTEGER NOT NULL,
  delay        INTEGER NOT NULL, -- minutes before a mail goes
  quiet_from   INTEGER NOT NULL, -- hours of the member's day, without mail from the one to the other; the same: none
  quiet_to     INTEGER NOT NULL,
  bare         INTEGER NOT NULL, -- 1: no text of posts in mails
  paused_until INTEGER NOT NULL,
  changed_at   INTEGER NOT NULL
);

ALTER TABLE notices ADD COLUMN mail_due INTEGER NOT NULL DEFAULT 0; -- when it is to be mailed; 0: not
ALTER TABLE notices ADD COLUMN mail_id INTEGER NOT NULL DEFAULT 0;  -- the mail that it stands in
CREATE INDEX notices_to_mail ON notices (mail_due) WHERE mail_due > 0 AND mail_id = 0 AND read_at = 0;
CREATE INDEX notices_mailed ON notices (mail_id) WHERE mail_id > 0;
