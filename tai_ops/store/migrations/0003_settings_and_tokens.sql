-- What the company changes of its own settings, and the tokens by which other programs may ask.

-- One row a change; the newest row of a name holds. No value: what the file beside the store says, or the default.
create table settings (
    name varchar not null,
    value_json varchar,
    before_json varchar,
    recorded_at timestamptz not null,
    recorded_by varchar not null,
    recorded_from varchar not null
);

-- A token itself is kept nowhere, its hash is.
create table tokens (
    name varchar not null,
    scope varchar not null,
    token_hash varchar not null,
    made_at timestamptz not null,
    made_by varchar not null
);

create table token_revocations (
    name varchar not null,
    revoked_at timestamptz not null,
    revoked_by varchar not null
);
