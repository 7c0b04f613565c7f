-- What people say around a review beside its notes; the newest row of a subject holds.

-- Whether the owner of a block is ready for the meeting.
create table review_ready (
    week date not null,
    block varchar not null,
    ready boolean not null,
    marked_at timestamptz not null,
    marked_by varchar not null
);

-- What a promise is measured by: a number and what it has to reach, or a day of a customer's plan, or a person's yes.
create table note_measures (
    note_id varchar not null,
    measure varchar not null,
    kpi varchar,
    at_least decimal(18, 6),
    customer_id varchar
);

-- What people write beside a day, for every chart that shows it.
create table annotations (
    annotation_id varchar not null,
    noted_on date not null,
    text varchar not null,
    state varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);

create table absences (
    absence_id varchar not null,
    email varchar not null,
    first_on date not null,
    last_on date not null,
    state varchar not null,
    noted_at timestamptz not null,
    noted_by varchar not null
);
