-- Counting by device in every transaction costs as much as storing what is counted. So a transaction appends
-- its counts as they are, devices with the same counts in one row, and now and then these are added up.
alter table loss_account rename to account_days;

create table account_batches (
    id           bigint  generated always as identity primary key,
    day          date    not null,
    received     bigint  not null,
    stored       bigint  not null,
    duplicate    bigint  not null,
    rejected     bigint  not null,
    late         bigint  not null,
    redelivered  bigint  not null,
    device_ids   text[]  not null,
    constraint everything_received_is_accounted_for check (received = stored + duplicate + rejected)
);

-- The account, whatever of it is added up already.
create view loss_account as
select
    device_id, day, sum(received)::bigint as received, sum(stored)::bigint as stored,
    sum(duplicate)::bigint as duplicate, sum(rejected)::bigint as rejected, sum(late)::bigint as late,
    sum(redelivered)::bigint as redelivered
from (
    select device_id, day, received, stored, duplicate, rejected, late, redelivered
    from account_days
    union all
    select unnest(device_ids), day, received, stored, duplicate, rejected, late, redelivered
    from account_batches
) counted
group by device_id, day;
