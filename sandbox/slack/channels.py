"""chat.postMessage and conversations.*: messages and topics."""

from sandbox.entries import Channel
from sandbox.faults import Params
from sandbox.slack.markup import escaped, stored
from sandbox.slack.methods import BOT, BOT_USER, Json, SlackError, check_scope, method, required
from sandbox.slack.objects import channel_json
from sandbox.world import World

MAX_TOPIC = 250


def _channel(world: World, args: Params, *, public: tuple[str, ...], private: tuple[str, ...]) -> Channel:
    """The token needs one of the scopes for channels of that kind."""
    channel = _visible(world.channels.get(str(args["channel"])))
    check_scope(world, *(private if channel.is_private else public))
    return channel


def _visible(channel: Channel | None) -> Channel:
    if channel is None or (channel.is_private and not channel.is_member):
        raise SlackError("channel_not_found")
    return channel


@method("chat.postMessage", "chat:write")
def chat_post_message(world: World, args: Params) -> Json:
    """{"channel", "ts", "message": {…}}; what was posted is in `world.messages`, as it was sent."""
    required(args, "channel")
    if {"username", "icon_url", "icon_emoji"} & args.keys():
        check_scope(world, "chat:write.customize")
    channel = _postable(world, args)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.is_member and "chat:write.public" not in world.slack.scopes:
        raise SlackError("not_in_channel")
    if not (args.get("text") or args.get("blocks") or args.get("attachments")):
        raise SlackError("no_text")
    stamp = _stamp(world, len(world.messages))
    world.messages.append({**args, "ts": stamp})
    message = {"type": "message", "text": args.get("text", ""), "user": BOT_USER, "bot_id": BOT, "ts": stamp}
    return {"channel": args["channel"], "ts": stamp, "message": message | {"team": world.slack.team_id}}


def _postable(world: World, args: Params) -> Channel:
    """Here `#name` will do; an org-wide token has to say in which workspace."""
    given = str(args["channel"])
    if given in world.channels:
        return _visible(world.channels[given])
    if world.slack.org_wide and args.get("team_id") != world.slack.team_id:
        raise SlackError("team_not_found")
    return _visible(next((each for each in world.channels.values() if f"#{each.name}" == given), None))


def _stamp(world: World, number: int) -> str:
    return f"{int(world.now().timestamp())}.{number:06d}"


WRITE_PUBLIC, WRITE_PRIVATE = ("channels:write.topic", "channels:manage"), ("groups:write.topic", "groups:write")


@method("conversations.setTopic", *WRITE_PUBLIC, *WRITE_PRIVATE)
def conversations_set_topic(world: World, args: Params) -> Json:
    """{"channel": {…}}. Each call posts a message to the channel, even if nothing changes: see `world.topics`.

    Whether the 250 characters are counted before or after `&` became `&amp;` is not known; here it is after.
    """
    required(args, "channel", "topic")
    channel = _channel(world, args, public=WRITE_PUBLIC, private=WRITE_PRIVATE)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.is_member:
        raise SlackError("not_in_channel")
    key, topic = str(args["channel"]), str(args["topic"])
    if len(escaped(topic)) > MAX_TOPIC:
        raise SlackError("too_long")
    channel.topic = stored(topic)
    world.topics.append({"channel": key, "topic": channel.topic, "ts": _stamp(world, len(world.topics))})
    return {"channel": channel_json(world, key)}


@method("conversations.info", "channels:read", "groups:read", takes_json=False)
def conversations_info(world: World, args: Params) -> Json:
    """{"channel": {id, name, topic: {"value"}, is_member, is_archived, …}}"""
    required(args, "channel")
    _channel(world, args, public=("channels:read",), private=("groups:read",))
    return {"channel": channel_json(world, str(args["channel"]))}
