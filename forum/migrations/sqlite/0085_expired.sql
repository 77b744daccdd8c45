-- What went since its period was over: how many rows, on which day (UTC). Not whose.
CREATE TABLE expired (
  day      TEXT   NOT NULL,
  period   TEXT   NOT NULL,
  of_table TEXT   NOT NULL,
  n        INTEGER NOT NULL,
  PRIMARY KEY (day, period, of_table)
);
