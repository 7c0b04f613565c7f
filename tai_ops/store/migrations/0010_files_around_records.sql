-- What comes in from other systems' files, and the evidence that people put beside a record.

-- The stages that a deal went through, as another system kept them.
create table deal_stages (
    deal_id varchar not null,
    entered_at timestamptz not null,
    stage varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

-- Tasks and action items out of task boards.
create table tasks (
    task_id varchar not null,
    title varchar not null,
    state varchar not null,
    customer_id varchar,
    project varchar,
    section varchar,
    owner varchar,
    owner_email varchar,
    starts_on date,
    due_on date,
    done_on date,
    parent_id varchar,
    blocked_by varchar,
    tags varchar,
    notes varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

-- Which stage of ours another system's stage is; the newest row of a name holds.
create table stage_names (
    name varchar not null,
    stage varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);

-- A file (kept in `files` by its hash) or a link beside a record.
create table evidence (
    evidence_id varchar not null,
    subject_kind varchar not null,
    subject_key varchar not null,
    note varchar,
    link varchar,
    file_hash varchar,
    file_name varchar,
    content_type varchar,
    size_bytes bigint,
    added_at timestamptz not null,
    added_by varchar not null
);

create table evidence_voids (
    evidence_id varchar not null,
    reason varchar not null,
    voided_at timestamptz not null,
    voided_by varchar not null
);
