"""Text as Slack keeps it: control characters as entities, links in angle brackets."""

import re

_KEPT = r"<(?:[@#!]|mailto:|https?://)[^<>]*>|&(?:amp|lt|gt);"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINKS = re.compile(rf"({_KEPT})|(https?://[^\s<>|]+)|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_CONTROLS = re.compile(rf"({_KEPT})|([&<>])")


def escaped(text: str) -> str:
    """`&`, `<` and `>` as entities, but for entities and Slack's own markup (`<@U1>`), which stay as they are."""
    return _CONTROLS.sub(lambda found: found[1] or _ENTITIES[found[2]], text)


def stored(text: str) -> str:
    """What conversations.info shows of a topic: escaped, an email as `<mailto:…|…>` and an address as `<https://…>`.

    Entities are told by many; emails by PagerDuty's own lambda, which takes them apart again before it compares
    (https://github.com/PagerDuty/pd-oncall-chat-topic). That addresses of pages are treated alike is a guess.
    """
    return _LINKS.sub(_linked, escaped(text))


def _linked(found: re.Match[str]) -> str:
    kept, page, email = found.groups()
    return kept or (f"<{page}>" if page else f"<mailto:{email}|{email}>")
