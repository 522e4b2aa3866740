-- Organisations without any channel get one that everybody is in, as new ones do when they are made
-- (features/chat/default_channels.ts). Nobody made it (`created_by` null), owners are its admins.
with fresh as (
  insert into channels (id, organization_id, type, name, is_default, created_at, updated_at)
  -- a UUIDv7: milliseconds since 1970, then random bits
  select overlay(overlay(gen_random_uuid()::text placing substr(t.ms, 1, 8) || '-' || substr(t.ms, 9) from 1 for 13)
      placing '7' from 15 for 1)::uuid, o.id, 'public', 'general', true, now(), now()
  from organizations o,
    lateral (select lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') as ms) t
  where not exists (select from channels c where c.organization_id = o.id and c.type <> 'direct')
  returning id, organization_id, created_at
), members as (
  insert into channel_members (channel_id, user_id, organization_id, role, joined_at)
  select f.id, u.id, f.organization_id, case when u.role = 'owner' then 'admin' else 'member' end, f.created_at
  from fresh f join users u on u.organization_id = f.organization_id and u.is_active
  returning channel_id
), filled as (
  -- everybody is in: a later change of the channel brings nobody back who has left
  insert into default_channel_fills (channel_id, organization_id, started_at, done)
  select f.id, f.organization_id, f.created_at, true from fresh f
)
-- The rows of this statement cannot be updated in it: member_count follows below.
select count(*) from members;

update channels c set member_count = (select count(*) from channel_members m where m.channel_id = c.id)
where c.is_default and c.member_count = 0;

-- When a person has put the list of first steps away (features/first_steps).
create table first_steps_hidden (
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid primary key references users (id) on delete cascade,
  hidden_at timestamptz not null
);
