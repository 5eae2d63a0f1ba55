CREATE TABLE plans (
  id           TEXT PRIMARY KEY,
  edit_digest  TEXT NOT NULL,
  body         TEXT NOT NULL,
  digest       TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('pending', 'reported', 'applying', 'done', 'declined')),
  expires      REAL NOT NULL,
  change_id    TEXT,
  receipt      TEXT
) STRICT;
CREATE INDEX plans_by_edit ON plans (edit_digest, expires);

-- A change is an 'intent' row and, once settled, an 'ending' row. Each row's hash covers the row before it.
CREATE TABLE journal (
  seq             INTEGER PRIMARY KEY,
  change_id       TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('intent', 'ending')),
  organization_id TEXT NOT NULL,
  integration_id  TEXT NOT NULL,
  body            TEXT NOT NULL,
  hash            TEXT NOT NULL,
  UNIQUE (change_id, kind)
) STRICT;
CREATE INDEX journal_by_integration ON journal (organization_id, integration_id, seq);
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_never_shortened BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE holds (
  organization_id TEXT NOT NULL,
  integration_id  TEXT NOT NULL,
  owner           TEXT NOT NULL,
  until           REAL NOT NULL,
  PRIMARY KEY (organization_id, integration_id)
) STRICT;
