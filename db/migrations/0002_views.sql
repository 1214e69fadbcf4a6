-- What people read. Documented in ../SCHEMA.md.

-- One row per sample. Written so that `where launch = …` and joins reach the index; the
-- sub-query of t_ns costs nothing unless t_ns is asked for. total() cannot overflow.
create view sample as
select
    l.uid as launch,
    c.seq0 + j.key as idx,
    c.t0_ns + case
        when c.offset_us is null then (
            select cast(total(earlier.value) as integer)
            from json_each(c.latency_ns) as earlier
            where earlier.key < j.key
        )
        else 1000 * json_extract(c.offset_us, '$[' || j.key || ']')
    end as t_ns,
    j.value as latency_ns,
    c.is_warmup
from launch as l
join sample_chunk as c on c.launch_id = l.id
join json_each(c.latency_ns) as j;

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
    l.engine,
    l.runner,
    v.accelerator as accelerator_asked,
    l.accelerator_used,
    v.threads,
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
left join launch_stat as s on s.launch_id = l.id;

-- One row per device and variant of a session, also where nothing could be launched.
-- Numbers are medians over the launches that ended as they should or were stopped.
create view result as
with ranked as (
    select
        l.session,
        l.device,
        l.variant_position,
        s.count,
        s.p50_ns,
        s.p90_ns,
        s.mean_ns,
        row_number() over (
            partition by l.session, l.device, l.variant_position order by s.p50_ns
        ) as p50_rank,
        row_number() over (
            partition by l.session, l.device, l.variant_position order by s.p90_ns
        ) as p90_rank,
        row_number() over (
            partition by l.session, l.device, l.variant_position order by s.mean_ns
        ) as mean_rank,
        count(*) over (partition by l.session, l.device, l.variant_position) as n
    from launch as l
    join launch_stat as s on s.launch_id = l.id
    where l.outcome in ('done', 'stopped')
),
median as (
    select
        session,
        device,
        variant_position,
        sum(count) as samples,
        avg(p50_ns) filter (where p50_rank in ((n + 1) / 2, (n + 2) / 2)) as p50_ns,
        avg(p90_ns) filter (where p90_rank in ((n + 1) / 2, (n + 2) / 2)) as p90_ns,
        avg(mean_ns) filter (where mean_rank in ((n + 1) / 2, (n + 2) / 2)) as mean_ns,
        case when count(*) > 1 then max(p50_ns) - min(p50_ns) end as spread_ns
    from ranked
    group by session, device, variant_position
)
select
    d.session,
    d.device,
    d.name as device_name,
    d.is_virtual,
    v.model,
    v.recipe,
    v.digest,
    f.size_bytes,
    v.accelerator as accelerator_asked,
    v.threads,
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
    coalesce(m.samples, 0) as samples,
    m.p50_ns,
    m.p90_ns,
    m.mean_ns,
    m.spread_ns,
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
    ), d.cause) as cause
from session_device as d
join session_variant as v on v.session = d.session
join variant as f on f.digest = v.digest
left join median as m
    on m.session = d.session and m.device = d.device and m.variant_position = v.position;

-- The stored percentiles beside the same numbers counted again from the samples
-- (Hyndman & Fan type 7). Slow by nature: name a launch.
create view launch_percentile_check as
select
    l.uid as launch,
    s.p50_ns,
    (
        select sum(o.latency_ns * (1 - abs(o.rank - 0.5 * (o.n - 1))))
        from (
            select
                x.latency_ns,
                row_number() over (order by x.latency_ns) - 1 as rank,
                count(*) over () as n
            from sample as x where x.launch = l.uid and x.is_warmup = 0
        ) as o
        where abs(o.rank - 0.5 * (o.n - 1)) < 1
    ) as counted_p50_ns,
    s.p90_ns,
    (
        select sum(o.latency_ns * (1 - abs(o.rank - 0.9 * (o.n - 1))))
        from (
            select
                x.latency_ns,
                row_number() over (order by x.latency_ns) - 1 as rank,
                count(*) over () as n
            from sample as x where x.launch = l.uid and x.is_warmup = 0
        ) as o
        where abs(o.rank - 0.9 * (o.n - 1)) < 1
    ) as counted_p90_ns
from launch as l
join launch_stat as s on s.launch_id = l.id;
