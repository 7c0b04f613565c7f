"""TAI Ops: six runbooks of a software company as one program over one DuckDB file."""
