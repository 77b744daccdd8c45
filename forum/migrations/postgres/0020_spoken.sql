-- Since when what its members were told of their readers holds; earlier acknowledgements are over.
ALTER TABLE groups ADD COLUMN told_from BIGINT NOT NULL DEFAULT 0;

-- Where a post was written, wherever it stands: its mask is of that topic, and is lifted in that group only.
ALTER TABLE posts ADD COLUMN spoken_in BIGINT NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN mask_of BIGINT NOT NULL DEFAULT 0;
UPDATE posts SET mask_of = topic_id, spoken_in = (SELECT b.group_id FROM topics t JOIN boards b ON b.id = t.board_id WHERE t.id = posts.topic_id);
ALTER TABLE topics ADD COLUMN mask_of BIGINT NOT NULL DEFAULT 0;
UPDATE topics SET mask_of = id;
