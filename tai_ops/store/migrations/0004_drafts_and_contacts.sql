-- What people have typed and not saved yet, and the people whom one talks to at a customer.

-- The newest state of each half-filled form, by person. No record: nothing is computed from it.
create table drafts (
    person varchar not null,
    form varchar not null,
    body_json varchar not null,
    kept_at timestamptz not null
);

create table contacts (
    contact_id varchar not null,
    customer_id varchar not null,
    name varchar not null,
    job varchar,
    email varchar,
    phone varchar,
    notes varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);
