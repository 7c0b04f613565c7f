-- An incident while it is run: what happened by the minute, how severe it was held to be, which timers were met.

-- One thing that was done or said; rows are only added. `item` names the step, check, message, role or part that it is
-- about, `customer_id` the customer that a message went to.
create table incident_events (
    event_id varchar not null,
    incident_id varchar not null,
    event varchar not null,
    item varchar,
    customer_id varchar,
    body varchar,
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- A severity with the signals that it was decided from; the newest holds. `why` says why it is not the computed one.
create table incident_severities (
    incident_id varchar not null,
    severity varchar,
    computed varchar,
    reasons_json varchar not null,
    signals_json varchar not null,
    why varchar,
    decided_at timestamptz not null,
    decided_by varchar not null
);

-- How a timer ended, kept when its step was entered or its severity was left. A miss stays; one without `met` runs again.
create table incident_timers (
    incident_id varchar not null,
    severity varchar not null,
    timer varchar not null,
    due_at timestamptz not null,
    reached_at timestamptz,
    met boolean,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);
