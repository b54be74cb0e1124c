-- Dead letters are kept for a time and counted when they go; mail is told for each recipient; schedules amend.

alter table webhook_targets add column expired_letters bigint not null default 0;

comment on column webhook_targets.expired_letters is 'dead letters that were deleted as too old, never having been taken';

create index webhook_letters_by_time on webhook_letters (at);

-- What waited behind others goes as soon as nothing before it is about the same.
create function free_letters(target bigint) returns void
    language sql
    as $$
        update webhook_letters l set state = 'resend'
        where l.target_id = target and l.state = 'behind'
            and not exists (
                select from webhook_letters b
                where b.target_id = l.target_id and b.id < l.id and b.subjects && l.subjects
            )
    $$;

alter table schedule_runs add column answers json not null default '{}';

comment on column schedule_runs.answers is 'by recipient that the mail server did not take it for: the reply''s code and text; 4xx is asked again';

alter table schedules add column amends boolean not null default false;

comment on column schedules.amends is 'what counts otherwise for a whole day is issued again by itself, and mailed';

alter table schedule_runs add column differs_since timestamptz;

comment on column schedule_runs.differs_since is 'since when the period was seen to count otherwise than what was sent; null while it does not';
