-- A dedupe key belongs to its sender, type, channel and recipients: the same word for something else is another key.
-- `scope` is the digest that features/notifications/write.ts makes of them; what features send has the scope 'system', and
-- their keys alone decide.

alter table notification_dedupe add column scope text not null default 'system';
alter table notification_dedupe drop constraint notification_dedupe_pkey;
alter table notification_dedupe add primary key (organization_id, scope, dedupe_key);

-- Keys of the last day go on answering, in both scopes: which one they had was not kept.
insert into notification_dedupe (organization_id, scope, dedupe_key, notification_id, channel, "offset", created_at)
select d.organization_id,
  encode(sha256(convert_to(coalesce(n.sender_id::text, n.sender_name) || E'\n' || n.type || E'\n' ||
    case when n.audience = 'users' then '' else n.channel end || E'\n' || coalesce((
      select string_agg(r.user_id::text, ',' order by r.user_id::text collate "C") from notification_recipients r
      where r.notification_id = n.id), ''), 'UTF8')), 'hex'),
  d.dedupe_key, d.notification_id, d.channel, d."offset", d.created_at
from notification_dedupe d join notifications n on n.id = d.notification_id and n.organization_id = d.organization_id
on conflict do nothing;

alter table notification_dedupe alter column scope drop default;
