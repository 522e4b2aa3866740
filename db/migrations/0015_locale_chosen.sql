-- Did the person choose the language of the account? Until then it follows the browser that signs in; afterwards mails,
-- notifications and every console follow the choice. A language other than the default was given by somebody.

alter table users add column locale_chosen boolean not null default false;
update users set locale_chosen = true where locale <> 'en';
