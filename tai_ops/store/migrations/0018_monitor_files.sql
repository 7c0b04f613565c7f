-- What files of monitors tell that is no single sample: how many answers took how long, and minutes down by the day.
create table latency_counts (
    service varchar not null,
    ended_at timestamptz not null,
    source varchar not null,
    low_ms decimal(18,6) not null,
    started_at timestamptz not null,
    high_ms decimal(18,6),
    samples bigint not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table outage_days (
    service varchar not null,
    day date not null,
    source varchar not null,
    minutes_down decimal(18,6) not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

-- Which service of ours a monitor's name for it means; the newest line counts.
create table service_names (
    name varchar not null,
    service varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);
