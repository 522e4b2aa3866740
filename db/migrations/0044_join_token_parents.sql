-- A join token that was made with an API token ends with it, as API tokens made with one do; one made by a session has none.
alter table agent_join_tokens add column api_token_id uuid references api_tokens (id) on delete cascade;
create index agent_join_tokens_api_token_idx on agent_join_tokens (api_token_id) where api_token_id is not null;
