from tests.sync.serving import calm, no_sleep_in_libraries, sync

__all__ = ["calm", "no_sleep_in_libraries", "sync"]
