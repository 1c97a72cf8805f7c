"""A sandbox: one fake PagerDuty and one fake Slack over real HTTP, from one readable world file.

with Sandbox(World.load()) as sb:
    requests.get(f"{sb.pagerduty_url}/oncalls", headers={"Authorization": "Bearer sandbox-pagerduty-key"})
"""

from sandbox.entries import (
    Account,
    Channel,
    Override,
    Person,
    PlannedShift,
    Policy,
    Rotation,
    Schedule,
    Team,
    UserGroup,
)
from sandbox.faults import Fault, Request
from sandbox.grid import grid
from sandbox.running import Sandbox
from sandbox.world import World

__all__ = [
    "Account",
    "Channel",
    "Fault",
    "Override",
    "Person",
    "PlannedShift",
    "Policy",
    "Request",
    "Rotation",
    "Sandbox",
    "Schedule",
    "Team",
    "UserGroup",
    "World",
    "grid",
]
