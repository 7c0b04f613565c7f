"""What every test may ask for: an empty store, the clock, and a check of the store after each test that writes."""

from collections.abc import Iterator
from pathlib import Path

import make
import pytest
from hypothesis import settings

from tai_ops.store import Store

settings.register_profile("house", deadline=None)  # machines are noisy: a slow example is no failure
settings.load_profile("house")


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory; after the test no key stands twice in it."""
    opened = Store.in_memory()
    yield opened
    make.check_keys(opened)
    opened.close()


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    """Where a store on disk may be made."""
    return tmp_path / "books.duckdb"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The statements that other systems wrote; skips where the folder is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip("no sample statements beside the checkout")
    return folder
