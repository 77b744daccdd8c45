-- Issues that are opened together are mailed together: a delivery names the run.
ALTER TABLE digests ADD COLUMN run INTEGER NOT NULL DEFAULT 0;
UPDATE digests SET run = id;
CREATE UNIQUE INDEX digests_run ON digests (run, member_id);
