-- A member's name as others look for it: in small letters and without accents. It is written with the name.
ALTER TABLE members ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE members SET name_key = lower(name);
