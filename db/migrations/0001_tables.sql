-- What a session is made of. Documented in ../SCHEMA.md; never edit an applied migration.

create table device (
    id text not null primary key,
    platform text not null
) strict;

create table variant (
    digest text not null primary key,
    format text not null,
    size_bytes integer not null,
    parameters integer not null,
    inputs text not null,
    outputs text not null,
    ops text not null,
    weight_bytes text not null
) strict;

create table session (
    uid text not null primary key,
    name text not null,
    preset text not null,
    seed integer not null,
    plan text not null,
    started_us integer not null,
    ended_us integer,
    outcome text not null
        check (outcome in ('running', 'done', 'stopped', 'failed', 'interrupted')),
    note text not null default '',
    host text not null,
    labtui_version text not null,
    owner text not null
) strict;

create table session_tag (
    session text not null references session (uid) on delete cascade,
    tag text not null,
    primary key (session, tag)
) strict;

create table session_device (
    session text not null references session (uid) on delete cascade,
    device text not null references device (id),
    position integer not null,
    name text not null,
    soc text not null,
    os_version text not null,
    build text not null,
    abi text not null,
    is_virtual integer not null check (is_virtual in (0, 1)),
    transport text not null,
    outcome text not null
        check (outcome in ('running', 'done', 'stopped', 'failed', 'interrupted')),
    cause text not null default '',
    primary key (session, device)
) strict;

create table session_variant (
    session text not null references session (uid) on delete cascade,
    position integer not null,
    digest text not null references variant (digest),
    path text not null,
    model text not null,
    recipe text not null,
    accelerator text not null,
    threads integer not null,
    primary key (session, position)
) strict;

create table push (
    id integer primary key,
    session text not null references session (uid) on delete cascade,
    device text not null references device (id),
    digest text not null references variant (digest),
    total_bytes integer not null,
    seconds real not null,
    was_there integer not null check (was_there in (0, 1))
) strict;

create index push_session on push (session);

create table launch (
    id integer primary key,
    uid text not null unique,
    session text not null,
    device text not null,
    variant_position integer not null,
    block integer not null,
    position integer not null,
    started_us integer not null,
    ended_us integer,
    outcome text not null
        check (outcome in ('running', 'done', 'stopped', 'failed', 'interrupted')),
    cause text not null default '',
    error_code text,
    engine text not null default '',
    runner text not null default '',
    runner_pid integer,
    mono_ns integer,
    boot_ns integer,
    init_ns integer,
    first_ns integer,
    rss_bytes integer,
    accelerator_used text not null default '',
    placement text,
    outputs text,
    warmup_count integer not null default 0,
    measured_count integer not null default 0,
    dropped_samples integer not null default 0,
    dropped_readings integer not null default 0,
    dropped_logs integer not null default 0,
    foreign key (session, device)
        references session_device (session, device) on delete cascade,
    foreign key (session, variant_position)
        references session_variant (session, position) on delete cascade
) strict;

create index launch_session on launch (session, device, variant_position);
create index launch_variant on launch (session, variant_position);

create table launch_stat (
    launch_id integer primary key references launch (id) on delete cascade,
    count integer not null,
    mean_ns real not null,
    sd_ns real not null,
    min_ns integer not null,
    p50_ns real not null,
    p90_ns real not null,
    p99_ns real not null,
    max_ns integer not null
) strict;

-- A rowid table: WITHOUT ROWID wastes pages on payloads of this size.
create table sample_chunk (
    id integer primary key,
    launch_id integer not null references launch (id) on delete cascade,
    seq0 integer not null,
    n integer not null,
    t0_ns integer not null,
    is_warmup integer not null check (is_warmup in (0, 1)),
    latency_ns text not null,
    offset_us text,
    crc32 integer not null,
    unique (launch_id, seq0)
) strict;

create table reading (
    id integer primary key,
    launch_id integer not null references launch (id) on delete cascade,
    source text not null check (source in ('device', 'runner')),
    t_ns integer,
    boot_ns integer,
    headline_c real,
    thermal_status integer,
    is_throttled integer check (is_throttled in (0, 1)),
    clock_limit_ratio real,
    battery_percent integer,
    battery_c real,
    battery_mv integer,
    is_charging integer check (is_charging in (0, 1)),
    rss_bytes integer,
    temperatures text not null,
    clocks text not null
) strict;

create index reading_launch on reading (launch_id);

create table log (
    id integer primary key,
    launch_id integer not null references launch (id) on delete cascade,
    level text not null,
    text text not null
) strict;

create index log_launch on log (launch_id);

-- What recovery looks for each time the history is opened.
create index session_running on session (uid) where outcome = 'running';
create index launch_running on launch (session) where outcome = 'running';
