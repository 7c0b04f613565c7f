-- What the probes add up to, kept while they arrive, so that a year is read as fast as a day and raw samples need not stay.

-- Counts by service, minute (since 1970, UTC), whether it was good, and latency. The rows of a key add up: a batch appends
-- its own. A busy minute of a day that is over holds its latencies by `bin` alone, without `latency_ms`.
create table probe_minutes (
    service varchar not null,
    minute bigint not null,
    ok boolean not null,
    bin bigint,
    latency_ms decimal(18,6),
    samples bigint not null,
    errors bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null
);

-- The same by UTC day, of every day that is over: before that of the newest sample.
create table probe_days (
    service varchar not null,
    day date not null,
    ok boolean not null,
    bin bigint,
    samples bigint not null,
    errors bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null
);

insert into probe_minutes (service, minute, ok, bin, latency_ms, samples, errors, first_at, last_at)
select service, epoch_us(seen_at) // 60000000 as minute, ok,
       case when latency_ms is null then null when latency_ms <= 0 then -32000
            else ceil(ln(latency_ms::double) / ln(1.019::double)) end::bigint as bin,
       latency_ms, count(*),
       count(*) filter (coalesce(status, 0) >= 500 or (not ok and (status is null or status < 400 or status >= 500))), min(seen_at), max(seen_at)
from probes group by service, minute, ok, bin, latency_ms order by minute, service, ok, latency_ms;

insert into probe_days (service, day, ok, bin, samples, errors, first_at, last_at)
select service, date '1970-01-01' + (minute // 1440)::integer as day, ok, bin, sum(samples)::bigint, sum(errors)::bigint,
       min(first_at), max(last_at)
from probe_minutes
where minute // 1440 < (select max(minute) // 1440 from probe_minutes)
group by service, day, ok, bin order by day, service, ok, bin;
