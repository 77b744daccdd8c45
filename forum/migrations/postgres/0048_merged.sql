-- The title of a topic that was merged goes: nothing would take it away with the post that it belongs to.
UPDATE topics SET title = '', slug = 'topic' WHERE merged_into > 0;
