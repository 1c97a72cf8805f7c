from tests.sync.serving import calm, no_sleep_in_libraries, sources, sync

__all__ = ["calm", "no_sleep_in_libraries", "sources", "sync"]
