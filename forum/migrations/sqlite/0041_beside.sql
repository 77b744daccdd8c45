-- What stands beside the text of a new topic while it waits, or is a draft again: its tags and its poll, as JSON.
ALTER TABLE waiting ADD COLUMN beside TEXT NOT NULL DEFAULT '';
ALTER TABLE drafts ADD COLUMN beside TEXT NOT NULL DEFAULT '';
