-- What happened between the launches of a device: blocks that had to wait, the canary, measuring
-- that ended before all launches were done.

create table gate_wait (
    session text not null references session (uid) on delete cascade,
    device text not null,
    block integer not null,
    seconds real not null,
    reasons_left text not null,
    primary key (session, device, block)
) strict, without rowid;

create table early_stop (
    session text not null references session (uid) on delete cascade,
    device text not null,
    rounds integer not null,
    is_decided integer not null check (is_decided in (0, 1)),
    primary key (session, device)
) strict, without rowid;

create table canary (
    id integer primary key,
    session text not null references session (uid) on delete cascade,
    device text not null,
    after_block integer,
    p50_ns real,
    ratio real,
    cause text not null default ''
) strict;

create index canary_session on canary (session, device);
