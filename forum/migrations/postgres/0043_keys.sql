-- keys: 1 when the member keeps single-key shortcuts on.
ALTER TABLE members ADD COLUMN keys BIGINT NOT NULL DEFAULT 0;
