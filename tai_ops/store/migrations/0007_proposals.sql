-- What stands around a proposal: what was typed for it, its versions, who approved which, and what happened to it.

-- A variable of a proposal; the newest row of a proposal and name holds, and one without a value takes it back.
create table proposal_values (
    proposal_id varchar not null,
    name varchar not null,
    value varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null
);

-- What was put up for approval: every variable with its origin, and the hash of the document's content.
create table proposal_versions (
    proposal_id varchar not null,
    version bigint not null,
    content_hash varchar not null,
    content_json varchar not null,
    made_at timestamptz not null,
    made_by varchar not null
);

-- A decision on a part (price, scope, document) of a content; the newest row of a content and part holds.
create table proposal_approvals (
    proposal_id varchar not null,
    content_hash varchar not null,
    part varchar not null,
    decision varchar not null,
    note varchar,
    decided_at timestamptz not null,
    decided_by varchar not null
);

-- What became of a proposal: asked for as urgent, sent, viewed, accepted, declined, expired, revised.
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

-- That a task which followed from a call is done; the newest row of a task holds.
create table sales_ticks (
    task_key varchar not null,
    done boolean not null,
    ticked_at timestamptz not null,
    ticked_by varchar not null
);
