-- Moderators are few among the members, and are asked for by the clock.
CREATE INDEX memberships_staff ON memberships (member_id) WHERE role >= 1;
-- What is new in a topic is counted without looking at the posts themselves.
CREATE INDEX posts_walk ON posts (topic_id, n, author_id, reach, reach_of, from_join, posted_at);
