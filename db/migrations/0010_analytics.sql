-- Statistics, alerts and retention. Figures are kept per hour (UTC), so that days of any whole-hour zone are exact, and
-- stay when the messages they were counted from are gone. Counting an hour again never makes a figure smaller
-- (features/analytics/rollup.ts), which makes it harmless.

-- Finding the messages and reactions of an hour; costs nothing when writing.
create index messages_created on messages using brin (created_at) with (pages_per_range = 16);
create index message_reactions_created on message_reactions using brin (created_at) with (pages_per_range = 16);

-- The organisation in an hour. The first five are counted from messages, the others added to as they are reported.
create table stats_hours (
  organization_id uuid not null references organizations (id) on delete cascade,
  hour timestamptz not null,
  messages int not null default 0,
  replies int not null default 0,
  threads int not null default 0,
  files int not null default 0,
  reactions int not null default 0,
  active_seconds bigint not null default 0,
  reconnects int not null default 0,
  connection_errors int not null default 0,
  js_errors int not null default 0,
  http_errors int not null default 0,
  slow_readers int not null default 0,
  primary key (organization_id, hour)
) with (fillfactor = 80);

-- A person in a UTC day. `hours` and `present` are bits, bit n for the hour n: was active in any way; had the
-- application open and used it. The arrays have one number for each hour, for periods that begin within the day.
create table stats_people (
  organization_id uuid not null references organizations (id) on delete cascade,
  day date not null,
  user_id uuid not null,
  hours int not null default 0,
  present int not null default 0,
  messages int not null default 0,
  message_hours int[] not null default array_fill(0, array[24]),
  seconds int not null default 0,
  second_hours int[] not null default array_fill(0, array[24]),
  primary key (organization_id, day, user_id)
) with (fillfactor = 80);

-- A person in a channel in a UTC day; user_id nil: webhooks and the server.
create table stats_channels (
  organization_id uuid not null references organizations (id) on delete cascade,
  day date not null,
  channel_id uuid not null,
  user_id uuid not null,
  messages int not null,
  message_hours int[] not null,
  primary key (organization_id, day, channel_id, user_id)
) with (fillfactor = 80);

-- Reported times by slot of a logarithmic scale (features/analytics/histogram.ts); kind: latency, load.
create table stats_times (
  organization_id uuid not null references organizations (id) on delete cascade,
  hour timestamptz not null,
  kind text not null check (kind in ('latency', 'load')),
  slot smallint not null,
  count int not null,
  primary key (organization_id, hour, kind, slot)
) with (fillfactor = 80);

-- The last hour by minute, for alerts; kind: latency, or connection_errors in slot 0.
create table stats_recent (
  organization_id uuid not null references organizations (id) on delete cascade,
  minute timestamptz not null,
  kind text not null,
  slot smallint not null,
  count int not null,
  primary key (organization_id, minute, kind, slot)
);
create index stats_recent_age on stats_recent (minute);

-- What moderation did, one row per event; the event's id keeps a repeated event from counting twice.
create table stats_events (
  event_id bigint primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  kind text not null check (kind in ('report', 'warning', 'mute', 'ban', 'lifted', 'flagged', 'blocked')),
  at timestamptz not null
);
create index stats_events_time on stats_events (organization_id, at);

-- Hours that must be counted (again). `version` grows with every mark: one that came while counting is not lost.
create table stats_dirty (
  organization_id uuid not null references organizations (id) on delete cascade,
  hour timestamptz not null,
  version bigint not null default 1,
  primary key (organization_id, hour)
);

create table analytics_settings (
  organization_id uuid primary key references organizations (id) on delete cascade,
  telemetry boolean not null,
  time_per_person boolean not null,
  updated_at timestamptz not null,
  updated_by uuid
);

create table alert_rules (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  position int not null,
  -- metric, direction, value, for_minutes, enabled, notify, channel, webhook (protocol/analytics.ts)
  rule jsonb not null,
  -- since when the value has been beyond the limit without a break, or back within it while the alert is on
  pending_since timestamptz,
  firing_id uuid,
  last_value double precision,
  checked_at timestamptz
);
create index alert_rules_organization on alert_rules (organization_id, position);

create table alert_history (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  rule_id uuid not null,
  -- as it was when it fired
  rule jsonb not null,
  value double precision not null,
  fired_at timestamptz not null,
  resolved_at timestamptz,
  resolved_value double precision,
  -- what was told; a crash in between makes the next look tell it
  told_fired boolean not null default false,
  told_resolved boolean not null default false
);
create index alert_history_page on alert_history (organization_id, id desc);
create index alert_history_untold on alert_history (fired_at)
  where not told_fired or (resolved_at is not null and not told_resolved);

-- How long messages and files are kept; null: for ever.
create table chat_retention (
  organization_id uuid primary key references organizations (id) on delete cascade,
  messages_days int check (messages_days between 1 and 36500),
  files_days int check (files_days between 1 and 36500),
  updated_at timestamptz not null,
  updated_by uuid,
  -- the last run that is over
  ran_at timestamptz,
  removed_messages bigint not null default 0,
  removed_files bigint not null default 0,
  freed_bytes bigint not null default 0
);
-- Channels with a time of their own; days null: for ever.
create table chat_retention_channels (
  channel_id uuid primary key references channels (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  days int check (days between 1 and 36500)
);
create index chat_retention_channels_organization on chat_retention_channels (organization_id);
