"""Runbook 4: an incident from minute 0 to its post-mortem. The CTO runs it; everybody reads and may add a note."""
