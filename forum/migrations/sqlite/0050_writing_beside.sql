-- Tags and the poll of a topic that is not posted yet.
ALTER TABLE writings ADD COLUMN beside TEXT NOT NULL DEFAULT '';
