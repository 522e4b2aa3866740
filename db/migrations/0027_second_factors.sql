-- Second factors: an authenticator app per person (TOTP, RFC 6238) and the recovery codes that go with it.
create table second_factors (
  user_id uuid primary key references users (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- AES-256-GCM under a key derived from PULPO_SECRET for this person
  secret bytea not null,
  created_at timestamptz not null,
  -- null: shown to the person, not confirmed with a code yet
  enabled_at timestamptz,
  -- time step of the last code that was taken: no code is taken twice
  last_step bigint not null default 0,
  -- wrong codes since the last right one, and how long no further one is looked at
  wrong_codes integer not null default 0,
  locked_until timestamptz
);
create index second_factors_organization_idx on second_factors (organization_id);

-- Only a MAC under a key derived from PULPO_SECRET is stored. Rows go with the factor.
create table recovery_codes (
  user_id uuid not null references second_factors (user_id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  code_mac text not null,
  used_at timestamptz,
  primary key (user_id, code_mac)
);

-- What a sign-in proved beside the first factor (null: nothing), and when the session last proved who is there.
alter table sessions add column factor text check (factor in ('totp', 'recovery_code', 'passkey'));
alter table sessions add column proved_at timestamptz;
