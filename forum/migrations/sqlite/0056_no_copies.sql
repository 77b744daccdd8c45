-- What a mail quoted below its words was a copy of posts, of whatever places: it is not kept.
ALTER TABLE posts DROP COLUMN trimmed;
