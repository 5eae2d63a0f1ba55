-- Where the journal ends, so that rows cut off its end are missed.
CREATE TABLE journal_head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  seq  INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO journal_head SELECT 1, seq, hash FROM journal ORDER BY seq DESC LIMIT 1;

-- Requests to Productive in groups: under way while `at` is still to come, else counted from then on.
CREATE TABLE requests (
  ticket          TEXT PRIMARY KEY,
  token           TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  number          INTEGER NOT NULL,
  at              REAL NOT NULL
) STRICT;
CREATE INDEX requests_by_time ON requests (at);
CREATE TABLE gates (
  token        TEXT PRIMARY KEY,
  closed_until REAL NOT NULL
) STRICT;
