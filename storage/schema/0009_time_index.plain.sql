-- Without chunks, retention finds the old rows by their place in the table: rows lie nearly in time order.
create index positions_by_time on positions using brin (time) with (autosummarize = on);

create index dust_by_time on dust using brin (time) with (autosummarize = on);
