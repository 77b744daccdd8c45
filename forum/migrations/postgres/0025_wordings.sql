-- What was agreed to, word for word, by the SHA-256 of the words (P25).
CREATE TABLE wordings (
  hash     TEXT   PRIMARY KEY,
  words    TEXT   NOT NULL,
  first_at BIGINT NOT NULL
);
ALTER TABLE consents ADD COLUMN wording TEXT NOT NULL DEFAULT ''; -- '': given before wordings were kept
