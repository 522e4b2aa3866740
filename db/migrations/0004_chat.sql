-- Team chat: channels, members, messages and what hangs on them. Ids are UUIDv7 made by the program.
-- Order in a channel is `seq`, taken under the channel's row lock: commit order, the same on every instance.
-- Counting unread messages is one subtraction: channels.root_count minus channel_members.read_root_no.

create extension if not exists unaccent;
create extension if not exists pg_trgm;

create table channels (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  type text not null check (type in ('public', 'private', 'direct')),
  -- null: direct, named by its members
  name text check (length(name) between 1 and 80),
  description text not null default '',
  topic text not null default '',
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  archived_at timestamptz,
  -- what new members of a private channel see: everything, or what comes after they joined
  history text not null default 'all' check (history in ('all', 'joined')),
  -- right → lowest channel role that holds it; absent rights have the defaults of features/chat/access.ts
  policy jsonb not null default '{}',
  -- everybody who joins the organisation is a member
  is_default boolean not null default false,
  -- archived by itself after so many days without a message; null: never
  auto_archive_days int check (auto_archive_days between 1 and 3650),
  archive_notice_at timestamptz,
  -- sorted ids of the members of a direct channel: there is one per set of people
  direct_key text,
  last_seq bigint not null default 0,
  -- messages that count as unread: not replies in threads, not system messages
  root_count bigint not null default 0,
  member_count int not null default 0,
  last_message_at timestamptz
) with (fillfactor = 60); -- last_seq changes with every message
create unique index channels_public_name on channels (organization_id, lower(name))
  where type = 'public' and archived_at is null;
create unique index channels_direct on channels (organization_id, direct_key) where direct_key is not null;
-- the list of channels that may be joined
create index channels_organization on channels (organization_id, type, lower(name));

create table channel_members (
  channel_id uuid not null references channels (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null,
  role text not null default 'member' check (role in ('admin', 'moderator', 'member', 'viewer')),
  -- right → true (has it whatever the role) or false (has it not)
  permissions jsonb not null default '{}',
  joined_at timestamptz not null,
  -- messages up to this one came before the person was let in
  visible_after_seq bigint not null default 0,
  read_seq bigint not null default 0,
  read_root_no bigint not null default 0,
  read_at timestamptz,
  favorite boolean not null default false,
  muted_until timestamptz,
  -- which messages notify: default follows the person's general choice
  notify text not null default 'default' check (notify in ('default', 'all', 'mentions', 'none')),
  -- a direct channel that was closed: hidden until the next message
  hidden boolean not null default false,
  primary key (channel_id, user_id)
) with (fillfactor = 70); -- read_seq changes often
create index channel_members_user on channel_members (user_id, channel_id);

create table messages (
  id uuid primary key,
  organization_id uuid not null,
  channel_id uuid not null,
  seq bigint not null,
  -- number of unread-counting messages of the channel up to and including this one
  root_no bigint not null,
  -- null: written by the server or a webhook
  user_id uuid,
  -- shown when there is no such user (any more), or instead of it for webhooks
  sender_name text,
  -- the first message of the thread; null: this is not a reply
  root_id uuid,
  reply_to_id uuid,
  message_type text not null check (message_type in ('text', 'image', 'file', 'system')),
  content text not null,
  -- as they go over the wire (protocol/chat.ts)
  mentions jsonb not null default '[]',
  attachments jsonb not null default '[]',
  -- link previews, the event of a system message, the sender's program
  props jsonb not null default '{}',
  has_file boolean not null default false,
  has_link boolean not null default false,
  client_id text,
  created_at timestamptz not null,
  edited_at timestamptz,
  deleted_at timestamptz,
  pinned_at timestamptz,
  pinned_by uuid,
  reply_count int not null default 0,
  last_reply_at timestamptz
) with (fillfactor = 90); -- some are edited and get reactions
-- history pages
create unique index messages_page on messages (channel_id, seq);
create index messages_roots on messages (channel_id, seq) where root_id is null;
create index messages_thread on messages (root_id, seq) where root_id is not null;
create unique index messages_client_id on messages (channel_id, user_id, client_id) where client_id is not null;
create index messages_pinned on messages (channel_id, pinned_at desc) where pinned_at is not null;
-- jump to a date; a person's messages
create index messages_time on messages (channel_id, created_at);
create index messages_sender on messages (organization_id, user_id, created_at desc);

create table message_edits (
  message_id uuid not null,
  version int not null,
  organization_id uuid not null,
  channel_id uuid not null,
  -- what stood there before this edit
  content text not null,
  edited_by uuid,
  edited_at timestamptz not null,
  primary key (message_id, version)
);

create table message_reactions (
  message_id uuid not null,
  emoji text not null,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null,
  channel_id uuid not null,
  created_at timestamptz not null,
  primary key (message_id, emoji, user_id)
);
create index message_reactions_user on message_reactions (user_id);

-- Who is meant by a message; user_id null: everybody in the channel. Counted while it lies behind the read position.
create table message_mentions (
  channel_id uuid not null,
  seq bigint not null,
  message_id uuid not null,
  organization_id uuid not null,
  root_id uuid,
  user_id uuid,
  sender_id uuid
);
create index message_mentions_count on message_mentions (channel_id, seq);
create index message_mentions_user on message_mentions (user_id, channel_id, seq) where user_id is not null;
create index message_mentions_message on message_mentions (message_id);

-- A file in a message: who may read the channel may read the file.
create table message_attachments (
  message_id uuid not null,
  media_id uuid not null,
  position smallint not null,
  organization_id uuid not null,
  channel_id uuid not null,
  primary key (message_id, media_id)
);
create index message_attachments_media on message_attachments (media_id);
create index message_attachments_channel on message_attachments (channel_id, message_id);

-- Who follows a thread, and how far each has read it.
create table thread_members (
  root_id uuid not null,
  user_id uuid not null references users (id) on delete cascade,
  organization_id uuid not null,
  channel_id uuid not null,
  following boolean not null default true,
  read_seq bigint not null default 0,
  updated_at timestamptz not null,
  primary key (root_id, user_id)
);
create index thread_members_user on thread_members (user_id, updated_at desc) where following;

-- What moderation forbids a person here and now (features/moderation writes it); channel_id null: everywhere.
create table chat_restrictions (
  id uuid primary key,
  organization_id uuid not null,
  user_id uuid not null references users (id) on delete cascade,
  channel_id uuid,
  kind text not null check (kind in ('mute', 'ban')),
  reason text not null default '',
  expires_at timestamptz
);
create index chat_restrictions_user on chat_restrictions (user_id, kind);
