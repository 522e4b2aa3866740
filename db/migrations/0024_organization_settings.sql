-- What an organisation decides for its people: sections by name, as protocol/organization_settings.ts describes them. A
-- section or field that is absent has its default.
alter table organizations add column settings jsonb not null default '{}';
