-- Digests look for the topics of a board where something was said lately, and each minute for who gets one.
DROP INDEX topics_of_board;
CREATE INDEX topics_active ON topics (board_id, last_post_at);
DROP INDEX subscriptions_member;
CREATE INDEX subscriptions_member ON subscriptions (member_id, mode, since_at);
