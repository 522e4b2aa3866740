-- Groups as members of channels: everybody in the group is a member of the channel as long as they are in the group. The
-- people stand in channel_members as all others do, so that every question over members stays one table; what tells them
-- apart stands beside the role (features/chat/settle_groups.ts).

create table channel_groups (
  channel_id uuid not null references channels (id) on delete cascade,
  group_id uuid not null references user_groups (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  role text not null check (role in ('admin', 'moderator', 'member', 'viewer')),
  added_at timestamptz not null,
  primary key (channel_id, group_id)
);
-- the channels of a group whose people have changed
create index channel_groups_group on channel_groups (group_id, channel_id);

-- here by a group only, and gone with it
alter table channel_members add column by_group boolean not null default false;
-- the role that somebody holds without their groups, where `role` is another one because of them
alter table channel_members add column own_role text check (own_role in ('admin', 'moderator', 'member', 'viewer'));
