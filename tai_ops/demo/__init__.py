"""The sample company, made by performing the runbooks: 13 weeks of history, seen on Friday 3 April 2026 at 16:00."""

from tai_ops.demo.make import make_demo
from tai_ops.demo.service import CLOCK

__all__ = ["CLOCK", "make_demo"]
