create table alert_events (
    sender varchar not null,
    event_key varchar not null,
    incident_id varchar not null,
    action varchar not null,
    happened_at timestamptz not null,
    detected_at timestamptz not null,
    title varchar not null,
    severity varchar,
    received_at timestamptz not null,
    received_by varchar not null
);
