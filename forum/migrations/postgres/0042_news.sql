-- What a member wants to hear of notices, and how. in_app, by_mail: sums of 1 << why (notice.go); who never chose has no row.
CREATE TABLE news_choices (
  member_id    BIGINT PRIMARY KEY REFERENCES members(id),
  in_app       BIGINT NOT NULL,
  by_mail      BIGINT NOT NULL,
  delay        BIGINT NOT NULL, -- minutes before a mail goes
  quiet_from   BIGINT NOT NULL, -- hours of the member's day, without mail from the one to the other; the same: none
  quiet_to     BIGINT NOT NULL,
  bare         BIGINT NOT NULL, -- 1: no text of posts in mails
  paused_until BIGINT NOT NULL,
  changed_at   BIGINT NOT NULL
);

ALTER TABLE notices ADD COLUMN mail_due BIGINT NOT NULL DEFAULT 0; -- when it is to be mailed; 0: not
ALTER TABLE notices ADD COLUMN mail_id BIGINT NOT NULL DEFAULT 0;  -- the mail that it stands in
CREATE INDEX notices_to_mail ON notices (mail_due) WHERE mail_due > 0 AND mail_id = 0 AND read_at = 0;
CREATE INDEX notices_mailed ON notices (mail_id) WHERE mail_id > 0;
