-- The event log: every durable push, numbered per channel. See db/emit.ts (writing) and db/event_log.ts (reading).
-- No foreign keys from events: they are the hottest rows, and they are deleted by age, not by owner.

create table meta (
  key text primary key,
  value text not null
);

-- Tells clients whether their offsets still mean the same; changed when a backup is restored.
insert into meta (key, value) values ('epoch', left(replace(gen_random_uuid()::text, '-', ''), 12));

create table event_channels (
  id bigint generated always as identity primary key,
  organization_id uuid not null,
  channel text not null,
  last_offset bigint not null,
  epoch text not null,
  constraint event_channels_name unique (organization_id, channel)
) with (fillfactor = 70); -- room for last_offset to change in place, without touching the indexes

create table events (
  channel_id bigint not null,
  "offset" bigint not null,
  -- Order of consumers: transactions by txid, events of one transaction by id. An event is read once all transactions with a
  -- smaller txid have ended, so that none can appear behind the reader.
  txid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  type text not null,
  created_at timestamptz not null default now(),
  -- JSON text of the push without channel, offset and epoch.
  body text not null,
  primary key (channel_id, "offset")
);
create index events_commit_order on events (txid, id);

-- How far each consumer has read, and which instance reads for it now.
create table event_consumers (
  name text primary key,
  txid xid8 not null,
  event_id bigint not null,
  leased_by uuid,
  leased_until timestamptz
);
