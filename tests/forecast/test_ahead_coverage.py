"""When nobody will be on call for a group, and what then stands in."""

from __future__ import annotations

import pytest

from sandbox import PlannedShift, Team
from tests.forecast.ahead import DAY, HOUR, NOON, Ahead, shift

SATURDAY, MONDAY = NOON + 4 * DAY + 12 * HOUR, NOON + 6 * DAY + 20 * HOUR


@pytest.fixture
def weekend(ahead: Ahead) -> Ahead:
    """SWEEK has nobody from Saturday 00:00 to Monday 08:00."""
    ahead.schedule("SWEEK", shifts=[shift("PADA", NOON - DAY, SATURDAY), shift("PBO", MONDAY)])
    return ahead


def test_a_gap_without_a_fallback_is_a_warning_with_its_dates(weekend: Ahead) -> None:
    weekend.configure("alpha: {schedules: [SWEEK]}")
    item = weekend.item("no_coverage")
    assert (item.level, item.groups) == ("warning", ("alpha",))
    assert item.message == (
        "Nobody is on call for SWEEK: Sat 07 Mar 00:00 to Mon 09 Mar 08:00. The group keeps its last members "
        "meanwhile. Put somebody there, or give the group a fallback."
    )


def test_a_gap_that_a_fallback_fills_is_only_to_be_known(weekend: Ahead) -> None:
    weekend.configure("alpha: {schedules: [SWEEK], fallback: [pia@acme.example]}")
    item = weekend.item("no_coverage")
    assert item.level == "info"
    assert item.message.endswith("The fallback stands in: pia@acme.example.")


def test_a_gap_in_which_a_team_and_always_stay_is_only_to_be_known(weekend: Ahead) -> None:
    weekend.world.teams["TEAM"] = Team(members=["PCY"])
    weekend.configure("alpha: {schedules: [SWEEK], team_members: [TEAM], always: [pia@acme.example]}")
    item = weekend.item("no_coverage")
    assert item.level == "info"
    assert item.message.endswith("Only these are in the group meanwhile: pia@acme.example, team TEAM.")


def test_an_always_that_has_ended_by_then_does_not_stay(weekend: Ahead) -> None:
    weekend.configure("alpha: {schedules: [SWEEK], always: [{email: pia@acme.example, until: 2026-03-05}]}")
    assert weekend.item("no_coverage").level == "warning"


def test_a_group_that_is_disabled_when_empty_says_so(weekend: Ahead) -> None:
    weekend.configure("alpha: {schedules: [SWEEK], when_empty: disable}")
    assert "The group is disabled meanwhile." in weekend.item("no_coverage").message


def test_what_another_rotation_of_the_group_covers_is_no_gap(weekend: Ahead) -> None:
    weekend.schedule("SWEEKEND", on_policy=False, kind="v3", shifts=[shift("PCY", SATURDAY - HOUR, MONDAY)])
    weekend.configure("alpha: {schedules: [SWEEK, SWEEKEND]}")
    assert weekend.items("no_coverage") == []


def test_the_periods_of_all_rotations_are_merged(weekend: Ahead) -> None:
    sunday = SATURDAY + DAY
    weekend.schedule("SSUN", shifts=[shift("PCY", sunday, sunday + HOUR), shift("PADA", sunday + HOUR, sunday + DAY)])
    weekend.configure("alpha: {schedules: [SWEEK, SSUN]}")
    when = weekend.item("no_coverage").message.split(": ")[1]
    assert when.startswith("Sat 07 Mar 00:00 to Sun 08 Mar 00:00, Mon 09 Mar 00:00 to 08:00.")


def test_a_placeholders_time_is_told_as_such(weekend: Ahead) -> None:
    weekend.world.schedules["SWEEK"].shifts.append(PlannedShift(person="PNOOP", start=SATURDAY, end=SATURDAY + DAY))
    weekend.configure("alpha: {schedules: [SWEEK]}")
    told = sorted(item.message.partition(". The")[0] for item in weekend.items("no_coverage"))
    assert told == [
        "Nobody is on call for SWEEK: Sun 08 Mar 00:00 to Mon 09 Mar 08:00",
        "Only placeholders are on call for SWEEK: Sat 07 Mar 00:00 to Sun 08 Mar 00:00",
    ]


def test_people_under_never_leave_a_gap_until_their_entry_ends(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SADA], never: [{email: ada@acme.example, until: 2026-03-04}]}")
    told = ahead.item("no_coverage").message
    assert told.startswith("Only people under `never` are on call for SADA: now to Thu 05 Mar 00:00.")


def test_a_schedule_that_stays_empty_has_nobody_for_all_the_days(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SEMPTY]}")
    assert ahead.item("no_coverage").message.startswith("Nobody is on call for SEMPTY: all 14 days.")


def test_many_gaps_are_cut_short(ahead: Ahead) -> None:
    nights = [shift("PADA", NOON - 4 * HOUR + n * DAY, NOON + 5 * HOUR + n * DAY) for n in range(15)]
    ahead.schedule("SOFFICE", shifts=nights)
    ahead.configure("alpha: {schedules: [SOFFICE]}")
    told = ahead.item("no_coverage").message
    assert "Mon 02 Mar 17:00 to Tue 03 Mar 08:00, Tue 03 Mar 17:00" in told
    assert told.count(" to ") == 5
    assert " and 9 more. The group" in told


def test_the_same_gap_of_two_groups_is_one_item(weekend: Ahead) -> None:
    weekend.configure("alpha: {schedules: [SWEEK]}\nbeta: {schedules: [SWEEK]}")
    assert weekend.item("no_coverage").groups == ("alpha", "beta")


def test_nothing_is_said_of_coverage_where_a_source_could_not_be_read(weekend: Ahead) -> None:
    weekend.configure("alpha: {schedules: [SWEEK, SNOWHERE]}")
    assert weekend.items("no_coverage") == []
    assert weekend.item("pagerduty_not_found").groups == ("alpha",)


def test_a_team_of_nobody_and_an_always_that_ends_leave_a_group_empty(ahead: Ahead) -> None:
    ahead.world.teams["TEAM"] = Team()
    ahead.configure(
        "alpha: {team_members: [TEAM]}\nbeta: {always: [{email: pia@acme.example, until: 2026-03-09}]}",
    )
    told = {item.groups: item.message.partition(". ")[0] for item in ahead.items("no_coverage")}
    assert told == {
        ("alpha",): "Nobody is in team TEAM: all 14 days",
        ("beta",): "Nobody is in the group: from Tue 10 Mar 00:00 on",
    }


def test_more_people_than_max_members_are_an_error_with_the_time(ahead: Ahead) -> None:
    """Overlap counts: for a quarter of an hour after the handoff both are members."""
    handoff = NOON + DAY
    ahead.schedule("STURNS", shifts=[shift("PADA", NOON - DAY, handoff), shift("PBO", handoff)])
    ahead.configure("alpha: {schedules: [STURNS], max_members: 1, overlap: {before: 15m}}")
    item = ahead.item("max_members")
    assert item.level == "error"
    assert item.message.startswith("2 people belong in the group from Tue 03 Mar 11:45 on, and max_members is 1:")

    ahead.configure("alpha: {schedules: [STURNS], max_members: 2, overlap: {before: 15m}}")
    assert ahead.items("max_members") == []


def test_nobody_joins_early_while_they_are_under_never(ahead: Ahead) -> None:
    never = "never: [{email: bo@acme.example, until: 2026-03-04}]"
    ahead.configure(f"alpha: {{schedules: [SADA, SBO], {never}, max_members: 1, overlap: {{before: 15m}}}}")
    assert ahead.item("max_members").message.startswith("2 people belong in the group from Thu 05 Mar 00:00 on,")


def test_an_overlap_that_is_longer_than_a_shift_is_a_warning_once_for_each_rotation(ahead: Ahead) -> None:
    hours = [shift("PADA" if n % 2 else "PBO", NOON + n * HOUR, NOON + (n + 1) * HOUR) for n in range(6)]
    ahead.schedule("SHOURS", shifts=[*hours, shift("PCY", NOON + 6 * HOUR)])
    ahead.configure("alpha: {schedules: [SHOURS], overlap: {after: 2h}}")
    item = ahead.item("overlap_too_long")
    assert (item.level, item.groups) == ("warning", ("alpha",))
    assert "shift on SHOURS is 1h long, and the group's overlap is 2h after" in item.message


def test_a_team_of_nobody_is_told_beside_a_rotation_too(ahead: Ahead) -> None:
    ahead.world.teams["TEAM"] = Team()
    ahead.configure("alpha: {schedules: [SADA], team_members: [TEAM]}")
    assert ahead.item("empty_team").level == "warning"
    assert ahead.items("no_coverage") == []
