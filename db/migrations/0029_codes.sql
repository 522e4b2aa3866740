-- Signing in with a code: telephone numbers of accounts, accounts without an e-mail address, and the codes that are out.

-- People who come by telephone have no address (null); all others keep theirs.
alter table users alter column email drop not null;
-- E.164: +34600111222
alter table users add column phone text;
-- a number belongs to one account; finding the account of a number
create unique index users_phone_key on users (phone) where phone is not null;
-- When the person proved to read this mailbox; null: never.
alter table users add column if not exists email_verified_at timestamptz;
-- The person named this address without proof: it is no reason to let in whoever proves it elsewhere.
alter table users add column email_claimed boolean not null default false;
update users u set email_claimed = true where email_verified_at is null and exists (
  select from audit_log a where a.organization_id = u.organization_id and a.action = 'user.registered' and a.subject_id = u.id::text
);

-- One row per telephone number or address that asked, whether or not it has an account. The code itself is nowhere: it is
-- computed from the id with a key of the server.
create table sign_in_codes (
  -- `sign_in`, or `attach` for the number that a person adds to the account
  purpose text not null check (purpose in ('sign_in', 'attach')),
  -- a number in E.164, or an address in small letters
  target text not null,
  -- attach: whose account; otherwise the zero id
  owner_id uuid not null,
  id uuid not null,
  tries int not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- used: no code any more, but when it was asked for still counts
  ended boolean not null default false,
  primary key (purpose, target, owner_id)
);
create unique index sign_in_codes_id_key on sign_in_codes (id);
-- deleting what has ended
create index sign_in_codes_expiry_idx on sign_in_codes (expires_at);
