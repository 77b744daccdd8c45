-- The address of a topic says its title only where everybody may know it.

UPDATE topics SET slug = 'topic' WHERE reach <> 0 AND slug <> '';
