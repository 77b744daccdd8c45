-- Why a mail is held as a draft; deliveries that wait, found without passing those that were sent.

ALTER TABLE drafts ADD COLUMN why TEXT NOT NULL DEFAULT 'acknowledge';
CREATE INDEX deliveries_mailing ON deliveries (kind, ref, state, member_id);
