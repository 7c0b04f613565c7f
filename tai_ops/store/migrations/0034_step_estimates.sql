-- The minutes that a step of an onboarding is planned with in the plans made from then on. The newest row of a step
-- holds; no minutes: those of the runbook.
create table step_estimates (
    step_key varchar not null,
    minutes integer,
    decided_at timestamptz not null,
    decided_by varchar not null
);
