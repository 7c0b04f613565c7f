-- Credits for missed uptime that a person posted: the customer's month, what it rests on, and the credit note that it became.

-- A credit stands as long as its note does; a note that was voided takes it back.
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
