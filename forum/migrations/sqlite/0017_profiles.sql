-- What a member lets others see of them, and how they are found in the directory. The circles are those of
-- audiences; 4: nobody.

CREATE TABLE profiles (
  member_id  INTEGER PRIMARY KEY REFERENCES members(id),
  email_to   INTEGER NOT NULL DEFAULT 4,
  address_to INTEGER NOT NULL DEFAULT 4,
  phone_to   INTEGER NOT NULL DEFAULT 4,
  contact_to INTEGER NOT NULL DEFAULT 4,
  listed_to  INTEGER NOT NULL DEFAULT 4,
  place      TEXT NOT NULL DEFAULT '',
  areas      TEXT NOT NULL DEFAULT '',
  languages  TEXT NOT NULL DEFAULT '',
  about      TEXT NOT NULL DEFAULT '',
  changed_at INTEGER NOT NULL
);
CREATE INDEX profiles_listed ON profiles (listed_to) WHERE listed_to < 4;

CREATE TABLE profile_words (
  word      TEXT   NOT NULL,
  member_id INTEGER NOT NULL REFERENCES members(id),
  PRIMARY KEY (word, member_id)
) WITHOUT ROWID;
CREATE INDEX profile_words_member ON profile_words (member_id);
CREATE INDEX members_name ON members (name, id);
