-- What a board is for: 0 talk, 1 questions, 2 announcements, whose topics moderators begin. no_answers: 1 when only
-- moderators answer there. template fills the composer of a new topic. topics.accepted is the post that answers a question.

ALTER TABLE boards ADD COLUMN kind BIGINT NOT NULL DEFAULT 0;
ALTER TABLE boards ADD COLUMN no_answers BIGINT NOT NULL DEFAULT 0;
ALTER TABLE boards ADD COLUMN template TEXT NOT NULL DEFAULT '';
ALTER TABLE topics ADD COLUMN accepted BIGINT NOT NULL DEFAULT 0;
