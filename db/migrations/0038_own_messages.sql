-- What a person wrote behind a position in a channel: it counts as read when the position is set there (features/chat/reads.ts),
-- and the rest of the channel is not looked at for it.
create index messages_own on messages (channel_id, user_id, seq) where root_id is null and message_type <> 'system';
