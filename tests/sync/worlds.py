"""One small world for the whole folder: everybody has one schedule, on call at noon without end.

alpha, beta, late   the groups of CONFIG. alpha and late are out of date: Pia is in them, and nobody else should be;
                    beta is right, so that any write to it is one too many
design              is in no config: nobody may touch it
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import PlannedShift, Policy, Team, UserGroup, World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO = "2026-01-01T00:00:00Z"


def _always(*people: str) -> dict[str, Any]:
    return {"kind": "v3" if len(people) > 1 else "v2", "shifts": [{"person": p, "start": LONG_AGO} for p in people]}


SMALL_WORLD: dict[str, Any] = {
    "people": {
        "PADA": {"name": "Ada", "email": "ada@acme.example"},
        "PBO": {"name": "Bo", "email": "bo@acme.example"},
        "PCY": {"name": "Cy", "email": "cy@acme.example"},
        "PDEE": {"name": "Dee", "email": "Dee@Acme.Example"},
        "PNORA": {"name": "Nora", "email": "nora@acme.example"},
        "PGONE": {"name": "Gone", "email": "gone@acme.example", "deleted": True},
        "PNOOP": {"name": "Gap", "email": "noop@example.org"},
    },
    "schedules": {
        "SADA": _always("PADA"),
        "SBO": _always("PBO"),
        "SCY": _always("PCY"),
        "SDEE": _always("PDEE"),
        "SNORA": _always("PNORA"),
        "SGONE": _always("PGONE"),
        "SGAP": _always("PNOOP"),
        "SEMPTY": {"shifts": []},
        "SLOOSE": _always("PCY"),
        "SPAIR": _always("PADA", "PBO"),
        "SLOOSEPAIR": _always("PADA", "PCY"),
    },
    "policies": {
        "POLICY1": {"levels": [["SADA", "SBO", "SCY", "SDEE"], ["SNORA", "SGONE", "SGAP"]]},
        "POLICY2": {"levels": [["SADA", "SEMPTY", "SPAIR"]]},
    },
    "accounts": {
        "UADA": {"name": "Ada", "email": "ada@acme.example"},
        "UBO": {"name": "Bo", "email": "bo@acme.example"},
        "UCY": {"name": "Cy", "email": "cy@acme.example"},
        "UDEE": {"name": "Dee", "email": "dee@acme.example"},
        "UPIA": {"name": "Pia", "email": "pia@acme.example"},
        "UQUINN": {"name": "Quinn", "email": "quinn@acme.example"},
        "UGUEST": {"name": "Guest", "email": "guest@out.example", "is_ultra_restricted": True},
        "UBOT": {"name": "Robot", "is_bot": True},
    },
    "user_groups": {
        "SGALPHA": {"handle": "alpha", "members": ["UPIA"]},
        "SGBETA": {"handle": "beta", "members": ["UBO"]},
        "SGLATE": {"handle": "late", "members": ["UPIA"]},
        "SGDESIGN": {"handle": "design", "members": ["UPIA", "UQUINN"]},
    },
}

OTHERS = "  beta: {schedules: [SBO]}\n  late: {schedules: [SCY]}\n"


def config(alpha: str = "schedules: [SADA]", top: str = "", handle: str = "alpha") -> str:
    """The three groups; `alpha` is what stands inside the first, `top` what stands above `groups`."""
    return f"placeholders: [noop@example.org]\n{top}\ngroups:\n  {handle}: {{{alpha}}}\n{OTHERS}"


def small_world() -> World:
    world = World.model_validate(SMALL_WORLD)
    world.clock = lambda: NOON
    return world


def hand_over(world: World, schedule: str, to: str | None, at: datetime) -> None:
    """Whoever is on call goes at `at`, and another comes; None: nobody."""
    shifts = world.schedules[schedule].shifts
    for shift in shifts:
        shift.end = shift.end or at
    shifts.append(PlannedShift(person=to, start=at))


def crowd(world: World, size: int) -> list[str]:
    """The Slack IDs of so many people, each on call for a schedule of their own, S0000, S0001, …"""
    people = {f"P{n:04}": {"name": f"Person {n}", "email": f"person{n}@acme.example"} for n in range(size)}
    schedules = {f"S{n:04}": _always(f"P{n:04}") for n in range(size)}
    accounts = {f"U{n:04}": {"name": f"Person {n}", "email": f"person{n}@acme.example"} for n in range(size)}
    more = World.model_validate(
        {
            "people": people,
            "schedules": schedules,
            "accounts": accounts,
            "policies": {"POLICY3": {"levels": [list(schedules)]}},
        }
    )
    world.people |= more.people
    world.schedules |= more.schedules
    world.accounts |= more.accounts
    world.policies |= more.policies
    return list(accounts)


def hundred_groups(world: World) -> str:
    """A config: 60 groups of a schedule, 30 of a policy, 6 of both with an overlap, 4 of a schedule and a team."""
    crowd(world, 100)
    world.policies |= {f"PX{n:02}": Policy(levels=[[f"S{n:04}"], [f"P{n + 1:04}"]]) for n in range(36)}
    world.teams |= {f"PT{n}": Team(members=["PADA", "PBO"]) for n in range(4)}
    both = "schedules: [S{0:04}], escalation_policies: [{{id: PX{0:02}, levels: all}}], overlap: {{after: 10m}}"
    groups = [
        *(f"schedules: [S{n:04}]" for n in range(60)),
        *(f"escalation_policies: [PX{n:02}]" for n in range(30)),
        *(both.format(n) for n in range(30, 36)),
        *(f"schedules: [S{n:04}], team_members: [PT{n}]" for n in range(4)),
    ]
    world.user_groups |= {f"SG{n:03}": UserGroup(handle=f"g{n:03}", members=["UPIA"]) for n in range(100)}
    return "groups:\n" + "".join(f"  g{n:03}: {{{group}}}\n" for n, group in enumerate(groups))


HOUR = timedelta(hours=1)
