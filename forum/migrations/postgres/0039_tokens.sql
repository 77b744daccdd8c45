-- Addresses under which a member's feed reader follows a board that is not open to all. The address is made of the number
-- and a seal; without its row it leads nowhere.

CREATE TABLE feeds (
  id        BIGINT NOT NULL PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members(id),
  board_id  BIGINT NOT NULL REFERENCES boards(id),
  made_at   BIGINT NOT NULL,
  used_at   BIGINT NOT NULL DEFAULT 0,
  UNIQUE (member_id, board_id)
);
