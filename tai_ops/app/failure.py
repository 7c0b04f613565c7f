"""What a page shows when something fails: one line, and the rest of the program goes on."""

import os
import sys
import traceback

import streamlit as st

from tai_ops.app.words import escape
from tai_ops.errors import TaiOpsError


def show_failure(failure: Exception) -> bool:
    """Show a refusal as its own line, anything else as a reference to the log; always True: it is dealt with."""
    if isinstance(failure, TaiOpsError):
        st.error(escape(failure), icon=":material/block:")
        return True
    reference = os.urandom(2).hex()
    sys.stderr.write(f"tai-ops: a page failed (reference {reference})\n")
    traceback.print_exception(failure, file=sys.stderr)
    st.error(
        f"This page hit an error (reference {reference}); everything else still works.",
        icon=":material/error:",
    )
    return True
