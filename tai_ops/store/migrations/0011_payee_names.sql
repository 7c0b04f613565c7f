-- What a person said that a bank's spelling means, beside what confirmed matches teach; the newest row of a key holds,
-- and one without a party takes the saying back.
create table payee_names (
    spelling_key varchar not null,
    spelling varchar not null,
    party varchar,
    said_at timestamptz not null,
    said_by varchar not null
);
