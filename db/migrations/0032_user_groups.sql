-- Groups of people: mentioned as @handle, added to channels together. A handle is no user name of the organisation and the
-- other way round; the triggers keep that for two who take the same name at the same moment, too.

create table user_groups (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  handle text not null check (handle = lower(handle) and length(handle) between 2 and 32),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint user_groups_handle_key unique (organization_id, handle)
);

create table user_group_members (
  group_id uuid not null references user_groups (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  primary key (group_id, user_id)
);
create index user_group_members_user_idx on user_group_members (user_id);

-- Whoever takes a handle waits for those who are taking user names, and the other way round.
create function user_name_is_no_handle() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('names ' || new.organization_id, 0));
  if exists (select from user_groups g where g.organization_id = new.organization_id and g.handle = lower(new.username)) then
    raise exception 'this name is the handle of a group' using errcode = 'unique_violation', constraint = 'users_username_key';
  end if;
  return new;
end
$$;
create trigger users_name before insert or update of username on users
  for each row execute function user_name_is_no_handle();

create function handle_is_no_user_name() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('names ' || new.organization_id, 0));
  if exists (select from users u where u.organization_id = new.organization_id and lower(u.username) = new.handle) then
    raise exception 'this handle is the name of a person' using errcode = 'unique_violation', constraint = 'user_groups_handle_key';
  end if;
  return new;
end
$$;
create trigger user_groups_handle before insert or update of handle on user_groups
  for each row execute function handle_is_no_user_name();
