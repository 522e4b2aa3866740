-- Who has been put into the default channels as a new person. It happens once: an event that is seen again, or late, does
-- not bring back who has left a channel meanwhile.
create table default_channel_joins (
  user_id uuid primary key references users (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade
);
create index default_channel_joins_organization on default_channel_joins (organization_id);
insert into default_channel_joins (user_id, organization_id)
select distinct m.user_id, m.organization_id from channel_members m join channels c on c.id = m.channel_id where c.is_default;
