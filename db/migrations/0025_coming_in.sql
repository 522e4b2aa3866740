-- Coming in: invitations, links for one person (a first or a new password, an address to confirm), and accounts that wait.
-- Tokens are stored as SHA-256 hex only.

create table invites (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- null: made on the command line. An invitation ends with the account of whoever made it.
  created_by uuid references users (id) on delete cascade,
  token_hash text not null,
  -- the link in the mail has a token of its own: who comes with it reads that mailbox
  mail_token_hash text,
  -- set: for this address only
  email text,
  role text not null,
  uses int not null check (uses between 1 and 1000),
  uses_left int not null check (uses_left between 0 and uses),
  channel_ids uuid[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create unique index invites_token_key on invites (token_hash);
create unique index invites_mail_token_key on invites (mail_token_hash);
create index invites_organization_idx on invites (organization_id, id desc);
create index invites_author_idx on invites (created_by);
create index invites_expiry_idx on invites (expires_at);

-- A person has at most one link of each purpose: a new one takes the place of the older one.
create table account_links (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  purpose text not null,
  token_hash text not null,
  -- who made it for the person; null: the person, or the command line
  created_by uuid references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create unique index account_links_token_key on account_links (token_hash);
create unique index account_links_purpose_key on account_links (user_id, purpose);
create index account_links_organization_idx on account_links (organization_id);
create index account_links_author_idx on account_links (created_by);
create index account_links_expiry_idx on account_links (expires_at);

-- When the person proved to read this mailbox; null: never.
alter table users add column if not exists email_verified_at timestamptz;
-- What an account that registered by itself waits for; it is not active before.
alter table users add column pending text check (pending in ('email', 'approval'));
alter table users add column pending_since timestamptz;
create index users_pending_idx on users (organization_id, id) where pending is not null;
