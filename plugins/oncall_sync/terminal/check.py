"""`make check`: every mistake in the config at once, with its line.

    python -m oncall_sync.terminal.check [FILE]      exit code 0: no mistakes; 1: mistakes
    python -m oncall_sync.terminal.check --schema    print the JSON Schema that editors use

FILE: else $ONCALL_SYNC_CONFIG, else dags/oncall_sync.yaml.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from oncall_sync.config import Config
from oncall_sync.config.load import config_path, read_file
from oncall_sync.config.schema import schema_text
from oncall_sync.config.source import KINDS, words_of


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m oncall_sync.terminal.check", description="Check the config file.")
    parser.add_argument("file", nargs="?", type=Path, help="else $ONCALL_SYNC_CONFIG, else dags/oncall_sync.yaml")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema instead")
    options = parser.parse_args(arguments)
    if options.schema:
        print(schema_text(), end="")
        return 0
    return check(options.file or config_path())


def check(path: Path) -> int:
    """Print what is wrong with this file, or what it holds."""
    config, mistakes, _ = read_file(path)
    for mistake in mistakes:
        print(mistake)
    if mistakes or config is None:
        print(f"{counted(len(mistakes), 'mistake')} in {_short(path)}")
        return 1
    print(f"{_short(path)}: {_content(config)}, no mistakes")
    return 0


def counted(number: int, one: str, many: str = "") -> str:
    """`1 group`, `2 groups`"""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _content(config: Config) -> str:
    ids = {(source.kind, source.id) for group in config.groups.values() for source in group.sources}
    number = Counter(kind for kind, _ in ids)
    sources = [counted(number[kind], words_of(kind).one, words_of(kind).many) for kind in KINDS if number[kind]]
    return ", ".join([counted(len(config.groups), "group"), *sources])


def _short(path: Path) -> Path:
    """The path as seen from here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    raise SystemExit(main())
