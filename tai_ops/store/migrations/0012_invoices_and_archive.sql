-- What stands around an invoice, what a close leaves behind as files, and how long its steps took.

-- That an invoice went out; the newest row of an invoice holds, and one without a day takes the stamp back.
create table invoice_sends (
    invoice_number varchar not null,
    sent_on date,
    channel varchar,
    external_id varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- The lines of an invoice that was made here, and what each of them bills.
create table invoice_lines (
    invoice_number varchar not null,
    line_number bigint not null,
    source_kind varchar not null,
    source_id varchar not null,
    description varchar not null,
    quantity decimal(18,6),
    rate decimal(18,2),
    amount decimal(18,2) not null
);

-- Which invoice a credit note takes back, and why.
create table credit_notes (
    invoice_number varchar not null,
    credits varchar not null,
    reason varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- Money of a customer moved to an invoice: out of a payment, a credit note or an overpaid invoice.
create table applications (
    application_id varchar not null,
    source_kind varchar not null,
    source_id varchar not null,
    invoice_number varchar not null,
    amount decimal(18,2) not null,
    applied_on date not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table application_undos (
    application_id varchar not null,
    undone_at timestamptz not null,
    undone_by varchar not null
);

-- When a customer was last asked to pay, how, and what was said.
create table chases (
    customer_id varchar not null,
    chased_on date not null,
    channel varchar not null,
    note varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- The files that a close archived, by version; their content is kept in `files`.
create table close_files (
    month varchar not null,
    version bigint not null,
    file_name varchar not null,
    content_type varchar not null,
    file_hash varchar not null
);

-- Minutes that a person spent on a group of the month's checklist; the newest row of a group and person holds.
create table close_minutes (
    month varchar not null,
    step varchar not null,
    person varchar not null,
    minutes bigint not null,
    noted_at timestamptz not null
);

-- What a person said a bank line without a counterpart is: interest, a fee, a returned item, the bank's error.
create table line_natures (
    line_id varchar not null,
    nature varchar not null,
    note varchar,
    noted_at timestamptz not null,
    noted_by varchar not null
);
