"""Pages run without a browser: what AppTest does anew for each page is done once."""

from functools import cache
from pathlib import Path

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
"""It looks through every installed package for components; one look is enough."""


def page_hash(_app: AppTest, script: str) -> str:
    """The page of a script: addresses are named like the scripts, so the overview needn't be drawn first to know them."""
    return calc_hash(Path(script).stem.replace("_", "-"))


AppTest._resolve_page_hash = page_hash
