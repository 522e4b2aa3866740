-- Import from other chats and export of an organisation: the runs with their progress, what was imported as what (so that an
-- import can be resumed after a crash and repeated without doubling), and files that are still to be fetched.

create table transfer_runs (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  kind text not null check (kind in ('import', 'export')),
  source text not null check (source in ('slack', 'mattermost', 'pulpo')),
  status text not null check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
  dry_run boolean not null default false,
  phase text not null default 'queued',
  -- of the phase: bytes of message files, people, channels or files
  done bigint not null default 0,
  total bigint not null default 0,
  options jsonb not null default '{}',
  report jsonb,
  error text,
  -- an import's archive: an upload, or a file that the command line named
  media_id uuid,
  path text,
  -- how far an import has written, in the transaction that wrote it
  checkpoint jsonb,
  cancel_requested boolean not null default false,
  created_by uuid,
  created_by_name text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  -- which process works on it; another one may take over after leased_until
  leased_by uuid,
  leased_until timestamptz,
  -- an export's file
  size bigint,
  sha256 text,
  expires_at timestamptz
) with (fillfactor = 70); -- progress changes often
-- the lists of imports and of exports
create index transfer_runs_page on transfer_runs (organization_id, kind, id desc);
-- one import and one export at a time
create unique index transfer_runs_one on transfer_runs (organization_id, kind) where status in ('queued', 'running');
-- the sweep: what nobody works on, what has expired
create index transfer_runs_open on transfer_runs (leased_until) where status in ('queued', 'running');
create index transfer_runs_expiry on transfer_runs (expires_at) where expires_at is not null;

-- People and channels that were imported: what they were called there → what they are here.
create table transfer_ids (
  organization_id uuid not null references organizations (id) on delete cascade,
  source text not null,
  kind text not null check (kind in ('user', 'channel')),
  external_id text not null,
  internal_id uuid not null,
  primary key (organization_id, source, kind, external_id)
);

-- Files of imported messages. A message holds links first; a fetched file takes its link's place.
create table transfer_files (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  run_id uuid not null,
  message_id uuid not null,
  channel_id uuid not null,
  owner_id uuid,
  position smallint not null,
  filename text not null,
  mime_type text not null,
  size bigint,
  -- entry of the archive, or address to download
  entry text,
  url text,
  -- the text in the message that stands for the file until it is there
  placeholder text not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
  error text
);
create index transfer_files_waiting on transfer_files (organization_id, run_id, id) where state = 'waiting';
