"""A button's act that is done once, however fast the button is clicked.

A second click starts a script of its own beside the first one's, which is stopped at its next look into the session:
that can be right after its write. So writes of the pages take turns here, and what each answered is kept outside the
session, for the second click to say.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from tai_ops.app import forms

Result = TypeVar("Result")
MOST_ANSWERS = 50

_turn = threading.RLock()
_answers: OrderedDict[str, Any] = OrderedDict()


def click(form: str, act: Callable[..., object], *given: Any) -> tuple[Any, ...]:
    """The `args` of a button whose `on_click` is `acted`: the act and what it is given, for this filling of the form."""
    return form, forms.submit_token(form), act, given


def acted(form: str, token: str, act: Callable[..., object], given: tuple[Any, ...]) -> None:
    """Do the act, unless the form was saved since the button was drawn: then this is the same click again."""
    if forms.submit_token(form) == token:
        act(*given)


def run_once(
    form: str,
    write: Callable[[], Result],
    said: Callable[[Result], str],
    undo: Callable[[Result], Callable[[], str]] | None = None,
) -> Result | None:
    """Carry out a form's write as `forms.run_write` does; where this filling was written already, say so again."""
    token = forms.submit_token(form)

    def once() -> Result:
        with _turn:
            if token not in _answers:
                _answers[token] = write()
                if len(_answers) > MOST_ANSWERS:
                    _answers.popitem(last=False)
            return _answers[token]

    return forms.run_write(form, once, said, undo)
