-- The portal goes to another body (P27): to whom, from when, and in which words members were told. from_at is at least two weeks after it was announced.
-- done_at: when the other body brought it in.
CREATE TABLE transfers (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    place TEXT NOT NULL,
    contact TEXT NOT NULL,
    words TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    key TEXT NOT NULL,
    circular_id INTEGER NOT NULL,
    announced_by INTEGER NOT NULL REFERENCES members (id),
    announced_at INTEGER NOT NULL,
    withdrawn_by INTEGER NOT NULL DEFAULT 0,
    withdrawn_at INTEGER NOT NULL DEFAULT 0,
    done_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX transfers_key ON transfers (announced_by, key);

-- One row while a portal is brought in from an archive: which (by its hash), and how many of its entries are done.
CREATE TABLE portal_imports (
    archive TEXT PRIMARY KEY,
    entries INTEGER NOT NULL,
    began_at INTEGER NOT NULL
);
