-- Who asked for what, for thirty days (P13). address is concealed under the key; mark is a keyed hash of it, by which one can look for it.
CREATE TABLE security_log (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    address TEXT NOT NULL,
    mark TEXT NOT NULL,
    agent TEXT NOT NULL,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    status BIGINT NOT NULL,
    member_id BIGINT NOT NULL
);

-- What an administrator is named for: "registrations" or "security-log"; and at what was looked.
ALTER TABLE designations ADD COLUMN kind TEXT NOT NULL DEFAULT 'registrations';
ALTER TABLE looks ADD COLUMN kind TEXT NOT NULL DEFAULT 'registrations';
