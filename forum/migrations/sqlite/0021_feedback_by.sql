-- Who wrote feedback while logged in; 0: somebody without an account.
ALTER TABLE feedbacks ADD COLUMN written_by INTEGER NOT NULL DEFAULT 0;
