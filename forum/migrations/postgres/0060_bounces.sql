-- What came back of a mail that was handed over: once for each delivery as a bounce, and once as a complaint. No word of it is kept.
CREATE TABLE bounces (
  id        BIGINT PRIMARY KEY,
  kind      TEXT    NOT NULL, -- as in deliveries, with ref
  ref       BIGINT NOT NULL,
  member_id BIGINT NOT NULL REFERENCES members(id),
  at        BIGINT NOT NULL,
  handed_at BIGINT NOT NULL, -- when the mail that came back was handed over
  what      BIGINT NOT NULL, -- 1 hard, 2 soft, 3 unclear, 4 complaint
  complaint BIGINT NOT NULL,
  status    TEXT    NOT NULL, -- as "5.1.1"; "": none was given
  points    BIGINT NOT NULL,
  paused    BIGINT NOT NULL  -- 1: mail to the member was paused for it
);
CREATE UNIQUE INDEX bounces_once ON bounces (kind, ref, member_id, complaint);
CREATE INDEX bounces_member ON bounces (member_id, at);
CREATE INDEX bounces_at ON bounces (at);
-- To whom mail is paused, as it comes back or is not wanted; and since when what came back counts anew.
CREATE TABLE mail_pauses (
  member_id  BIGINT PRIMARY KEY REFERENCES members(id),
  paused_at  BIGINT NOT NULL, -- 0: it is not paused
  why        BIGINT NOT NULL, -- as bounces.what
  cleared_at BIGINT NOT NULL -- what was handed over before counts no more; 0: all counts
);
