-- What runners say beside samples: placement in one word, op times, control run, eval set, totals.
-- Why things failed, what looks wrong, and where imported results come from.

alter table session add column origin text not null default 'measured'
    check (origin in ('measured', 'imported'));

alter table session_device add column error_code text;

alter table session_variant add column affinity integer;
alter table session_variant add column xnnpack integer not null default 1 check (xnnpack in (0, 1));

create index session_variant_digest on session_variant (digest);

alter table launch add column coverage text not null default 'unknown'
    check (coverage in ('full', 'partial', 'none', 'unknown'));
alter table launch add column profile_runs integer;

-- Every op was counted so far.
update launch
set coverage = coalesce((
    select case
        when p.total = 0 then 'unknown'
        when p.on_asked = p.total then 'full'
        when p.on_asked = 0 then 'none'
        else 'partial'
    end
    from (
        select
            sum(json_extract(part.value, '$.ops')) as total,
            sum(case when json_extract(part.value, '$.unit') = json_extract(launch.placement, '$.asked')
                then json_extract(part.value, '$.ops') else 0 end) as on_asked
        from json_each(launch.placement, '$.parts') as part
    ) as p
    where p.total is not null
), 'unknown')
where placement is not null;

create table op_time (
    launch_id integer not null references launch (id) on delete cascade,
    position integer not null,
    name text not null,
    unit text not null,
    delegate text not null,
    count integer not null,
    mean_ns real not null,
    primary key (launch_id, position)
) strict, without rowid;

create table control (
    launch_id integer primary key references launch (id) on delete cascade,
    unit text not null,
    delegate text not null,
    n integer not null,
    p50_ns real not null,
    latency_ns text not null
) strict;

create table evaluation (
    launch_id integer primary key references launch (id) on delete cascade,
    items integer not null,
    busy_ns integer not null,
    files text not null
) strict;

create table aggregate (
    launch_id integer primary key references launch (id) on delete cascade,
    runs integer,
    mean_ns real not null,
    sd_ns real,
    min_ns real,
    max_ns real,
    p5_ns real,
    p50_ns real,
    p95_ns real,
    first_ns real,
    warmup_runs integer,
    warmup_mean_ns real
) strict;

create table alarm (
    id integer primary key,
    launch_id integer not null references launch (id) on delete cascade,
    kind text not null,
    text text not null
) strict;

create index alarm_launch on alarm (launch_id);

create table import (
    session text not null primary key references session (uid) on delete cascade,
    file_name text not null,
    sha256 text not null unique,
    format text not null,
    imported_us integer not null,
    tool text not null,
    tool_version text not null
) strict;

-- Where the ops of a launch ran. A share of the time needs the profiling pass.
create view placement_part as
select
    l.uid as launch,
    part.key as position,
    json_extract(part.value, '$.unit') as unit,
    json_extract(part.value, '$.delegate') as delegate,
    json_extract(part.value, '$.ops') as ops,
    coalesce(
        (
            select
                coalesce(sum(o.mean_ns) filter (
                    where o.unit = json_extract(part.value, '$.unit')
                        and o.delegate = json_extract(part.value, '$.delegate')
                ), 0) / nullif(sum(o.mean_ns), 0)
            from op_time as o where o.launch_id = l.id
        ),
        json_extract(part.value, '$.time_share')
    ) as time_share
from launch as l
join json_each(l.placement, '$.parts') as part;

drop view launch_summary;
drop view result;

create view launch_summary as
select
    l.uid as launch,
    l.session,
    l.device,
    d.name as device_name,
    d.soc,
    d.os_version,
    d.build,
    d.is_virtual,
    (select s.origin = 'imported' from session as s where s.uid = l.session) as is_imported,
    v.model,
    v.recipe,
    v.digest,
    l.variant_position,
    l.block,
    l.position,
    l.started_us,
    l.ended_us,
    l.outcome,
    l.cause,
    l.error_code,
    l.engine,
    l.runner,
    v.accelerator as accelerator_asked,
    l.accelerator_used,
    l.coverage,
    json_extract(l.placement, '$.partitions') as partitions,
    v.threads,
    v.affinity,
    v.xnnpack,
    l.init_ns,
    l.first_ns,
    l.rss_bytes,
    l.warmup_count,
    l.measured_count,
    l.dropped_samples,
    s.count,
    s.mean_ns,
    s.sd_ns,
    s.min_ns,
    s.p50_ns,
    s.p90_ns,
    s.p99_ns,
    s.max_ns,
    a.launch_id is not null as is_aggregate,
    a.runs as aggregate_runs,
    a.mean_ns as aggregate_mean_ns,
    a.sd_ns as aggregate_sd_ns,
    a.min_ns as aggregate_min_ns,
    a.max_ns as aggregate_max_ns,
    a.p5_ns as aggregate_p5_ns,
    a.p50_ns as aggregate_p50_ns,
    a.p95_ns as aggregate_p95_ns,
    a.first_ns as aggregate_first_ns,
    a.warmup_runs as aggregate_warmup_runs,
    a.warmup_mean_ns as aggregate_warmup_mean_ns,
    c.unit as control_unit,
    c.p50_ns as control_p50_ns,
    (select json_group_array(m.text) from alarm as m where m.launch_id = l.id) as alarms,
    (
        select r.headline_c from reading as r
        where r.launch_id = l.id and r.headline_c is not null
        order by r.id limit 1
    ) as start_temp_c,
    (
        select r.headline_c from reading as r
        where r.launch_id = l.id and r.headline_c is not null
        order by r.id desc limit 1
    ) as end_temp_c,
    (select max(r.is_throttled) from reading as r where r.launch_id = l.id) as was_throttled
from launch as l
join session_device as d on d.session = l.session and d.device = l.device
join session_variant as v on v.session = l.session and v.position = l.variant_position
left join launch_stat as s on s.launch_id = l.id
left join aggregate as a on a.launch_id = l.id
left join control as c on c.launch_id = l.id;

-- One row per device and variant of a session, also where nothing could be launched.
-- Numbers are medians over the launches that ended as they should or were stopped. Where a
-- program told only totals, they are medians of its means and medians, and is_aggregate says so.
-- All of them are sub-queries of one row, so that naming a session reaches the index.
create view result as
select
    d.session,
    d.device,
    d.name as device_name,
    d.is_virtual,
    (select s.origin = 'imported' from session as s where s.uid = d.session) as is_imported,
    v.model,
    v.recipe,
    v.digest,
    f.size_bytes,
    v.accelerator as accelerator_asked,
    v.threads,
    v.affinity,
    v.xnnpack,
    v.position as variant_position,
    (
        select count(*) from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
    ) as launches,
    (
        select count(*) from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.outcome in ('failed', 'interrupted')
    ) as failed,
    (
        select coalesce(sum(s.count), 0) from launch as l
        join launch_stat as s on s.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.outcome in ('done', 'stopped')
    ) as samples,
    exists (
        select 1 from launch as l
        join aggregate as a on a.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.outcome in ('done', 'stopped')
    ) as is_aggregate,
    (
        select coalesce(sum(a.runs), 0) from launch as l
        join aggregate as a on a.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.outcome in ('done', 'stopped')
    ) as aggregate_runs,
    (
        select avg(f.ns) filter (where f.rank in ((f.n + 1) / 2, (f.n + 2) / 2))
        from (
            select
                coalesce(s.p50_ns, a.p50_ns) as ns,
                row_number() over (order by coalesce(s.p50_ns, a.p50_ns)) as rank,
                count(*) over () as n
            from launch as l
            left join launch_stat as s on s.launch_id = l.id
            left join aggregate as a on a.launch_id = l.id
            where l.session = d.session and l.device = d.device and l.variant_position = v.position
                and l.outcome in ('done', 'stopped')
                and coalesce(s.p50_ns, a.p50_ns) is not null
        ) as f
    ) as p50_ns,
    (
        select avg(f.ns) filter (where f.rank in ((f.n + 1) / 2, (f.n + 2) / 2))
        from (
            select
                s.p90_ns as ns,
                row_number() over (order by s.p90_ns) as rank,
                count(*) over () as n
            from launch as l
            join launch_stat as s on s.launch_id = l.id
            where l.session = d.session and l.device = d.device and l.variant_position = v.position
                and l.outcome in ('done', 'stopped')
                and s.p90_ns is not null
        ) as f
    ) as p90_ns,
    (
        select avg(f.ns) filter (where f.rank in ((f.n + 1) / 2, (f.n + 2) / 2))
        from (
            select
                coalesce(s.mean_ns, a.mean_ns) as ns,
                row_number() over (order by coalesce(s.mean_ns, a.mean_ns)) as rank,
                count(*) over () as n
            from launch as l
            left join launch_stat as s on s.launch_id = l.id
            left join aggregate as a on a.launch_id = l.id
            where l.session = d.session and l.device = d.device and l.variant_position = v.position
                and l.outcome in ('done', 'stopped')
                and coalesce(s.mean_ns, a.mean_ns) is not null
        ) as f
    ) as mean_ns,
    (
        select case
            when count(coalesce(s.p50_ns, a.p50_ns)) > 1
            then max(coalesce(s.p50_ns, a.p50_ns)) - min(coalesce(s.p50_ns, a.p50_ns))
        end
        from launch as l
        left join launch_stat as s on s.launch_id = l.id
        left join aggregate as a on a.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.outcome in ('done', 'stopped')
    ) as spread_ns,
    -- The launch that fell back furthest, so that no other one hides it.
    coalesce((
        select l.coverage from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
        order by instr('none partial full unknown', l.coverage), l.id desc limit 1
    ), 'unknown') as coverage,
    coalesce((
        select l.accelerator_used from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
        order by instr('none partial full unknown', l.coverage), l.id desc limit 1
    ), '') as accelerator_used,
    (
        select c.p50_ns from launch as l
        join control as c on c.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
        order by l.id desc limit 1
    ) as control_p50_ns,
    (
        select json_group_array(a.text) from launch as l
        join alarm as a on a.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
    ) as alarms,
    (
        select r.headline_c from launch as l
        join reading as r on r.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and r.headline_c is not null
        order by r.id desc limit 1
    ) as end_temp_c,
    (
        select max(r.is_throttled) from launch as l
        join reading as r on r.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
    ) as was_throttled,
    coalesce((
        select l.cause from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.cause <> ''
        order by l.id desc limit 1
    ), d.cause) as cause,
    coalesce((
        select l.error_code from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.cause <> ''
        order by l.id desc limit 1
    ), d.error_code) as error_code
from session_device as d
join session_variant as v on v.session = d.session
join variant as f on f.digest = v.digest;
