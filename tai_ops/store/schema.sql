-- Generated from the migrations; `make schema` writes it anew.

create table absences (
    absence_id varchar not null,
    email varchar not null,
    first_on date not null,
    last_on date not null,
    state varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);

create table account_layouts (
    account varchar not null,
    layout_json varchar not null,
    confirmed_at timestamptz not null,
    confirmed_by varchar not null
);

create table accounts (
    account varchar not null,
    name varchar not null,
    kind varchar not null,
    currency varchar not null,
    opened_on date not null,
    opening_balance decimal(18,2),
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

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

create table annotations (
    annotation_id varchar not null,
    noted_on date not null,
    text varchar not null,
    state varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);

create table application_undos (
    application_id varchar not null,
    undone_at timestamptz not null,
    undone_by varchar not null
);

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

create table audit (
    audit_id varchar not null,
    done_at timestamptz not null,
    done_by varchar not null,
    role varchar not null,
    event varchar not null,
    subject_kind varchar,
    subject_key varchar,
    detail_json varchar not null,
    request_key varchar
);

create table bills (
    bill_id varchar not null,
    account varchar,
    incurred_on date not null,
    due_on date,
    paid_on date,
    payee varchar not null,
    amount decimal(18,2) not null,
    tax_amount decimal(18,2),
    category varchar,
    reference varchar,
    reimbursable_to varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table category_rules (
    rule_id varchar not null,
    place bigint not null,
    text_is varchar,
    text varchar,
    amount_from decimal(18,2),
    amount_to decimal(18,2),
    account varchar,
    direction varchar,
    category varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table chases (
    customer_id varchar not null,
    chased_on date not null,
    channel varchar not null,
    note varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table close_files (
    month varchar not null,
    version bigint not null,
    file_name varchar not null,
    content_type varchar not null,
    file_hash varchar not null
);

create table close_minutes (
    month varchar not null,
    step varchar not null,
    person varchar not null,
    minutes bigint not null,
    noted_at timestamptz not null
);

create table close_ticks (
    month varchar not null,
    item varchar not null,
    note varchar,
    ticked boolean not null,
    ticked_at timestamptz not null,
    ticked_by varchar not null
);

create table closes (
    month varchar not null,
    version bigint not null,
    event varchar not null,
    snapshot_id varchar,
    reason varchar,
    done_at timestamptz not null,
    done_by varchar not null
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

create table counts (
    customer_id varchar not null,
    warehouse varchar not null,
    counted_on date not null,
    location varchar not null,
    sku varchar not null,
    abc_class varchar,
    unit_cost decimal(18,6),
    record_qty decimal(18,6) not null,
    counted_qty decimal(18,6) not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table credit_notes (
    invoice_number varchar not null,
    credits varchar not null,
    reason varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table customer_error_types (
    customer_id varchar not null,
    measured_on date not null,
    moment varchar not null,
    error_type varchar not null,
    per_month decimal(18,6),
    state varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table customer_figures (
    customer_id varchar not null,
    figure varchar not null,
    amount decimal(18,6),
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table customer_item_lists (
    customer_id varchar not null,
    source varchar not null,
    source_sha256 varchar not null,
    items bigint not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table customer_items (
    customer_id varchar not null,
    sku varchar not null
);

create table customer_sentiments (
    customer_id varchar not null,
    felt_on date not null,
    sentiment varchar not null,
    note varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table customers (
    customer_id varchar not null,
    name varchar not null,
    industry varchar,
    time_zone varchar,
    csm_email varchar,
    signed_on date,
    go_live_on date,
    warehouses bigint,
    items bigint,
    status varchar not null,
    reference_consent boolean,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table cutover_events (
    customer_id varchar not null,
    item varchar not null,
    event varchar not null,
    happened_at timestamptz not null,
    note varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table cutover_roster (
    customer_id varchar not null,
    hour_number integer not null,
    email varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table deal_stages (
    deal_id varchar not null,
    entered_at timestamptz not null,
    stage varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table deals (
    deal_id varchar not null,
    prospect_id varchar not null,
    stage varchar not null,
    amount decimal(18,2),
    probability_pct decimal(9,4),
    entered_stage_on date,
    expected_close_on date,
    closed_on date,
    lost_reason varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table drafts (
    person varchar not null,
    form varchar not null,
    body_json varchar not null,
    kept_at timestamptz not null
);

create table duplicate_decisions (
    line_id varchar not null,
    decision varchar not null,
    decided_at timestamptz not null,
    decided_by varchar not null
);

create table entries (
    entry_id varchar not null,
    account varchar not null,
    booked_on date not null,
    amount decimal(18,2) not null,
    kind varchar not null,
    counter_account varchar,
    payee varchar,
    reference varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table entry_categories (
    entry_id varchar not null,
    category varchar,
    rule_id varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

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

create table expansion_answers (
    customer_id varchar not null,
    question varchar not null,
    answer varchar not null,
    amount decimal(18,2),
    deal_id varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table files (
    file_hash varchar not null,
    file_name varchar not null,
    size_bytes bigint not null,
    content blob not null,
    kept_at timestamptz not null,
    kept_by varchar not null
);

create table history (
    kind varchar not null,
    row_key varchar not null,
    row_json varchar not null,
    event varchar not null,
    reason varchar,
    changed_at timestamptz not null,
    changed_by varchar not null,
    audit_id varchar not null
);

create table holidays (
    day date not null,
    customer_id varchar,
    name varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table impacts (
    incident_id varchar not null,
    customer_id varchar not null,
    began_at timestamptz not null,
    ended_at timestamptz,
    level varchar not null,
    service varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

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

create table incidents (
    incident_id varchar not null,
    title varchar not null,
    severity varchar,
    began_at timestamptz,
    detected_at timestamptz not null,
    acknowledged_at timestamptz,
    diagnosed_at timestamptz,
    path_at timestamptz,
    mitigated_at timestamptz,
    resolved_at timestamptz,
    root_cause varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table investor_notes (
    month varchar not null,
    highlights varchar,
    lowlights varchar,
    asks varchar,
    noted_at timestamptz not null,
    noted_by varchar not null
);

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

create table invoice_sends (
    invoice_number varchar not null,
    sent_on date,
    channel varchar,
    external_id varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table invoices (
    invoice_number varchar not null,
    customer_id varchar not null,
    issued_on date not null,
    due_on date,
    amount decimal(18,2) not null,
    tax_amount decimal(18,2),
    kind varchar not null,
    service_from date,
    service_to date,
    memo varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

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

create table line_natures (
    line_id varchar not null,
    nature varchar not null,
    note varchar,
    noted_at timestamptz not null,
    noted_by varchar not null
);

create table match_decisions (
    decision_id varchar not null,
    line_id varchar not null,
    entry_kind varchar not null,
    entry_id varchar not null,
    amount decimal(18,2) not null,
    decision varchar not null,
    stage varchar not null,
    score bigint not null,
    reasons_json varchar not null,
    decided_at timestamptz not null,
    decided_by varchar not null
);

create table measurements (
    customer_id varchar not null,
    warehouse varchar not null,
    measured_on date not null,
    kind varchar not null,
    method varchar not null,
    accuracy_pct decimal(9,4),
    count_hours decimal(18,6),
    counts_per_quarter decimal(18,6),
    errors_per_month decimal(18,6),
    error_cost_per_month decimal(18,2),
    satisfaction decimal(18,6),
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table message_templates (
    template_id varchar not null,
    subject varchar,
    body varchar,
    changed_at timestamptz not null,
    changed_by varchar not null
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

create table note_measures (
    note_id varchar not null,
    measure varchar not null,
    kpi varchar,
    at_least decimal(18,6),
    customer_id varchar
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

create table onboarding_cutovers (
    customer_id varchar not null,
    cutover_on date not null,
    reason varchar not null,
    decided_at timestamptz not null,
    decided_by varchar not null
);

create table onboarding_first_plans (
    customer_id varchar not null,
    plan_day integer not null,
    planned_on date not null,
    made_at timestamptz not null,
    made_by varchar not null
);

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

create table onboardings (
    customer_id varchar not null,
    kickoff_on date not null,
    done_through_day bigint,
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

create table parallel_counts (
    customer_id varchar not null,
    warehouse varchar not null,
    counted_on date not null,
    manual_qty decimal(18,6) not null,
    tai_qty decimal(18,6) not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table payee_names (
    spelling_key varchar not null,
    spelling varchar not null,
    party varchar,
    said_at timestamptz not null,
    said_by varchar not null
);

create table payments (
    payment_id varchar not null,
    account varchar not null,
    received_on date not null,
    amount decimal(18,2) not null,
    invoice_number varchar,
    payer varchar,
    reference varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table people (
    email varchar not null,
    name varchar not null,
    role varchar not null,
    active boolean,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table possible_duplicates (
    line_id varchar not null,
    other_line_id varchar not null,
    similarity bigint not null,
    found_at timestamptz not null
);

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

create table probes (
    service varchar not null,
    seen_at timestamptz not null,
    source varchar not null,
    ok boolean not null,
    latency_ms decimal(18,6),
    status bigint,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table proposal_approvals (
    proposal_id varchar not null,
    content_hash varchar not null,
    part varchar not null,
    decision varchar not null,
    note varchar,
    decided_at timestamptz not null,
    decided_by varchar not null
);

create table proposal_events (
    proposal_id varchar not null,
    event varchar not null,
    happened_at timestamptz not null,
    content_hash varchar,
    file_hash varchar,
    note varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table proposal_values (
    proposal_id varchar not null,
    name varchar not null,
    value varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table proposal_versions (
    proposal_id varchar not null,
    version bigint not null,
    content_hash varchar not null,
    content_json varchar not null,
    made_at timestamptz not null,
    made_by varchar not null
);

create table proposals (
    proposal_id varchar not null,
    deal_id varchar not null,
    requested_at timestamptz not null,
    sent_at timestamptz,
    services decimal(18,2),
    licence decimal(18,2),
    status varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table prospects (
    prospect_id varchar not null,
    company varchar not null,
    contact varchar,
    email varchar,
    industry varchar,
    source varchar,
    owner_email varchar,
    created_on date not null,
    warehouses bigint,
    items bigint,
    current_system varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table qualifications (
    qualification_id varchar not null,
    prospect_id varchar not null,
    answers_json varchar not null,
    decision_json varchar not null,
    decision varchar not null,
    decided_at timestamptz not null,
    decided_by varchar not null
);

create table reconciliations (
    account varchar not null,
    through_on date not null,
    bank_balance decimal(18,2) not null,
    book_balance decimal(18,2) not null,
    difference decimal(18,2) not null,
    explained boolean not null,
    statement_json varchar not null,
    event varchar not null,
    reason varchar,
    done_at timestamptz not null,
    done_by varchar not null
);

create table review_notes (
    note_id varchar not null,
    week date not null,
    block varchar not null,
    kind varchar not null,
    body varchar not null,
    owner varchar,
    due_on date,
    state varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);

create table review_ready (
    week date not null,
    block varchar not null,
    ready boolean not null,
    marked_at timestamptz not null,
    marked_by varchar not null
);

create table reviews (
    week date not null,
    event varchar not null,
    snapshot_id varchar,
    done_at timestamptz not null,
    done_by varchar not null
);

create table sales_ticks (
    task_key varchar not null,
    done boolean not null,
    ticked_at timestamptz not null,
    ticked_by varchar not null
);

create table schema_versions (
    version integer not null,
    name varchar not null,
    event varchar not null,
    engine varchar not null,
    ran_at timestamptz not null
);

create table scores (
    customer_id varchar not null,
    respondent varchar not null,
    answered_on date not null,
    score bigint not null,
    comment varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table service_names (
    name varchar not null,
    service varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);

create table services (
    service_id varchar not null,
    customer_id varchar not null,
    delivered_on date,
    description varchar not null,
    hours decimal(18,6),
    rate decimal(18,2),
    amount decimal(18,2),
    basis varchar not null,
    reached_on date,
    invoice_number varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table settings (
    name varchar not null,
    value_json varchar,
    before_json varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table sla_credits (
    customer_id varchar not null,
    month varchar not null,
    invoice_number varchar not null,
    uptime_pct decimal(9,4) not null,
    downtime_minutes decimal(18,6) not null,
    budget_minutes decimal(18,6) not null,
    fee decimal(18,2) not null,
    credit_pct decimal(9,4) not null,
    amount decimal(18,2) not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table snapshots (
    snapshot_id varchar not null,
    subject varchar not null,
    period varchar not null,
    version bigint not null,
    body_json varchar not null,
    body_hash varchar not null,
    taken_at timestamptz not null,
    taken_by varchar not null
);

create table spot_check_items (
    spot_check_id varchar not null,
    place integer not null,
    location varchar not null,
    sku varchar not null,
    record_qty decimal(18,6) not null
);

create table spot_check_results (
    spot_check_id varchar not null,
    place integer not null,
    counted_qty decimal(18,6) not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

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

create table stage_names (
    name varchar not null,
    stage varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);

create table statement_balances (
    account varchar not null,
    stated_on date not null,
    amount decimal(18,2) not null,
    source varchar not null,
    statement_id varchar,
    stated_at timestamptz not null,
    stated_by varchar not null
);

create table statement_lines (
    line_id varchar not null,
    statement_id varchar not null,
    account varchar not null,
    row_number bigint not null,
    booked_on date not null,
    amount decimal(18,2) not null,
    currency varchar,
    payee varchar,
    description varchar,
    reference varchar,
    bank_id varchar,
    balance decimal(18,2),
    row_key varchar not null,
    occurrence bigint not null
);

create table statement_repeats (
    statement_id varchar not null,
    first_row bigint not null,
    last_row bigint not null,
    of_statement_id varchar not null,
    of_row bigint not null
);

create table statement_rows (
    statement_id varchar not null,
    row_number bigint not null,
    row_key varchar not null,
    occurrence bigint not null,
    raw_cells varchar not null
);

create table statement_undos (
    statement_id varchar not null,
    undone_at timestamptz not null,
    undone_by varchar not null
);

create table statements (
    statement_id varchar not null,
    account varchar not null,
    format varchar not null,
    layout_json varchar not null,
    file_hash varchar not null,
    file_name varchar not null,
    account_in_file varchar,
    currency varchar,
    period_start date,
    period_end date,
    opening_balance decimal(18,2),
    closing_balance decimal(18,2),
    read_count bigint not null,
    added_count bigint not null,
    duplicate_count bigint not null,
    net_total decimal(18,2) not null,
    warnings_json varchar not null,
    imported_at timestamptz not null,
    imported_by varchar not null
);

create table step_estimates (
    step_key varchar not null,
    minutes integer,
    decided_at timestamptz not null,
    decided_by varchar not null
);

create table store_facts (
    name varchar not null,
    value varchar not null
);

create table subscriptions (
    subscription_id varchar not null,
    customer_id varchar not null,
    plan varchar,
    starts_on date not null,
    ends_on date,
    amount decimal(18,2) not null,
    interval varchar not null,
    discount_pct decimal(9,4),
    trial_ends_on date,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

create table targets (
    kpi varchar not null,
    from_on date not null,
    target decimal(18,6),
    floor decimal(18,6),
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

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

create table token_revocations (
    name varchar not null,
    revoked_at timestamptz not null,
    revoked_by varchar not null
);

create table tokens (
    name varchar not null,
    scope varchar not null,
    token_hash varchar not null,
    made_at timestamptz not null,
    made_by varchar not null
);
