-- Rows of a statement file that the account had already, as runs: a file that repeats a year's lines takes one row.

-- Rows `first_row` to `last_row` of the file are the lines `of_statement_id`-`of_row` and those that follow it there.
create table statement_repeats (
    statement_id varchar not null,
    first_row bigint not null,
    last_row bigint not null,
    of_statement_id varchar not null,
    of_row bigint not null
);
