-- Files. A medium is one file as a person knows it (name, type, owner); its bytes are a blob, which media of one
-- organisation with the same content share. The blob's bytes lie in the storage (PULPO_STORAGE) under `storage_key`,
-- which is never used twice: removing old bytes can never hit new ones.

create table media_blobs (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- of the bytes as they are stored (pictures: after their metadata was taken out)
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null,
  storage_key text not null,
  -- the small picture of an image; null: there is none
  thumb_key text,
  thumb_size int,
  thumb_type text,
  -- media rows that have this content; the row and the bytes go with the last one
  refs int not null
);
create unique index media_blobs_content on media_blobs (organization_id, sha256);

create table media (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- null: made by the server (previews, imports, bots)
  owner_id uuid,
  blob_id uuid not null references media_blobs (id),
  filename text not null,
  mime_type text not null,
  size bigint not null,
  width int,
  height int,
  sha256 text not null,
  kind text not null check (kind in ('image', 'video', 'audio', 'file')),
  -- ciphertext of a messenger: nothing was looked at or changed
  encrypted boolean not null default false,
  created_at timestamptz not null,
  -- when somebody was last seen to use it; nobody for 24 hours: it goes
  used_at timestamptz not null
);
-- a person's own files, newest first
create index media_owner on media (organization_id, owner_id, id);
-- the search for what nobody uses
create index media_unused on media (used_at, id);
create index media_blob on media (blob_id);

-- An upload that is not finished, or was within the last day (so that a repeated last part finds its medium).
-- The bytes that have come lie in the data folder; their number is the size of that file.
create table media_uploads (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  owner_id uuid not null,
  filename text not null,
  mime_type text not null,
  size bigint not null,
  sha256 text,
  encrypted boolean not null,
  media_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index media_uploads_owner on media_uploads (organization_id, owner_id) where media_id is null;
create index media_uploads_age on media_uploads (updated_at);

-- Bytes in the storage of one organisation: the quota.
create table media_usage (
  organization_id uuid primary key references organizations (id) on delete cascade,
  bytes bigint not null
);

-- Storage keys whose bytes must go. Written before bytes are put (and taken back when their row commits) and in the
-- transaction that removes a blob: no crash leaves bytes behind that nothing names.
create table media_garbage (
  storage_key text primary key,
  remove_after timestamptz not null
);
create index media_garbage_due on media_garbage (remove_after);
