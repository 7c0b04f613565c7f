-- What is measured and said of a customer besides its accuracy. Rows are only added, the newest of a subject holds;
-- the list of items alone is replaced as a whole when a newer one comes.

-- Single figures: the hours that the customer needs, what an hour of counting costs, what the result is worth a year.
create table customer_figures (
    customer_id varchar not null,
    figure varchar not null,
    amount decimal(18, 6),
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- The top types of errors as they were measured; `per_month` is null where nobody counted them.
create table customer_error_types (
    customer_id varchar not null,
    measured_on date not null,
    moment varchar not null,
    error_type varchar not null,
    per_month decimal(18, 6),
    state varchar not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

create table customer_sentiments (
    customer_id varchar not null,
    felt_on date not null,
    sentiment varchar not null,
    note varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- Counts of one day made by hand and with TAI at the same time.
create table parallel_counts (
    customer_id varchar not null,
    warehouse varchar not null,
    counted_on date not null,
    manual_qty decimal(18, 6) not null,
    tai_qty decimal(18, 6) not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- The items that a customer has: counts of others are refused.
create table customer_items (
    customer_id varchar not null,
    sku varchar not null
);

create table customer_item_lists (
    customer_id varchar not null,
    source varchar not null,
    source_sha256 varchar not null,
    items bigint not null,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);
