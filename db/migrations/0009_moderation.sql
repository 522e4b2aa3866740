-- Moderation: reports of messages, what moderators did about people, and the automatic filter.
-- Bans from the whole organisation stand with the account, because every credential asks there; mutes and bans from one
-- channel are rows of chat_restrictions whose id is the action's.

alter table users add column banned_until timestamptz;
alter table users add column banned_reason text;
-- the job that clears what has ended
create index users_banned on users (banned_until) where banned_until is not null;

-- One row per organisation. `version` grows with every change: instances compare it with what they have compiled.
create table moderation_filters (
  organization_id uuid primary key references organizations (id) on delete cascade,
  settings jsonb not null,
  version bigint not null,
  updated_at timestamptz not null,
  updated_by uuid
);

-- Messages that the filter did not let through; the text itself is not kept. Counted for the automatic mute.
create table moderation_blocks (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  channel_id uuid not null,
  rule text not null,
  created_at timestamptz not null
);
create index moderation_blocks_user on moderation_blocks (organization_id, user_id, created_at desc);
create index moderation_blocks_age on moderation_blocks (created_at);

-- No foreign keys to messages and people: a report outlives both.
create table moderation_reports (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  message_id uuid not null,
  channel_id uuid not null,
  -- who wrote the message; null: the server or a webhook
  author_id uuid,
  -- null: the automatic filter
  reporter_id uuid,
  source text not null check (source in ('person', 'filter')),
  category text not null check (category in ('spam', 'harassment', 'illegal', 'other')),
  reason text not null,
  -- which rule of the filter
  rule text,
  status text not null default 'pending' check (status in ('pending', 'resolved', 'dismissed')),
  -- the message as it was when it was reported (protocol/chat.ts)
  snapshot jsonb not null,
  note text not null default '',
  assigned_to uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  reviewed_by uuid,
  reviewed_at timestamptz
);
-- one open report per person and message; the filter counts as one person
create unique index moderation_reports_open on moderation_reports
  (message_id, coalesce(reporter_id, '00000000-0000-0000-0000-000000000000'::uuid)) where status = 'pending';
-- the queue
create index moderation_reports_page on moderation_reports (organization_id, status, id);
-- how many about the same message, the same author
create index moderation_reports_message on moderation_reports (message_id);
create index moderation_reports_author on moderation_reports (organization_id, author_id);

create table moderation_actions (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null,
  user_name text not null,
  -- null: the automatic filter
  moderator_id uuid,
  moderator_name text not null,
  action_type text not null check (action_type in ('warning', 'mute', 'ban')),
  reason text not null,
  -- null: everywhere
  channel_id uuid,
  report_id uuid,
  created_at timestamptz not null,
  -- null: without end (and for warnings, which have none)
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by uuid,
  revoke_reason text not null default '',
  -- what it was made for by itself (a moderation_blocks row): the same one never makes a second action
  cause_id uuid
);
create index moderation_actions_page on moderation_actions (organization_id, id desc);
create index moderation_actions_user on moderation_actions (organization_id, user_id, id desc);
create unique index moderation_actions_cause on moderation_actions (cause_id) where cause_id is not null;
