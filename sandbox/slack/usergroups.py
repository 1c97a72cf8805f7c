"""usergroups.*: the groups of a workspace and their members."""

from typing import Any

from sandbox.entries import Account, UserGroup
from sandbox.faults import Params
from sandbox.slack.methods import BOT_USER, Json, SlackError, flag, method, required, shuffled
from sandbox.slack.objects import group_json
from sandbox.world import World


@method("usergroups.list", "usergroups:read")
def usergroups_list(world: World, args: Params) -> Json:
    """{"usergroups": [{id, handle, name, date_delete, …, users?, user_count?}]}: no pages, no order."""
    groups = [
        group_json(world, key, users=flag(args, "include_users"), count=flag(args, "include_count"))
        for key in shuffled(world.user_groups)
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


def _changed(world: World, args: Params) -> Json:
    key = str(args["usergroup"])
    world.user_groups[key].updated = int(world.now().timestamp())
    return {"usergroup": group_json(world, key, users=True, count=flag(args, "include_count"))}


@method("usergroups.users.list", "usergroups:read")
def usergroups_users_list(world: World, args: Params) -> Json:
    required(args, "usergroup")
    group = _group(world, args)
    if group.disabled and not flag(args, "include_disabled"):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


@method("usergroups.users.update", "usergroups:write")
def usergroups_users_update(world: World, args: Params) -> Json:
    """{"usergroup": {…, "users": […]}}: the complete new set of members, all of them or none."""
    required(args, "usergroup", "users")
    group = _editable_group(world, args)
    users = _members(args["users"])
    if not users and (args["users"] != "[]" or group.members):
        raise SlackError("no_users_provided")
    for user in users:
        _check_member(world.accounts.get(user), user)
    group.members = users
    return _changed(world, args)


def _members(given: Any) -> list[str]:
    """`U1,U2` in a form, a list in JSON; the literal `[]` is what Slack's Java SDK sends for nobody."""
    listed = given if isinstance(given, list) else str(given).removesuffix("[]").split(",")
    return list(dict.fromkeys(str(each).strip() for each in listed if str(each).strip()))


def _check_member(account: Account | None, key: str) -> None:
    if account is None or account.deleted or account.is_bot or key == "USLACKBOT":
        raise SlackError("invalid_users")
    if account.is_ultra_restricted:
        raise SlackError("single_channel_guests_cannot_be_added")
    if account.is_restricted:
        raise SlackError("invalid_users")


@method("usergroups.enable", "usergroups:write")
def usergroups_enable(world: World, args: Params) -> Json:
    required(args, "usergroup")
    _editable_group(world, args).disabled = False
    return _changed(world, args)


@method("usergroups.disable", "usergroups:write")
def usergroups_disable(world: World, args: Params) -> Json:
    required(args, "usergroup")
    group = _editable_group(world, args)
    group.disabled, group.disabled_by = True, BOT_USER
    return _changed(world, args)


@method("usergroups.create", "usergroups:write")
def usergroups_create(world: World, args: Params) -> Json:
    required(args, "name")
    if world.slack.user_group_edits == "admins":
        raise SlackError("permission_denied")
    name = str(args["name"])
    handle = str(args.get("handle") or name.lower().replace(" ", "-"))
    _check_names(world, name, handle)
    key = f"S0NEW{len(world.user_groups):04d}"
    world.user_groups[key] = UserGroup(handle=handle, name=name, description=str(args.get("description", "")))
    return _changed(world, {**args, "usergroup": key})


def _check_names(world: World, name: str, handle: str) -> None:
    if any(group.handle == handle for group in world.user_groups.values()):
        raise SlackError("handle_already_exists")
    if any(group.name == name for group in world.user_groups.values()):
        raise SlackError("name_already_exists")


@method("usergroups.update", "usergroups:write")
def usergroups_update(world: World, args: Params) -> Json:
    required(args, "usergroup")
    group = _editable_group(world, args)
    for field in ("name", "handle", "description"):
        if field in args:
            setattr(group, field, str(args[field]))
    return _changed(world, args)
