"""usergroups.*: the groups of a workspace and their members.

Errors for an org-wide token without a workspace: `missing_argument` as users.list and others answer (B), the
`target_team_…` ones where they are documented; for a wrong one what the method or all methods document (C).
"""

from typing import Any

from sandbox.entries import Account, UserGroup
from sandbox.faults import Params
from sandbox.slack.enterprise import account_key
from sandbox.slack.handles import checked_channels, checked_description, checked_handle, checked_name
from sandbox.slack.methods import BOT_USER, Json, SlackError, TeamErrors, flag, listed, method, required, shuffled
from sandbox.slack.objects import group_json
from sandbox.world import World

UNPAID = "plan_upgrade_required"
TARGET_TEAM = TeamErrors("target_team_must_be_specified_in_org_context", "target_team_not_on_org")


@method("usergroups.list", "usergroups:read", team=TeamErrors(wrong="invalid_team"), unpaid=UNPAID)
def usergroups_list(world: World, args: Params) -> Json:
    """{"usergroups": [{id, handle, name, date_delete, …, users?, user_count?}]}: no pages, no order."""
    groups = [
        group_json(world, key, users=flag(args, "include_users"), count=flag(args, "include_count"))
        for key in shuffled(world.user_groups, world.backwards)
        if flag(args, "include_disabled") or not world.user_groups[key].disabled
    ]
    return {"usergroups": groups}


def _group(world: World, args: Params) -> UserGroup:
    group = world.user_groups.get(str(args["usergroup"]))
    if group is None:
        raise SlackError("no_such_subteam")
    return group


def _editable_group(world: World, args: Params) -> UserGroup:
    group = _group(world, args)
    if world.slack.user_group_edits == "admins" or group.managed_elsewhere:
        raise SlackError("permission_denied")
    return group


def _shown(world: World, args: Params) -> Json:
    return {"usergroup": group_json(world, str(args["usergroup"]), users=True, count=flag(args, "include_count"))}


def _changed(world: World, args: Params) -> Json:
    world.user_groups[str(args["usergroup"])].updated = int(world.now().timestamp())
    return _shown(world, args)


@method("usergroups.users.update", "usergroups:write", team=TeamErrors(), unpaid=UNPAID)
def usergroups_users_update(world: World, args: Params) -> Json:
    """{"usergroup": {…, "users": […]}}: the complete new set of members, all of them or none."""
    required(args, "usergroup", "users")
    group = _editable_group(world, args)
    users = _members(args["users"])
    if not users and (args["users"] != "[]" or group.members):
        raise SlackError("no_users_provided")
    group.members = list(dict.fromkeys(_member(world, user) for user in users))
    return _changed(world, args)


def _members(given: Any) -> list[str]:
    """The literal `[]` is what Slack's Java SDK sends for nobody."""
    return listed(given if isinstance(given, list) else str(given).removesuffix("[]"))


def _member(world: World, given: str) -> str:
    """The account with this ID, either one, if it may be a member."""
    key = account_key(world, given)
    account = world.accounts[key] if key else None
    if key is None or account is None or account.deleted or account.is_bot or key == "USLACKBOT":
        raise SlackError("invalid_users")
    _refuse_guest(account)
    return key


def _refuse_guest(account: Account) -> None:
    if account.is_ultra_restricted:
        raise SlackError("single_channel_guests_cannot_be_added")
    if account.is_restricted:
        raise SlackError("invalid_users")


@method("usergroups.enable", "usergroups:write", team=TeamErrors(), unpaid=UNPAID)
def usergroups_enable(world: World, args: Params) -> Json:
    required(args, "usergroup")
    _editable_group(world, args).disabled = False
    return _changed(world, args)


@method("usergroups.disable", "usergroups:write", team=TARGET_TEAM, unpaid=UNPAID)
def usergroups_disable(world: World, args: Params) -> Json:
    required(args, "usergroup")
    group = _editable_group(world, args)
    group.disabled, group.disabled_by = True, BOT_USER
    return _changed(world, args)


@method("usergroups.create", "usergroups:write", team=TARGET_TEAM, unpaid=UNPAID)
def usergroups_create(world: World, args: Params) -> Json:
    """{"usergroup": {…}}: an empty group; without a handle it gets one from its name."""
    required(args, "name")
    if world.slack.user_group_edits == "admins":
        raise SlackError("permission_denied")
    name = checked_name(world, str(args["name"]))
    group = UserGroup(
        handle=checked_handle(world, str(args.get("handle") or name.lower().replace(" ", "-"))),
        name=name,
        description=checked_description(str(args.get("description", ""))),
        channels=checked_channels(world, args.get("channels", "")),
    )
    key = f"S0NEW{len(world.user_groups):04d}"
    world.user_groups[key] = group
    return _changed(world, {**args, "usergroup": key})


@method("usergroups.update", "usergroups:write", team=TeamErrors(), unpaid="paid_teams_only")
def usergroups_update(world: World, args: Params) -> Json:
    """{"usergroup": {…}}: only without a field: nothing changes, but it shows whether the token may."""
    required(args, "usergroup")
    _editable_group(world, args)
    if args.keys() - {"usergroup", "team_id"}:
        raise SlackError("not_implemented_in_the_sandbox")
    return _shown(world, args)
