-- Passkeys (WebAuthn level 2): public keys of people's devices, and the challenges that wait for an answer.
create table passkeys (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- base64url, given by the device
  credential_id text not null,
  public_key bytea not null,
  -- signatures that the device says it has made; most say 0 for ever
  counter bigint not null,
  transports text[] not null,
  -- kept by a service on several devices
  backed_up boolean not null,
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
-- Signing in finds the person by this alone.
create unique index passkeys_credential_key on passkeys (credential_id);
create index passkeys_user_idx on passkeys (user_id);
create index passkeys_organization_idx on passkeys (organization_id);

-- Each is answered once: taken by DELETE … RETURNING. Without a session: for signing in.
create table passkey_challenges (
  challenge text primary key,
  session_id uuid references sessions (id) on delete cascade,
  expires_at timestamptz not null
);
create index passkey_challenges_expiry_idx on passkey_challenges (expires_at);
create index passkey_challenges_session_idx on passkey_challenges (session_id) where session_id is not null;
