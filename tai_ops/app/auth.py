"""Who has signed in: the one place where sign-in belongs.

There is none yet, and the program serves loopback alone (`tai_ops.serve` refuses any other address), where whoever
sits at the machine says in the sidebar for whom they act.
"""


def signed_in_email() -> str | None:
    """The e-mail that the sign-in vouches for; None while there is no sign-in."""
    return None
