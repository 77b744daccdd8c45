-- Which files of a mail were left out, and why: as its sender is told.
ALTER TABLE received ADD COLUMN left_out TEXT NOT NULL DEFAULT '';
