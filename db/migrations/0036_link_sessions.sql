-- Adding a provider's account belongs to the session that began it, and ends with it.
alter table provider_sign_ins add column link_session_id uuid references sessions (id) on delete cascade;
-- Those under way do not say which one that is: they are begun again.
delete from provider_sign_ins where link_user_id is not null;
alter table provider_sign_ins add check ((link_user_id is null) = (link_session_id is null));
create index provider_sign_ins_session_idx on provider_sign_ins (link_session_id) where link_session_id is not null;
