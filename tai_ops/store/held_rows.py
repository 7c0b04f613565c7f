"""Which import holds which row: the rows of each file, so that a line whose import is undone stays where another has it.

A row that was new to its account is kept with its cells. Rows that the account had already are kept as runs, each
a stretch of the file that repeats a stretch of an earlier import: an export of a whole year takes a handful of rows.
"""

from tai_ops.store.connection import Write

_HELD = """
    select i.row_number, l.row_number as of_row,
        left(l.line_id, length(l.line_id) - length(l.row_number::varchar) - 1) as of_statement_id
    from incoming_lines i
    join statement_lines l on l.row_key = i.row_key and l.occurrence = i.occurrence
    where l.account = $account and not i.is_new
"""
"""The incoming rows that stand as lines; a line's id is the import that brought it and its row there."""


def keep_rows(write: Write, statement_id: str, account: str) -> None:
    """Keep the rows of `incoming_lines` as those of an import; before its new lines are written."""
    write.sql(
        f"""
        insert into statement_repeats (statement_id, first_row, last_row, of_statement_id, of_row)
        select $id, min(row_number), max(row_number), of_statement_id, min(of_row)
        from (
            select row_number, of_row, of_statement_id,
                row_number - row_number() over (partition by of_statement_id, of_row - row_number order by row_number) as run
            from ({_HELD})
        )
        group by of_statement_id, of_row - row_number, run
        """,
        {"id": statement_id, "account": account},
    )
    write.sql(
        """
        insert into statement_rows (statement_id, row_number, row_key, occurrence, raw_cells)
        select $id, row_number, row_key, occurrence, case when is_new then raw else '' end
        from incoming_lines
        where is_new or row_number not in (
            select unnest(range(first_row, last_row + 1)) from statement_repeats where statement_id = $id
        )
        """,
        {"id": statement_id},
    )


def rehome(write: Write, statement_id: str, account: str) -> int:
    """Give the lines that another import that stands holds too to that one, the earliest of several; how many."""
    done = write.sql(
        """
        with others as (
            select statement_id from statements s
            where account = $account and statement_id <> $id
              and not exists (select 1 from statement_undos u where u.statement_id = s.statement_id)
        ),
        repeated as (
            select statement_id, of_statement_id || '-' || unnest(range(of_row, of_row + last_row - first_row + 1)) as line_id
            from statement_repeats where statement_id in (select statement_id from others)
        ),
        holding as (
            select l.line_id, r.statement_id
            from statement_lines l join statement_rows r using (row_key, occurrence) join others o on o.statement_id = r.statement_id
            where l.statement_id = $id
            union all
            select line_id, statement_id from repeated
        )
        update statement_lines as l set statement_id = h.statement_id
        from (select line_id, min(statement_id) as statement_id from holding group by line_id) h
        where l.statement_id = $id and l.line_id = h.line_id
        """,
        {"id": statement_id, "account": account},
    ).fetchone()
    return int(done[0]) if done else 0
