-- Accounts at providers (OpenID Connect) that sign people in here, and sign-ins that are under way at a provider.

create table user_identities (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  -- the provider's name in the settings when it was linked
  provider text not null,
  -- who the person is: no provider's subject means anything beside another issuer (OpenID Connect Core, 5.7)
  issuer text not null,
  subject text not null,
  -- what the provider called the person last, to tell several apart
  name text,
  created_at timestamptz not null,
  last_used_at timestamptz
);
-- signing in
create unique index user_identities_subject_key on user_identities (issuer, subject);
-- a person's list
create index user_identities_user_idx on user_identities (user_id);
create index user_identities_organization_idx on user_identities (organization_id);

-- Single use, redeemed by DELETE … RETURNING. PKCE verifier and nonce are not here: they are computed from the state and from
-- what only the browser has, with a key of the server.
create table provider_sign_ins (
  -- SHA-256 of `state`
  state_hash text primary key,
  -- SHA-256 of the browser's cookie
  browser_hash text not null,
  provider text not null,
  -- a path of the console
  return_to text not null,
  -- set: the provider's account is added to this one
  link_user_id uuid references users (id) on delete cascade,
  expires_at timestamptz not null
);
create index provider_sign_ins_expiry_idx on provider_sign_ins (expires_at);
create index provider_sign_ins_link_idx on provider_sign_ins (link_user_id) where link_user_id is not null;
