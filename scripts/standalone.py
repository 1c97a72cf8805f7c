"""`airflow standalone` without its two log servers: they listen on every address and no setting changes that.

Airflow's UI reads the log files of this machine itself, so nothing is lost. `make ui` starts this.
"""

from typing import Any

from airflow.cli.commands import standalone_command

SERVES_LOGS = {"scheduler", "triggerer"}


class Component(standalone_command.SubCommand):
    def __init__(self, parent: Any, name: str, command: list[str], env: dict[str, str]) -> None:
        options = ["--skip-serve-logs"] if name in SERVES_LOGS else []
        super().__init__(parent, name=name, command=[*command, *options], env=env)


if __name__ == "__main__":
    standalone_command.SubCommand = Component  # type: ignore[misc]  # a class of Airflow replaced by its subclass
    standalone_command.StandaloneCommand().run()
