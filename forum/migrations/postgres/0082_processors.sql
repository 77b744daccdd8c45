-- Who really stands behind a service of the register of providers, which the program uses by its configuration.
CREATE TABLE processors (
    name TEXT PRIMARY KEY,
    who TEXT NOT NULL,
    country TEXT NOT NULL,
    safeguard TEXT NOT NULL,
    changed_by BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
