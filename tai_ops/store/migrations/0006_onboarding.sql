-- What people say and decide while they bring a customer in. Rows are only added; the newest of a subject holds.

-- The plan as it was first made, which slip is counted against.
create table onboarding_first_plans (
    customer_id varchar not null,
    plan_day integer not null,
    planned_on date not null,
    made_at timestamptz not null,
    made_by varchar not null
);

create table onboarding_steps (
    customer_id varchar not null,
    step_key varchar not null,
    event varchar not null,
    done_on date,
    minutes integer,
    note varchar,
    link varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- The decisions at the four weekly checks; remedies are names with commas between them.
create table onboarding_gates (
    customer_id varchar not null,
    week integer not null,
    decision varchar not null,
    reason varchar,
    remedies varchar not null,
    extend_days integer not null,
    decided_at timestamptz not null,
    decided_by varchar not null
);

-- A day of its own for a cutover, with the reason why it is not the plan's Friday.
create table onboarding_cutovers (
    customer_id varchar not null,
    cutover_on date not null,
    reason varchar not null,
    decided_at timestamptz not null,
    decided_by varchar not null
);

-- The day of the cutover: what was begun, done, decided and asked, by the minute.
create table cutover_events (
    customer_id varchar not null,
    item varchar not null,
    event varchar not null,
    happened_at timestamptz not null,
    note varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- Who asks the customer in which hour after it went live.
create table cutover_roster (
    customer_id varchar not null,
    hour_number integer not null,
    email varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table migration_checks (
    check_id varchar not null,
    customer_id varchar not null,
    export_name varchar not null,
    export_sha256 varchar not null,
    load_name varchar not null,
    load_sha256 varchar not null,
    export_records bigint not null,
    load_records bigint not null,
    faithful_records bigint not null,
    is_whole boolean not null,
    body_json varchar not null,
    checked_at timestamptz not null,
    checked_by varchar not null
);

-- Samples of loaded items: drawn by a seed, so that the same draw can be made again.
create table spot_checks (
    spot_check_id varchar not null,
    customer_id varchar not null,
    source varchar not null,
    source_sha256 varchar not null,
    seed bigint not null,
    population bigint not null,
    drawn_at timestamptz not null,
    drawn_by varchar not null
);

create table spot_check_items (
    spot_check_id varchar not null,
    place integer not null,
    location varchar not null,
    sku varchar not null,
    record_qty decimal(18, 6) not null
);

create table spot_check_results (
    spot_check_id varchar not null,
    place integer not null,
    counted_qty decimal(18, 6) not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table onboarding_checkins (
    customer_id varchar not null,
    held_on date not null,
    performance varchar not null,
    accuracy varchar not null,
    training varchar not null,
    sentiment varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table onboarding_issues (
    issue_id varchar not null,
    customer_id varchar not null,
    branch varchar not null,
    title varchar not null,
    is_major boolean not null,
    state varchar not null,
    note varchar,
    raised_on date not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table onboarding_questions (
    question_id varchar not null,
    customer_id varchar not null,
    question varchar not null,
    answer varchar,
    state varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- What a customer answered to the questions about more; the deal is what came of it.
create table expansion_answers (
    customer_id varchar not null,
    question varchar not null,
    answer varchar not null,
    amount decimal(18, 2),
    deal_id varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- The company's own words for a message; the newest holds, and one without a body goes back to the program's.
create table message_templates (
    template_id varchar not null,
    subject varchar,
    body varchar,
    changed_at timestamptz not null,
    changed_by varchar not null
);
