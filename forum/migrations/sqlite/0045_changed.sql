-- What has changed since it was written: its versions are in the number by which a page knows that there is something new.
CREATE INDEX posts_changed ON posts (topic_id) WHERE version > 1;
