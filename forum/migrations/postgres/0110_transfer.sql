-- The portal goes to another body (P27): to whom, from when, and in which words members were told. from_at is at least two weeks after it was announced.
-- done_at: when the other body brought it in.
CREATE TABLE transfers (
    id BIGINT PRIMARY KEY,
    body TEXT NOT NULL,
    place TEXT NOT NULL,
    contact TEXT NOT NULL,
    words TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    key TEXT NOT NULL,
    circular_id BIGINT NOT NULL,
    announced_by BIGINT NOT NULL REFERENCES members (id),
    announced_at BIGINT NOT NULL,
    withdrawn_by BIGINT NOT NULL DEFAULT 0,
    withdrawn_at BIGINT NOT NULL DEFAULT 0,
    done_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX transfers_key ON transfers (announced_by, key);

-- One row while a portal is brought in from an archive: which (by its hash), and how many of its entries are done.
CREATE TABLE portal_imports (
    archive TEXT PRIMARY KEY,
    entries BIGINT NOT NULL,
    began_at BIGINT NOT NULL
);
