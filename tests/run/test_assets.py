"""The asset of a Slack user group, by which other Dags are scheduled."""

from __future__ import annotations

import pytest

from oncall_sync.assets import usergroup_asset


@pytest.mark.parametrize("handle", ["platform-oncall", "@platform-oncall", "Platform-OnCall", "@PLATFORM-ONCALL"])
def test_a_group_has_one_asset_however_its_handle_is_written(handle: str) -> None:
    asset = usergroup_asset(handle)

    assert (asset.name, asset.uri) == (
        "slack_usergroup_platform-oncall",
        "x-oncall://slack/usergroup/platform-oncall",
    )
    assert asset == usergroup_asset("platform-oncall")


@pytest.mark.parametrize(
    "handle",
    ["", "@", "@@oncall", "on call", "oncall\n", "#oncall", "<!subteam^S123>", "a/b", "bereitschaft-süd", "x" * 81],
)
def test_what_is_no_handle_is_refused_because_nothing_would_ever_run_for_it(handle: str) -> None:
    with pytest.raises(ValueError, match="is not the handle of a Slack user group"):
        usergroup_asset(handle)
