-- Deleted messages behind a read position: unread is what was numbered there (channels.root_count minus
-- channel_members.read_root_no) without these (features/chat/channel_extras.ts). A message enters this index when it is
-- deleted, so sending one costs nothing more.
create index messages_deleted on messages (channel_id, seq)
  where deleted_at is not null and root_id is null and message_type <> 'system';

-- null: somebody has only looked at the thread. Answering in it, or being named there, still makes a follower of them.
alter table thread_members alter column following drop not null;
