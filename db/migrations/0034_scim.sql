-- What a provider of identities (SCIM) calls people and groups here. `resource_id` is the id of a person or of a group; what
-- stands here is only what has no place in their own rows.
create table scim_resources (
  resource_id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  kind text not null check (kind in ('user', 'group')),
  external_id text,
  -- where it is not the username: most providers take the address
  user_name text,
  given_name text,
  family_name text
);
create unique index scim_resources_user_name on scim_resources (organization_id, lower(user_name)) where user_name is not null;
create index scim_resources_external on scim_resources (organization_id, kind, external_id) where external_id is not null;
