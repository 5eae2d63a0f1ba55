-- The digest of the key by which the review page answers for a person.
ALTER TABLE plans ADD COLUMN page_key TEXT;
