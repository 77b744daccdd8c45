-- A member's name as others look for it: in small letters and without accents. It is written with the name; of those that are there already when the program starts (Store.Migrate).
ALTER TABLE members ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
