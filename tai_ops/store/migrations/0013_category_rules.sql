-- Rules that give an expense its category, and what was said of booked entries, which carry no label of their own.

-- The newest row of a rule holds; one without a category takes it out. Rules are asked in the order of `place`.
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

-- The newest row of an entry holds; without a rule a person said it, without a category its kind tells it again.
create table entry_categories (
    entry_id varchar not null,
    category varchar,
    rule_id varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);
