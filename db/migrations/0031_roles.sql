-- Guests (they see the channels named to them and nothing else), service accounts (programs that own API tokens and never
-- sign in), and what an operator notes about an organisation.

alter table users drop constraint users_role_check;
alter table users add constraint users_role_check
  check (role in ('owner', 'admin', 'moderator', 'member', 'viewer', 'guest'));

alter table users add column is_service boolean not null default false;
-- No way in: neither a password nor the last word over an organisation.
alter table users add constraint users_service_check
  check (not is_service or (password_hash is null and role <> 'owner'));

alter table organizations add column domain text check (length(domain) between 1 and 253);
alter table organizations add column plan text check (length(plan) between 1 and 60);
