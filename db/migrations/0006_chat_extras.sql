-- Drafts, scheduled messages, custom slash commands, automatic archiving and default channels.

-- An empty draft is the mark of one that was removed: a write that is older must not bring it back. Swept after a day.
create table chat_drafts (
  user_id uuid not null references users (id) on delete cascade,
  channel_id uuid not null references channels (id) on delete cascade,
  -- null: the channel itself, not a thread
  root_id uuid,
  organization_id uuid not null,
  content text not null,
  attachments jsonb not null default '[]',
  updated_at timestamptz not null,
  constraint chat_drafts_key unique nulls not distinct (user_id, channel_id, root_id)
);

create table scheduled_messages (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  -- message: into the channel; reminder: a notification to the author
  kind text not null check (kind in ('message', 'reminder')),
  channel_id uuid not null references channels (id) on delete cascade,
  reply_to_id uuid,
  content text not null,
  attachments jsonb not null default '[]',
  -- made with an API token: the message is shown as a program's
  program boolean not null default false,
  send_at timestamptz not null,
  status text not null check (status in ('pending', 'sent', 'failed')),
  -- somebody sends it since then; an old claim belongs to an instance that died
  claimed_at timestamptz,
  -- after a passing failure: not before
  retry_at timestamptz,
  attempts int not null default 0,
  failure_code text,
  failure_reason text,
  message_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- what is due
create index scheduled_messages_due on scheduled_messages (send_at) where status = 'pending';
-- a person's list
create index scheduled_messages_user on scheduled_messages (user_id, status, send_at, id);
create index scheduled_messages_channel on scheduled_messages (channel_id);
-- which files are in use
create index scheduled_messages_attachments on scheduled_messages using gin (attachments) where status <> 'sent';
create index chat_drafts_attachments on chat_drafts using gin (attachments);
create index chat_drafts_channel on chat_drafts (channel_id);

create table custom_commands (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  trigger text not null,
  url text not null,
  description text not null default '',
  usage text not null default '',
  format text not null check (format in ('form', 'json')),
  enabled boolean not null default true,
  -- token and signing secret are derived from it, not stored
  secret_salt text not null,
  created_by uuid,
  created_at timestamptz not null,
  last_used_at timestamptz,
  last_status int,
  constraint custom_commands_trigger_key unique (organization_id, trigger)
);

-- Addresses at which a command's server answers later: /hooks/commands/<token>
create table command_responses (
  token_hash text primary key,
  organization_id uuid not null,
  command_id uuid not null references custom_commands (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  channel_id uuid not null references channels (id) on delete cascade,
  root_id uuid,
  uses_left int not null,
  expires_at timestamptz not null
);
create index command_responses_expired on command_responses (expires_at);
create index command_responses_command on command_responses (command_id);

create table chat_settings (
  organization_id uuid primary key references organizations (id) on delete cascade,
  auto_archive_days int check (auto_archive_days between 1 and 3650),
  updated_at timestamptz not null
);

-- Default channels into which the people who were there already have been or are being put: `last_user_id` is how far.
create table default_channel_fills (
  channel_id uuid primary key references channels (id) on delete cascade,
  organization_id uuid not null,
  last_user_id uuid,
  done boolean not null default false,
  started_at timestamptz not null
);

-- default channels of an organisation
create index channels_default on channels (organization_id) where is_default and archived_at is null;
