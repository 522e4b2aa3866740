-- A token that was made with another token ends with it.
alter table api_tokens add column parent_id uuid references api_tokens (id) on delete cascade;
create index api_tokens_parent_idx on api_tokens (parent_id) where parent_id is not null;
