-- Since when what its members were told of their readers holds; earlier acknowledgements are over.
ALTER TABLE groups ADD COLUMN told_from INTEGER NOT NULL DEFAULT 0;

-- Where a post was written, wherever it stands: its mask is of that topic, and is lifted in that group only.
ALTER TABLE posts ADD COLUMN spoken_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN mask_of INTEGER NOT NULL DEFAULT 0;
UPDATE posts SET mask_of = topic_id, spoken_in = (SELECT b.group_id FROM topics t JOIN boards b ON b.id = t.board_id WHERE t.id = posts.topic_id);
ALTER TABLE topics ADD COLUMN mask_of INTEGER NOT NULL DEFAULT 0;
UPDATE topics SET mask_of = id;

-- Who was invited by name is shown to the moderators; of who was invited by an address the address alone.
ALTER TABLE memberships ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
UPDATE memberships SET named = 1 WHERE NOT EXISTS (SELECT 1 FROM invitations v JOIN members m ON m.email_key = v.address_key WHERE v.group_id = memberships.group_id AND m.id = memberships.member_id);
