-- Notifications are stored once and fanned out on read: a broadcast is one row, whatever the number of people.
-- Ids are UUIDv7, so "id order" is time order and every hot query is a range on an index that ends in the id.
-- notifications itself has no foreign keys: it is the hot insert, its writers are authenticated, retention clears it.

create table notifications (
  id uuid primary key,
  organization_id uuid not null,
  -- broadcast: everybody's inbox; channel: a topic stream, in nobody's inbox; users: those in notification_recipients
  audience text not null check (audience in ('broadcast', 'channel', 'users')),
  channel text not null,
  type text not null,
  message text not null,
  data jsonb not null,
  sender_id uuid,
  sender_name text not null,
  dedupe_key text,
  created_at timestamptz not null
);
-- the inbox, and the inbox filtered by type
create index notifications_broadcast on notifications (organization_id, id) where audience = 'broadcast';
create index notifications_broadcast_type on notifications (organization_id, type, id) where audience = 'broadcast';

create table notification_recipients (
  user_id uuid not null references users (id) on delete cascade,
  notification_id uuid not null,
  organization_id uuid not null,
  primary key (user_id, notification_id)
);
create index notification_recipients_by_notification on notification_recipients (notification_id);

-- Made when somebody reads one; everything up to notification_state.read_all_id is read without a row.
create table notification_reads (
  user_id uuid not null references users (id) on delete cascade,
  notification_id uuid not null,
  organization_id uuid not null,
  read_at timestamptz not null,
  primary key (user_id, notification_id)
);
create index notification_reads_by_notification on notification_reads (notification_id);

create table notification_state (
  user_id uuid primary key references users (id) on delete cascade,
  organization_id uuid not null,
  read_all_id uuid not null,
  read_all_at timestamptz not null
);

create table notification_preferences (
  user_id uuid primary key references users (id) on delete cascade,
  organization_id uuid not null,
  value jsonb not null,
  -- the default or any type says email: lets the mail consumer skip everybody else
  wants_email boolean not null
);
create index notification_preferences_email on notification_preferences (organization_id) where wants_email;

-- The first result of a key for 24 hours.
create table notification_dedupe (
  organization_id uuid not null,
  dedupe_key text not null,
  notification_id uuid not null,
  channel text not null,
  "offset" bigint,
  created_at timestamptz not null,
  primary key (organization_id, dedupe_key)
);
create index notification_dedupe_created on notification_dedupe (created_at);

-- One row per notification and person who gets it by mail: the outbox, and the claim that prevents a second mail.
create table notification_mails (
  notification_id uuid not null,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null,
  due_at timestamptz not null,
  claimed_at timestamptz,
  done_at timestamptz,
  attempts int not null default 0,
  error text,
  primary key (notification_id, user_id)
);
create index notification_mails_due on notification_mails (due_at) where done_at is null;

create table incoming_webhooks (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  channel text not null,
  token_hash text not null unique,
  created_by uuid,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index incoming_webhooks_organization on incoming_webhooks (organization_id, id);

create table outgoing_webhooks (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  url text not null,
  events text[] not null,
  enabled boolean not null,
  disabled_reason text,
  -- the signing secret is derived from the server's key and this, so that no secret is stored
  secret_salt text not null,
  created_by uuid,
  created_at timestamptz not null,
  last_status int,
  -- the first failed attempt since the last success
  failing_since timestamptz,
  -- deliveries given up since the last success
  dead_in_a_row int not null default 0
);
create index outgoing_webhooks_organization on outgoing_webhooks (organization_id, id);

create table webhook_deliveries (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  webhook_id uuid not null references outgoing_webhooks (id) on delete cascade,
  -- position in the event log; null for test events and for a delivery sent again
  event_id bigint,
  event text not null,
  body text not null,
  status text not null check (status in ('pending', 'delivered', 'failed')),
  attempts int not null default 0,
  response_status int,
  response_body text,
  error text,
  duration_ms int,
  resend_of uuid,
  created_at timestamptz not null,
  last_attempt_at timestamptz
);
-- the consumer repeats events after a crash; a delivery exists once for each
create unique index webhook_deliveries_event on webhook_deliveries (webhook_id, event_id);
create index webhook_deliveries_log on webhook_deliveries (webhook_id, id);
