"""chat.postMessage and conversations.*: messages and topics."""

from sandbox.entries import Channel
from sandbox.faults import Params
from sandbox.slack.methods import BOT, BOT_USER, Json, SlackError, check_scope, method, required
from sandbox.slack.objects import channel_json
from sandbox.world import World


def _channel(world: World, args: Params) -> Channel:
    return _visible(world.channels.get(str(args["channel"])))


def _visible(channel: Channel | None) -> Channel:
    if channel is None or (channel.is_private and not channel.is_member):
        raise SlackError("channel_not_found")
    return channel


@method("chat.postMessage", "chat:write")
def chat_post_message(world: World, args: Params) -> Json:
    """{"channel", "ts", "message": {…}}; what was posted is in `world.messages`."""
    required(args, "channel")
    if {"username", "icon_url", "icon_emoji"} & args.keys():
        check_scope(world, "chat:write.customize")
    named = {f"#{channel.name}": channel for channel in world.channels.values()}  # here a name will do
    channel = _visible(world.channels.get(str(args["channel"])) or named.get(str(args["channel"])))
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.is_member and "chat:write.public" not in world.slack.scopes:
        raise SlackError("not_in_channel")
    if not (args.get("text") or args.get("blocks") or args.get("attachments")):
        raise SlackError("no_text")
    stamp = f"{int(world.now().timestamp())}.{len(world.messages):06d}"
    world.messages.append({**args, "ts": stamp})
    message = {"type": "message", "text": args.get("text", ""), "user": BOT_USER, "bot_id": BOT, "ts": stamp}
    return {"channel": args["channel"], "ts": stamp, "message": message | {"team": world.slack.team_id}}


@method("conversations.setTopic", "channels:manage", "channels:write.topic", "groups:write", "groups:write.topic")
def conversations_set_topic(world: World, args: Params) -> Json:
    required(args, "channel", "topic")
    channel = _channel(world, args)
    if not channel.is_member:
        raise SlackError("not_in_channel")
    if len(str(args["topic"])) > 250:
        raise SlackError("too_long")
    channel.topic = str(args["topic"])
    return {"channel": channel_json(world, str(args["channel"]))}


@method("conversations.info", "channels:read", "groups:read", takes_json=False)
def conversations_info(world: World, args: Params) -> Json:
    required(args, "channel")
    _channel(world, args)
    return {"channel": channel_json(world, str(args["channel"]))}
