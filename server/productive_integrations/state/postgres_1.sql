CREATE TABLE plans (
  id           TEXT PRIMARY KEY,
  edit_digest  TEXT NOT NULL,
  body         TEXT NOT NULL,
  digest       TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('pending', 'reported', 'applying', 'done', 'declined')),
  expires      DOUBLE PRECISION NOT NULL,
  change_id    TEXT,
  receipt      TEXT
);
CREATE INDEX plans_by_edit ON plans (edit_digest, expires);

-- A change is an 'intent' row and, once settled, an 'ending' row. Each row's hash covers the row before it.
CREATE TABLE journal (
  seq             BIGINT PRIMARY KEY,
  change_id       TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('intent', 'ending')),
  organization_id TEXT NOT NULL,
  integration_id  TEXT NOT NULL,
  body            TEXT NOT NULL,
  hash            TEXT NOT NULL,
  UNIQUE (change_id, kind)
);
CREATE INDEX journal_by_integration ON journal (organization_id, integration_id, seq);
CREATE FUNCTION refuse_to_change_the_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_journal();

-- Where the journal ends, so that rows cut off its end are missed.
CREATE TABLE journal_head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  seq  BIGINT NOT NULL,
  hash TEXT NOT NULL
);

CREATE TABLE holds (
  organization_id TEXT NOT NULL,
  integration_id  TEXT NOT NULL,
  owner           TEXT NOT NULL,
  until           DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (organization_id, integration_id)
);

-- Requests to Productive in groups: under way while `at` is still to come, else counted from then on.
CREATE TABLE requests (
  ticket          TEXT PRIMARY KEY,
  token           TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  number          INTEGER NOT NULL,
  at              DOUBLE PRECISION NOT NULL
);
CREATE INDEX requests_by_time ON requests (at);
CREATE TABLE gates (
  token        TEXT PRIMARY KEY,
  closed_until DOUBLE PRECISION NOT NULL
);

CREATE FUNCTION outcome_of(body TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$ SELECT body::json ->> 'outcome' $$;
