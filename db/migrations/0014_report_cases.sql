-- Reports of one message are one case, as long as it is open: the first report leads it, and its row holds what was decided.
-- Later reports carry the lead's id; their own status follows it.

alter table moderation_reports add column case_id uuid;

update moderation_reports r set case_id = l.id
from (select message_id, organization_id, min(id::text)::uuid as id from moderation_reports where status = 'pending'
  group by message_id, organization_id) l
where r.status = 'pending' and r.message_id = l.message_id and r.organization_id = l.organization_id;
update moderation_reports set case_id = id where case_id is null;
alter table moderation_reports alter column case_id set not null;

-- one open case per message
create unique index moderation_reports_open_case on moderation_reports (message_id)
  where status = 'pending' and case_id = id;
-- the reports of a case, in their order
create index moderation_reports_case on moderation_reports (case_id, id);
-- the queue is one of cases
drop index moderation_reports_page;
create index moderation_reports_page on moderation_reports (organization_id, status, id) where case_id = id;
