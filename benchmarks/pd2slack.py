"""pd2slack, where it is installed. It keeps one person per schedule in one group."""

from __future__ import annotations

import importlib
import json
import logging
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.worlds import by_handle
from sandbox import Sandbox

VERSION = "0.66"  # whose functions `sync` replaces
NAME = f"pd2slack {VERSION}"


def installed() -> bool:
    with suppress(PackageNotFoundError):
        return version("pd2slack") == VERSION
    return False


def sync(sandbox: Sandbox, folder: Path) -> None:
    """folder: for its config. Its addresses are fixed, so its two functions that send are turned to the sandbox."""
    main, util = importlib.import_module("pd2slack.main"), importlib.import_module("pd2slack.util")
    world, config = sandbox.world, folder / "pd2slack.json"
    handles = {key: handle for handle, ids in by_handle(world).items() for key in ids}
    aliases = {world.schedules[key].name or key: {"alias": handle} for key, handle in handles.items()}
    config.write_text(json.dumps({"serviceMapping": aliases}))
    logging.disable(logging.ERROR)
    get, post = _turned(util.makeGETRequest, sandbox), _turned(util.makePOSTRequest, sandbox)
    with patch.object(util, "makeGETRequest", get), patch.object(util, "makePOSTRequest", post):
        main.main.callback(world.slack.token, world.pagerduty.token, str(config), False, None, False)
    logging.disable(logging.NOTSET)


def _turned(send: Any, sandbox: Sandbox) -> Any:
    def turned(url: str, *others: Any, **named: Any) -> Any:
        url = url.replace("https://slack.com/api/", sandbox.slack_url)
        return send(url.replace("https://api.pagerduty.com", sandbox.pagerduty_url), *others, **named)

    return turned
