-- Goes up with every change of how somebody gets in (password, address, a telephone or a provider's account that goes) and when
-- their sessions end: a sign-in that began before is refused, also one that waits for its second step.
alter table users add column sign_in_epoch int not null default 0;

-- The invitation that somebody comes with through a provider (SHA-256 of its token).
alter table provider_sign_ins add column invite_hash text;
