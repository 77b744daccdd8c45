-- Since when a member holds their role in a group; 0: since before this was noted.

ALTER TABLE memberships ADD COLUMN role_at BIGINT NOT NULL DEFAULT 0;
