-- Why a mail is held as a draft.

ALTER TABLE drafts ADD COLUMN why TEXT NOT NULL DEFAULT 'acknowledge';
