import pytest

from sandbox import Sandbox
from tests.steps.reading import Reader
from tests.sync.driver import Sync
from tests.sync.serving import no_sleep_in_libraries, sync

__all__ = ["no_sleep_in_libraries", "sync"]


@pytest.fixture
def read(sync: Sync) -> Reader:
    return Reader(sync)


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    return sync.sandbox
