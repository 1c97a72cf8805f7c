from tests.sync.serving import no_sleep_in_libraries, sync

__all__ = ["no_sleep_in_libraries", "sync"]
