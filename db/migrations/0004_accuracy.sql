-- What launches are for, what their outputs were worth, what a device sustains, and what it was
-- spared.

alter table launch add column purpose text not null default 'measure'
    check (purpose in ('check', 'measure', 'evaluate'));

-- p90 of the last third of the measured time; what older versions stored does not have it.
alter table launch_stat add column tail_p90_ns real;

create table session_skip (
    session text not null references session (uid) on delete cascade,
    device text not null,
    variant_position integer not null,
    reason text not null,
    primary key (session, device, variant_position)
) strict, without rowid;

create table eval_set (
    digest text not null primary key,
    name text not null,
    task text not null,
    count integer not null,
    classes integer not null,
    label_names text not null,
    preparation text not null,
    source text not null,
    licence text not null
) strict;

-- Without a reference to eval_set: a score is worth keeping also where nobody described its set.
create table score (
    launch_id integer primary key references launch (id) on delete cascade,
    eval_set text not null,
    items integer not null,
    top1 integer not null,
    top1_low real not null,
    top1_high real not null,
    top5 integer not null,
    top5_low real not null,
    top5_high real not null,
    health text not null,
    golden_items integer,
    golden_snr_db real,
    golden_agree integer,
    golden_cosine real
) strict;

-- One JSON array of [predicted, label_rank, confidence_e4] for each item: json_each walks it once,
-- whereas a join of three arrays would walk two of them for each item of the first.
create table prediction (
    launch_id integer primary key references launch (id) on delete cascade,
    n integer not null,
    items text not null
) strict;

create view prediction_item as
select
    l.uid as launch,
    i.key as item,
    json_extract(i.value, '$[0]') as predicted,
    json_extract(i.value, '$[1]') as label_rank,
    json_extract(i.value, '$[1]') = 1 as is_right,
    json_extract(i.value, '$[2]') / 10000.0 as confidence
from launch as l
join prediction as p on p.launch_id = l.id
join json_each(p.items) as i;

-- What devices were set to for the time of a session's launches.

create table session_setting (
    session text not null references session (uid) on delete cascade,
    device text not null,
    name text not null,
    value text not null,
    refusal text not null default '',
    primary key (session, device, name)
) strict, without rowid;

drop view launch_summary;
drop view result;

-- Launches that measure. The others (checks of the golden items, evaluations) are in the table
-- `launch`, and what they found out in `accuracy`.
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
    s.tail_p90_ns,
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
    (select max(r.is_throttled) from reading as r where r.launch_id = l.id) as was_throttled,
    (
        select json_group_array(h.name || '=' || h.value) from session_setting as h
        where h.session = l.session and h.device = l.device and h.refusal = ''
    ) as settings
from launch as l
join session_device as d on d.session = l.session and d.device = l.device
join session_variant as v on v.session = l.session and v.position = l.variant_position
left join launch_stat as s on s.launch_id = l.id
left join aggregate as a on a.launch_id = l.id
left join control as c on c.launch_id = l.id
where l.purpose = 'measure';

-- One row per device and variant of a session, also where nothing could be launched.
-- Numbers are medians over the launches that ended as they should or were stopped. Where a
-- program told only totals, they are medians of its means and medians, and is_aggregate says so.
-- Only launches that measure count; why any launch failed, and what is not believable about any,
-- is told whatever it was for.
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
    f.format,
    f.size_bytes,
    f.parameters,
    json_extract(f.inputs, '$[0].shape') as input_shape,
    v.accelerator as accelerator_asked,
    v.threads,
    v.affinity,
    v.xnnpack,
    v.position as variant_position,
    (
        select count(*) from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
    ) as launches,
    (
        select count(*) from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
            and l.outcome in ('failed', 'interrupted')
    ) as failed,
    (
        select coalesce(sum(s.count), 0) from launch as l
        join launch_stat as s on s.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
            and l.outcome in ('done', 'stopped')
    ) as samples,
    exists (
        select 1 from launch as l
        join aggregate as a on a.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
            and l.outcome in ('done', 'stopped')
    ) as is_aggregate,
    (
        select coalesce(sum(a.runs), 0) from launch as l
        join aggregate as a on a.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
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
                and l.purpose = 'measure'
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
                and l.purpose = 'measure'
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
                and l.purpose = 'measure'
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
            and l.purpose = 'measure'
            and l.outcome in ('done', 'stopped')
    ) as spread_ns,
    -- Launches laid end to end: the median of the p90s of those that begin in the last third of
    -- at least 90 s, or else the p90 of the last third of the last one.
    (
        select avg(f.ns) filter (where f.rank in ((f.n + 1) / 2, (f.n + 2) / 2))
        from (
            select
                t.ns,
                row_number() over (order by t.ns) as rank,
                count(*) over () as n
            from (
                select
                    case
                        when e.begin_ns >= e.total_ns * 2 / 3 then e.p90_ns
                        else e.tail_p90_ns
                    end as ns
                from (
                    select
                        s.p90_ns,
                        s.tail_p90_ns,
                        sum(s.count * s.mean_ns) over () as total_ns,
                        sum(s.count * s.mean_ns) over (order by l.id) - s.count * s.mean_ns
                            as begin_ns,
                        row_number() over (order by l.id desc) as from_end
                    from launch as l
                    join launch_stat as s on s.launch_id = l.id
                    where l.session = d.session and l.device = d.device
                        and l.variant_position = v.position
                        and l.purpose = 'measure'
                        and l.outcome in ('done', 'stopped')
                ) as e
                where e.total_ns >= 90e9 and (e.begin_ns >= e.total_ns * 2 / 3 or e.from_end = 1)
            ) as t
            where t.ns is not null
        ) as f
    ) as sustained_p90_ns,
    -- The launch that fell back furthest, so that no other one hides it.
    coalesce((
        select l.coverage from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
        order by instr('none partial full unknown', l.coverage), l.id desc limit 1
    ), 'unknown') as coverage,
    coalesce((
        select l.accelerator_used from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
        order by instr('none partial full unknown', l.coverage), l.id desc limit 1
    ), '') as accelerator_used,
    (
        select c.p50_ns from launch as l
        join control as c on c.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
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
            and l.purpose = 'measure'
            and r.headline_c is not null
        order by r.id desc limit 1
    ) as end_temp_c,
    (
        select max(r.is_throttled) from launch as l
        join reading as r on r.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.purpose = 'measure'
    ) as was_throttled,
    -- Broken once is broken.
    (
        select case
            when count(*) = 0 then 'unchecked'
            when count(*) filter (where s.health <> 'ok') > 0 then 'broken'
            else 'ok'
        end
        from launch as l
        join score as s on s.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
    ) as numerics,
    (
        select s.golden_snr_db from launch as l
        join score as s on s.launch_id = l.id
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and s.golden_items is not null
        order by l.id desc limit 1
    ) as golden_snr_db,
    scored.eval_set,
    (select e.name from eval_set as e where e.digest = scored.eval_set) as eval_set_name,
    scored.items as eval_items,
    scored.top1,
    scored.top1 * 1.0 / nullif(scored.items, 0) as top1_share,
    scored.top1_low,
    scored.top1_high,
    scored.top5,
    scored.top5 * 1.0 / nullif(scored.items, 0) as top5_share,
    coalesce((
        select l.cause from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.cause <> ''
        order by l.id desc limit 1
    ), (
        select k.reason from session_skip as k
        where k.session = d.session and k.device = d.device and k.variant_position = v.position
    ), d.cause) as cause,
    coalesce((
        select l.error_code from launch as l
        where l.session = d.session and l.device = d.device and l.variant_position = v.position
            and l.cause <> ''
        order by l.id desc limit 1
    ), d.error_code) as error_code
from session_device as d
join session_variant as v on v.session = d.session
join variant as f on f.digest = v.digest
-- What the newest evaluation scored.
left join score as scored on scored.launch_id = (
    select l.id from launch as l
    join score as s on s.launch_id = l.id
    where l.session = d.session and l.device = d.device and l.variant_position = v.position
        and l.purpose = 'evaluate'
    order by l.id desc limit 1
);

-- One row per launch whose outputs were scored, whatever it was for.
create view accuracy as
select
    l.uid as launch,
    l.session,
    l.device,
    d.name as device_name,
    d.soc,
    d.os_version,
    d.build,
    d.is_virtual,
    v.model,
    v.recipe,
    v.digest,
    l.variant_position,
    l.started_us,
    l.engine,
    l.runner,
    v.accelerator as accelerator_asked,
    l.accelerator_used,
    v.threads,
    v.affinity,
    v.xnnpack,
    l.purpose,
    s.eval_set,
    coalesce(e.name, '') as eval_set_name,
    s.items,
    s.top1,
    s.top1 * 1.0 / nullif(s.items, 0) as top1_share,
    s.top1_low,
    s.top1_high,
    s.top5,
    s.top5 * 1.0 / nullif(s.items, 0) as top5_share,
    s.top5_low,
    s.top5_high,
    s.health,
    case when s.health = 'ok' then 'ok' else 'broken' end as numerics,
    s.golden_items,
    s.golden_snr_db,
    s.golden_agree,
    s.golden_cosine
from launch as l
join score as s on s.launch_id = l.id
join session_device as d on d.session = l.session and d.device = l.device
join session_variant as v on v.session = l.session and v.position = l.variant_position
left join eval_set as e on e.digest = s.eval_set;
