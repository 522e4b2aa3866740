-- Agents: programs on managed machines, each with an Ed25519 key of its own, and the tokens with which they come in.

-- Tokens are stored as SHA-256 hex only.
create table agent_join_tokens (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- A token ends with the account of whoever made it.
  created_by uuid not null references users (id) on delete cascade,
  token_hash text not null,
  name text,
  -- what the agents get that come with it
  labels jsonb not null,
  capabilities text[] not null,
  uses int not null check (uses between 1 and 1000),
  uses_left int not null check (uses_left between 0 and uses),
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create unique index agent_join_tokens_token_key on agent_join_tokens (token_hash);
create index agent_join_tokens_organization_idx on agent_join_tokens (organization_id, id desc);
create index agent_join_tokens_author_idx on agent_join_tokens (created_by);
create index agent_join_tokens_expiry_idx on agent_join_tokens (expires_at);

create table agents (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- with which token it came: the same key and token again is an enrolment whose answer was lost
  join_token_id uuid references agent_join_tokens (id) on delete set null,
  -- 32 bytes (RFC 8032)
  public_key bytea not null,
  name text not null,
  hostname text not null,
  os text not null,
  arch text not null,
  version text not null,
  labels jsonb not null,
  capabilities text[] not null,
  cpu_cores int not null,
  memory_total_bytes bigint not null,
  disk_total_bytes bigint not null,
  -- whence its last link came
  ip text,
  created_at timestamptz not null,
  last_seen_at timestamptz
);
create unique index agents_key on agents (public_key);
create index agents_organization_idx on agents (organization_id, id desc);
create index agents_join_token_idx on agents (join_token_id);

alter table audit_log drop constraint audit_log_actor_kind_check;
alter table audit_log add constraint audit_log_actor_kind_check
  check (actor_kind in ('user', 'token', 'agent', 'system', 'anonymous'));
