-- What an act replaced, for the objection to it: the title of a topic.
ALTER TABLE acts ADD COLUMN was TEXT NOT NULL DEFAULT '';
