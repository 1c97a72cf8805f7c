"""What the fixtures give: `Get` asks PagerDuty, `Call` calls Slack and reads the JSON, `Post` sees the raw answer."""

from collections.abc import Callable
from typing import Any

import requests

Json = dict[str, Any]
Get = Callable[..., requests.Response]
Call = Callable[..., Json]
Post = Callable[..., requests.Response]
