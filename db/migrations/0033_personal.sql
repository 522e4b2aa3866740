-- What belongs to a person: exports of everything of one person, how a session was begun and from which devices somebody
-- has signed in before, and the people that somebody keeps as contacts.

-- An export of one person's data is a run like the others, one at a time for each person.
alter table transfer_runs drop constraint transfer_runs_kind_check;
alter table transfer_runs add constraint transfer_runs_kind_check check (kind in ('import', 'export', 'personal'));
drop index transfer_runs_one;
create unique index transfer_runs_one on transfer_runs (organization_id, kind)
  where status in ('queued', 'running') and kind <> 'personal';
create unique index transfer_runs_one_personal on transfer_runs (organization_id, created_by)
  where status in ('queued', 'running') and kind = 'personal';

-- password, code, passkey, provider; register, setup: with the account itself; null: from before this was noted
alter table sessions add column method text;

-- What somebody has signed in with: a kind of device in a network. A sign-in from another one is told to the person.
create table sign_in_devices (
  user_id uuid not null references users (id) on delete cascade,
  -- of the program's name and the network
  fingerprint text not null,
  organization_id uuid not null,
  name text not null,
  network text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (user_id, fingerprint)
);
create index sign_in_devices_age on sign_in_devices (last_seen_at);

create table contacts (
  user_id uuid not null references users (id) on delete cascade,
  contact_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null,
  -- what the person calls them; null: their own name
  name text,
  created_at timestamptz not null,
  primary key (user_id, contact_id)
);
-- the end of an account
create index contacts_contact on contacts (contact_id);
