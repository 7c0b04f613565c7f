"""Pages run without a browser: what AppTest does anew for each page is done once."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from streamlit.util import calc_hash

PATIENCE_SECONDS = 120.0

manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
"""It looks through every installed package for components; one look is enough."""


def page_hash(_app: AppTest, script: str) -> str:
    """The page of a script: addresses are named like the scripts, so the overview needn't be drawn first to know them."""
    return calc_hash(Path(script).stem.replace("_", "-"))


AppTest._resolve_page_hash = page_hash


def ended(runner: LocalScriptRunner, _timeout: float = PATIENCE_SECONDS) -> None:
    """Wait for the page's script to end, however busy the machine is; what asks every millisecond takes its time from it."""
    thread = runner._script_thread
    assert thread is not None
    thread.join(PATIENCE_SECONDS)
    if not runner.script_stopped():
        runner.request_stop()
        raise RuntimeError(f"the page's script took over {PATIENCE_SECONDS:g} s")


local_script_runner.require_widgets_deltas = ended


class Looked(Mapping[str, Any]):
    """What a session holds, looked up when it is asked for: a field copies all of it to look at its own key."""

    def __init__(self, session: SafeSessionState) -> None:
        self._session = session

    def __getitem__(self, key: str) -> Any:
        with self._session._lock:
            return self._session._state[key]

    def __iter__(self) -> Iterator[str]:
        with self._session._lock:
            return iter(self._session._state.filtered_state)

    def __len__(self) -> int:
        return len(list(iter(self)))


SafeSessionState.filtered_state = property(Looked)
