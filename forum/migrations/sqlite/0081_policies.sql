-- The texts by which the body is bound, in the versions that were published: name "privacy" or "terms". What the program says of itself before any
-- was published is version 1. asks: what data is used for has changed, so that members are asked anew.
CREATE TABLE policies (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    words TEXT NOT NULL,
    changes TEXT NOT NULL,
    asks INTEGER NOT NULL,
    published_by INTEGER NOT NULL REFERENCES members (id),
    published_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX policies_version ON policies (name, version);

-- Who was shown an amended text, went on, and has read of it. It is gone when a newer version is published.
CREATE TABLE policy_uses (
    member_id INTEGER NOT NULL REFERENCES members (id),
    policy_id INTEGER NOT NULL REFERENCES policies (id),
    shown_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL DEFAULT 0,
    done_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (member_id, policy_id)
);

-- how: "given", "deemed" by use (P30), or "refused".
ALTER TABLE consents ADD COLUMN how TEXT NOT NULL DEFAULT 'given';
-- Until when a member is done with what was published.
ALTER TABLE members ADD COLUMN policies_at INTEGER NOT NULL DEFAULT 0;
