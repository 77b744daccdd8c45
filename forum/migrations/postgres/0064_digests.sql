-- On which days digests come (a bit for each, Monday first), on which the weekly one does (0: Monday), and in which form.
ALTER TABLE members ADD COLUMN digest_days BIGINT NOT NULL DEFAULT 127;
ALTER TABLE members ADD COLUMN digest_on BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN digest_form BIGINT NOT NULL DEFAULT 0;
-- Who has muted a topic is asked for each post that is mailed.
CREATE INDEX levels_topic ON levels (topic_id, member_id) WHERE topic_id > 0;
