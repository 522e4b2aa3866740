-- Notifications of chat: what a notification is about, a person's choices, Web Push, mails about what was missed, previews
-- of links.

-- What a notification tells of (a message): it goes when that goes, and nobody gets a second one about it.
alter table notifications add column source_id uuid;
create index notifications_source on notifications (source_id) where source_id is not null;

-- Where it happened, until it is read: place (channel), part of it (thread; null: the channel itself) and position. Reading
-- a channel up to a position finds its notifications here and takes them out, so the index holds what is unread only.
alter table notification_recipients add column place_id uuid;
alter table notification_recipients add column part_id uuid;
alter table notification_recipients add column place_seq bigint;
create index notification_recipients_place on notification_recipients (user_id, place_id, place_seq)
  where place_id is not null;

create table chat_preferences (
  user_id uuid primary key references users (id) on delete cascade,
  organization_id uuid not null,
  value jsonb not null,
  -- has keywords or wants every message: whoever is not among these needs no look at ordinary messages
  listens boolean not null,
  digest text not null
);
create index chat_preferences_listens on chat_preferences (organization_id, user_id) where listens;
create index chat_preferences_digest on chat_preferences (user_id) where digest <> 'off';
-- members of a channel who want every message of it
create index channel_members_all on channel_members (channel_id) where notify = 'all';

-- Whether an organisation wants previews of links; absent: yes.
create table chat_preview_settings (
  organization_id uuid primary key references organizations (id) on delete cascade,
  enabled boolean not null
);

-- The installation's key pair for Web Push (RFC 8292); the private half is sealed with a key of PULPO_SECRET.
create table push_keys (
  id int primary key check (id = 1),
  public_key text not null,
  sealed text not null,
  created_at timestamptz not null
);

-- One browser of one person. It goes with the session that made it, and when the push service says that it is gone.
create table push_subscriptions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null,
  session_id uuid not null references sessions (id) on delete cascade,
  endpoint text not null,
  endpoint_hash text not null unique,
  p256dh text not null,
  auth text not null,
  -- the public key that the browser subscribed with
  server_key text not null,
  device_name text not null,
  created_at timestamptz not null,
  last_success_at timestamptz,
  failures int not null default 0
);
create index push_subscriptions_user on push_subscriptions (user_id);

-- How far the mails about what was missed have got for each person who wants them.
create table chat_digest_state (
  user_id uuid primary key references users (id) on delete cascade,
  organization_id uuid not null,
  -- last minute with an open connection, as far as it was seen
  online_at timestamptz not null,
  -- everything up to this notification is in a mail or was read
  mailed_id uuid not null
);

-- A mail about what was missed between two notifications: the outbox, and the claim that prevents a second mail.
create table chat_digests (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null,
  from_id uuid not null,
  up_to_id uuid not null,
  created_at timestamptz not null,
  claimed_at timestamptz,
  done_at timestamptz,
  error text
);
create index chat_digests_open on chat_digests (created_at) where done_at is null;

-- What an address showed, for 24 hours; null: nothing to show.
create table link_previews (
  organization_id uuid not null references organizations (id) on delete cascade,
  url_hash text not null,
  preview jsonb,
  fetched_at timestamptz not null,
  primary key (organization_id, url_hash)
);
create index link_previews_age on link_previews (fetched_at);
