-- Accounts: organisations, people, their sessions and tokens, the audit log and idempotency keys.
-- Ids are UUIDv7 made by the program. Secrets (refresh tokens, API tokens, tickets) are stored as SHA-256 hex only.

create table organizations (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table users (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  email text not null,
  username text not null,
  -- bcrypt; null: this person cannot sign in with a password
  password_hash text,
  display_name text not null,
  avatar_url text,
  role text not null check (role in ('owner', 'admin', 'moderator', 'member', 'viewer')),
  -- what the person chose to show; whether a connection is open is known by the hub
  status text not null default 'online' check (status in ('online', 'away', 'busy', 'offline')),
  status_text text,
  locale text not null default 'en',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_seen_at timestamptz
);
-- One account per address and per name in the whole installation, whatever the case of the letters.
create unique index users_email_key on users (lower(email));
create unique index users_username_key on users (lower(username));
create index users_organization_idx on users (organization_id, lower(username));

create table sessions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_user_idx on sessions (user_id) where revoked_at is null;
create index sessions_expiry_idx on sessions (expires_at);

-- A session is a family of refresh tokens: one is live, the used ones stay to recognise a replay.
create table refresh_tokens (
  token_hash text primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_tokens_session_idx on refresh_tokens (session_id);

create table api_tokens (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  name text not null,
  -- the first characters, so that people recognise a token
  prefix text not null,
  token_hash text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz
);
create unique index api_tokens_hash_key on api_tokens (token_hash);
create index api_tokens_user_idx on api_tokens (user_id);

-- Single-use stand-ins for a credential, for addresses of sockets and streams. Redeemed by DELETE … RETURNING.
create table tickets (
  ticket_hash text primary key,
  user_id uuid not null references users (id) on delete cascade,
  session_id uuid references sessions (id) on delete cascade,
  api_token_id uuid references api_tokens (id) on delete cascade,
  expires_at timestamptz not null,
  -- when the credential behind the ticket ends; what the ticket opens ends then too
  credential_expires_at timestamptz
);

-- Append-only: rows are added, never changed. No foreign keys, entries outlive what they speak of.
create table audit_log (
  id uuid primary key,
  organization_id uuid not null,
  actor_id uuid,
  actor_name text not null,
  actor_kind text not null check (actor_kind in ('user', 'token', 'system', 'anonymous')),
  action text not null,
  subject_type text,
  subject_id text,
  ip text,
  details jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index audit_log_page_idx on audit_log (organization_id, id desc);
create index audit_log_actor_idx on audit_log (organization_id, actor_id, id desc);
create index audit_log_action_idx on audit_log (organization_id, action, id desc);
create index audit_log_subject_idx on audit_log (organization_id, subject_id, id desc);

create function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger audit_log_no_change before update or delete on audit_log
  for each row execute function audit_log_is_append_only();
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function audit_log_is_append_only();

-- Results of creating requests, for repeats with the same Idempotency-Key. `status` null: still running.
-- The response is encrypted with a key that needs the caller's Idempotency-Key: it may hold a token.
create table idempotency_keys (
  scope text not null,
  key_hash text not null,
  request_mac text not null,
  -- whose attempt it is; an attempt that was taken over cannot finish
  attempt uuid not null,
  status smallint,
  response bytea,
  started_at timestamptz not null,
  primary key (scope, key_hash)
);
create index idempotency_keys_age_idx on idempotency_keys (started_at);
