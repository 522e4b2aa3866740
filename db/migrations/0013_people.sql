-- What people show of themselves: until when their status holds, and their picture.

alter table users add column status_until timestamptz;
-- the job that clears what has ended
create index users_status_ends on users (status_until) where status_until is not null;

-- The picture, square and small, among the organisation's files. `avatar_url` is the address it is served at.
alter table users add column avatar_media_id uuid;
-- which person a picture belongs to: whether it may be served, and whether it is in use
create index users_avatar on users (avatar_media_id) where avatar_media_id is not null;
