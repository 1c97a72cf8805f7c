"""What Slack says: the token and its scopes, the permission to edit, the handles and the channels."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Channel, Fault, UserGroup
from tests.forecast.ahead import Ahead
from tests.sync.driver import Sync

ALL = ["usergroups:read", "usergroups:write", "users:read", "users:read.email", "chat:write", "channels:read"]


@pytest.fixture
def told(ahead: Ahead) -> Ahead:
    """alpha announces in #ops, and its topic is that of #ops."""
    ahead.world.slack.scopes = [*ALL, "channels:write.topic"]
    ahead.world.channels["COPS"] = Channel(name="ops")
    ahead.configure("alpha: {schedules: [SADA], announce: COPS, topic: COPS}\nbeta: {schedules: [SBO]}")
    return ahead


def test_all_is_well_and_the_channels_have_names(told: Ahead) -> None:
    found = told.check()
    assert found.problems == ()
    assert found.groups["alpha"] == {"SADA": "SADA", "announce": "COPS", "topic": "COPS"}
    assert found.names["COPS"] == "#ops"


# ── the token ────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes_that_every_group_needs_are_one_error_and_what_needs_them_is_not_asked(ahead: Ahead) -> None:
    ahead.world.slack.scopes = ["users:read"]
    item = ahead.item("missing_scope")
    assert (item.level, item.groups) == ("error", ())
    assert item.message == (
        "The Slack token lacks usergroups:read (to see the user groups) and usergroups:write (to set their members) "
        "and users:read.email (to find an account by its email). Add the scopes usergroups:read, usergroups:write, "
        "users:read.email to the app (api.slack.com/apps > OAuth & Permissions), install the app again, and put the "
        "new token into the Slack connection's password."
    )
    assert [request.endpoint for request in ahead.sandbox.requests if request.service == "slack"] == ["auth.test"]


@pytest.mark.parametrize(
    ("lacking", "purpose"),
    [("chat:write", "post announcements"), ("channels:read", "read topics"), ("channels:write.topic", "set topics")],
)
def test_a_scope_that_only_some_groups_need_is_a_warning_with_their_names(
    told: Ahead, lacking: str, purpose: str
) -> None:
    told.world.slack.scopes.remove(lacking)
    item = told.item("missing_scope")
    assert (item.level, item.groups) == ("warning", ("alpha",))
    assert f"lacks {lacking} (to {purpose}). Add the scope {lacking} to the app" in item.message


def test_a_scope_that_nothing_in_the_config_needs_is_not_asked_for(ahead: Ahead) -> None:
    assert "chat:write" not in ahead.world.slack.scopes
    assert ahead.check().problems == ()


def test_without_the_header_it_says_that_scopes_are_not_known_and_asks_all_the_same(told: Ahead) -> None:
    body = '{"ok": true, "user_id": "U0SANDBOX"}'
    told.sandbox.faults.add(Fault(endpoint="auth.test", status=200, body=body, content_type="application/json"))
    item = told.item("scopes_unknown")
    assert item.level == "info"
    assert told.sandbox.count("slack", "usergroups.list") == told.sandbox.count("slack", "conversations.info") == 1


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked"])
def test_a_wrong_token_is_one_error_and_pagerduty_is_checked_all_the_same(ahead: Ahead, error: str) -> None:
    ahead.sandbox.faults.add(Fault(service="slack", error=error, status=200, times=None))
    ahead.configure("alpha: {schedules: [SADA, SNOWHERE]}")
    assert [item.code for item in ahead.check().problems] == ["pagerduty_not_found", error]
    assert "Put a valid bot or user token" in ahead.item(error).message
    assert ahead.sandbox.count("slack") == 1


# ── the permission to edit user groups ───────────────────────────────────────────────────────────────────


def test_a_token_that_may_not_edit_user_groups_is_an_error_with_what_to_do(ahead: Ahead) -> None:
    ahead.world.slack.user_group_edits = "admins"
    item = ahead.item("permission_denied")
    assert (item.level, item.groups) == ("error", ())
    assert "let everyone edit user groups (Settings > Permissions > User groups)" in item.message


def test_the_permission_is_tried_once_on_a_group_of_the_config_that_the_sync_may_edit(ahead: Ahead) -> None:
    ahead.world.group("alpha").is_idp_group = True
    ahead.check()
    tried = [request.params for request in ahead.sandbox.requests if request.endpoint == "usergroups.update"]
    assert tried == [{"usergroup": "SGBETA"}]


def test_where_there_is_no_such_group_it_says_that_it_cannot_be_tried(ahead: Ahead) -> None:
    ahead.configure("new: {schedules: [SADA], create_if_missing: true}")
    assert ahead.item("permission_unknown").level == "info"
    assert ahead.sandbox.count("slack", "usergroups.update") == 0


# ── the handles ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("disabled", True),
        ("is_idp_group", True),
        ("is_org_level", True),
        ("is_membership_locked", True),
        ("handle", "alfa"),
    ],
)
def test_a_handle_that_a_run_would_refuse_is_told_in_the_same_words(
    ahead: Ahead, sync: Sync, field: str, value: Any
) -> None:
    setattr(ahead.world.group("alpha"), field, value)
    (item,) = ahead.check().problems
    assert item.groups == ("alpha",)
    assert item.level == "error"
    assert item.message in {problem.message for problem in sync.run().groups["alpha"].problems}


def test_a_group_that_the_sync_itself_disabled_is_well(ahead: Ahead) -> None:
    alpha = ahead.world.group("alpha")
    alpha.disabled, alpha.disabled_by = True, "U0SANDBOX"
    assert ahead.check().problems == ()
    tried = [request.params for request in ahead.sandbox.requests if request.endpoint == "usergroups.update"]
    assert tried == [{"usergroup": "SGBETA"}], "nothing is tried on a group that is disabled"


def test_what_the_sync_did_to_another_group_with_this_handle_does_not_count(ahead: Ahead, sync: Sync) -> None:
    alpha = ahead.world.group("alpha")
    alpha.disabled, alpha.disabled_by = True, "UPIA"
    sync.store.set("groups.0", {"alpha": {"id": "SGOLD", "disabled": True}})
    assert ahead.item("disabled_group").groups == ("alpha",)
    assert "disabled_group" in {problem.code for problem in sync.run().groups["alpha"].problems}


def test_and_so_it_is_where_the_run_that_disabled_it_was_killed(ahead: Ahead, sync: Sync) -> None:
    ahead.configure("alpha: {schedules: [SEMPTY], fallback: [], when_empty: disable}")
    sync.run()
    alpha = ahead.world.group("alpha")
    alpha.disabled, alpha.disabled_by = True, "U0SANDBOX"
    assert ahead.items("disabled_group") == []


def test_a_missing_handle_that_would_be_created_is_to_be_known(ahead: Ahead) -> None:
    ahead.configure("brand-new: {schedules: [SADA], create_if_missing: true}")
    item = ahead.item("to_create")
    assert (item.level, item.groups) == ("info", ("brand-new",))
    assert "brand-new" not in {group.handle for group in ahead.world.user_groups.values()}


def test_it_is_a_warning_where_another_handle_is_like_it(ahead: Ahead) -> None:
    ahead.configure("alpah: {schedules: [SADA], create_if_missing: true}")
    item = ahead.item("to_create")
    assert item.level == "warning"
    assert item.message.endswith("Similar handles exist: @alpha.")


def test_a_group_that_was_renamed_in_slack_is_a_warning(ahead: Ahead) -> None:
    ahead.sync.run()
    ahead.world.group("alpha").handle = "alpha-oncall"
    item = ahead.item("renamed")
    assert (item.level, item.groups) == ("warning", ("alpha",))
    assert item.message.startswith("@alpha is now called @alpha-oncall in Slack")


def test_two_entries_that_mean_the_same_group_are_told(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SADA]}\nother: {schedules: [SBO], id: SGALPHA}")
    assert {item.groups for item in ahead.items("same_group")} == {("alpha",), ("other",)}


def test_a_group_of_nobodys_config_is_not_mentioned(ahead: Ahead) -> None:
    ahead.world.user_groups["SX"] = UserGroup(handle="locked", is_idp_group=True)
    assert ahead.check().problems == ()


# ── the channels ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_channel_that_does_not_exist_is_a_warning(told: Ahead) -> None:
    del told.world.channels["COPS"]
    item = told.item("channel_not_found")
    assert (item.level, item.groups) == ("warning", ("alpha",))
    assert item.message.startswith("Slack channel COPS: Slack refuses (channel_not_found).")


def test_a_channel_that_the_app_is_not_in_is_a_warning(told: Ahead) -> None:
    told.world.channels["COPS"].is_member = False
    item = told.item("not_in_channel")
    assert (item.level, item.groups) == ("warning", ("alpha",))
    assert item.message.startswith("Slack channel #ops (COPS): the app is not in it")


def test_with_chat_write_public_the_app_need_not_be_in_a_channel_that_it_only_posts_to(told: Ahead) -> None:
    told.world.channels["COPS"].is_member = False
    told.world.slack.scopes.append("chat:write.public")
    assert told.item("not_in_channel").groups == ("alpha",)
    told.configure("alpha: {schedules: [SADA], announce: COPS}")
    assert told.check().problems == ()


def test_an_archived_channel_is_a_warning(told: Ahead) -> None:
    told.world.channels["COPS"].is_archived = True
    assert "#ops (COPS) is archived" in told.item("is_archived").message


def test_channels_are_looked_at_once_each_and_not_without_the_scope(told: Ahead) -> None:
    told.check()
    assert told.sandbox.count("slack", "conversations.info") == 1
    told.world.slack.scopes.remove("channels:read")
    told.check()
    assert told.sandbox.count("slack", "conversations.info") == 0


def test_of_very_many_channels_the_first_are_looked_at_and_the_rest_is_told(told: Ahead) -> None:
    told.world.channels |= {f"C{n:03}": Channel(name=f"ops-{n}") for n in range(43)}
    told.world.user_groups |= {f"SG{n:03}": UserGroup(handle=f"group-{n}") for n in range(43)}
    told.configure("\n".join(f"group-{n}: {{schedules: [SADA], announce: C{n:03}}}" for n in range(43)))
    assert told.item("channels_unchecked").message.startswith("3 channels more were not looked at")
    assert told.sandbox.count("slack", "conversations.info") == 40
