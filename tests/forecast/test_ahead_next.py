"""Who takes over next in each group, as the on-call page shows it until the next check."""

from __future__ import annotations

from tests.forecast.ahead import DAY, HOUR, NOON, Ahead, shift


def coming(ahead: Ahead) -> list[tuple[str, object]]:
    return [(one.name, one.start) for one in ahead.check().next["alpha"]]


def test_the_next_shift_of_each_rotation_is_told_however_far_it_is(ahead: Ahead) -> None:
    ahead.schedule("SWEEK", shifts=[shift("PADA", NOON - DAY, NOON + 6 * DAY), shift("PBO", NOON + 6 * DAY)])
    ahead.configure("alpha: {schedules: [SWEEK]}")
    assert coming(ahead) == [("Bo", NOON + 6 * DAY)]


def test_all_shifts_until_after_the_next_check_are_told_in_order(ahead: Ahead) -> None:
    turns = [shift(("PADA", "PBO")[n % 2], NOON + n * 12 * HOUR, NOON + (n + 1) * 12 * HOUR) for n in range(-1, 6)]
    ahead.schedule("SHALF", shifts=turns)
    ahead.configure("alpha: {schedules: [SHALF]}")
    assert coming(ahead) == [("Bo", NOON + 12 * HOUR), ("Ada", NOON + 24 * HOUR)]


def test_who_never_joins_the_group_is_not_next(ahead: Ahead) -> None:
    ahead.schedule("SWEEK", shifts=[shift("PADA", NOON - DAY, NOON + DAY), shift("PBO", NOON + DAY)])
    ahead.configure("alpha: {schedules: [SWEEK], never: [bo@acme.example]}")
    assert coming(ahead) == []
