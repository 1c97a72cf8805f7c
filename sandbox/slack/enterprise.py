"""Enterprise Grid: organizations, and people with two IDs.

Somebody who was in a workspace before it joined a Grid keeps a local ID (U…) and gets a global one (W…). Slack takes
either as an argument. What it answers differs from report to report, so the world chooses:

    slack.user_ids    `id` in users.*: `enterprise`: W, as in many of Slack's samples;
                      `workspace`: U, and W in `enterprise_user.id` alone: Slack's page on the user object (A), and
                      what https://github.com/app-sre/qontract-reconcile reads (B)
    slack.member_ids  `users` of a group: `workspace`: U, as #5520 there saw in 2026 (B);
                      `enterprise`: W, as #3926 there saw in 2023 (B)

Which of them go together is not known. By default they disagree and no answer holds both IDs: the least convenient.
"""

from typing import Any

from sandbox.world import World

ORGANIZATION = "E0SANDBOX"


def organization(world: World) -> str | None:
    """The ID of the Grid that the workspace belongs to; None where nothing in the world speaks of one."""
    slack = world.slack
    on_grid = slack.org_wide or any(account.enterprise_user for account in world.accounts.values())
    return slack.enterprise_id or (ORGANIZATION if on_grid else None)


def user_id(world: World, key: str) -> str:
    """`id` of an account in users.*"""
    return _either(world, key, world.slack.user_ids)


def member_id(world: World, key: str) -> str:
    """An account among the `users` of a group."""
    return _either(world, key, world.slack.member_ids)


def _either(world: World, key: str, wanted: str) -> str:
    return (wanted == "enterprise" and world.accounts[key].enterprise_user) or key


def account_key(world: World, given: str) -> str | None:
    """The account that one of its two IDs names."""
    if given in world.accounts:
        return given
    return next((key for key, account in world.accounts.items() if account.enterprise_user == given), None)


def enterprise_fields(world: World, key: str) -> dict[str, Any]:
    """What Grid adds to an account: {"enterprise_user": {"id": W…, "enterprise_id", "teams": […], …}}, or nothing."""
    account = world.accounts[key]
    if account.enterprise_user is None:
        return {}
    return {
        "enterprise_user": {
            "id": account.enterprise_user,
            "enterprise_id": organization(world),
            "enterprise_name": "Acme (sandbox)",
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "teams": [world.slack.team_id],
        }
    }
