-- How the site is used (P11, P12). usage_days: a day of UTC, as 20261130; its salt is there until the day is counted.
CREATE TABLE usage_days (
    id INTEGER PRIMARY KEY,
    salt TEXT NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0,
    counted_at INTEGER NOT NULL DEFAULT 0
);

-- Pages that were answered and forms that were done (feature = 1) on days that are not counted yet. person is a keyed hash under the day's salt.
CREATE TABLE usage_views (
    id INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    feature INTEGER NOT NULL,
    page TEXT NOT NULL,
    language TEXT NOT NULL,
    browser TEXT NOT NULL,
    os TEXT NOT NULL,
    site TEXT NOT NULL,
    network TEXT NOT NULL
);

-- What is told of a day: no row stands for fewer than ten people.
CREATE TABLE usage_counts (
    day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    people INTEGER NOT NULL,
    views INTEGER NOT NULL,
    PRIMARY KEY (day, kind, value)
);
