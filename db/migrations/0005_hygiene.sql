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
