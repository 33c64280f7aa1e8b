"""The rules of time: rounding to the grid, the limits, and the settings that they come from."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hhu_base.settings import ConfigurationError
from hhu_plugins.rooms.policy import BookingPolicy, read_policy

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9998, 12, 31, 23, 59, tzinfo=UTC)


def make_policy(step=30, shortest=30, longest=180, zone=SHANGHAI):
    return BookingPolicy(
        step=timedelta(minutes=step),
        shortest=timedelta(minutes=shortest),
        longest=timedelta(minutes=longest),
        horizon=timedelta(days=365),
        zone=zone,
    )


def at(clock, zone=SHANGHAI):
    return datetime.fromisoformat(f"2026-11-23T{clock}").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("step", "instant", "down", "up"),
    [
        (30, "10:00", "10:00", "10:00"),
        (30, "10:00:00.000001", "10:00", "10:30"),
        (30, "10:29:59.999999", "10:00", "10:30"),
        (30, "10:01", "10:00", "10:30"),
        (5, "10:04", "10:00", "10:05"),
        (1, "10:04:30", "10:04", "10:05"),
        (1440, "00:00", "00:00", "00:00"),
    ],
)
def test_an_instant_is_moved_back_or_forward_to_the_grid(step, instant, down, up):
    policy = make_policy(step)
    assert policy.down(at(instant)) == at(down)
    assert policy.up(at(instant)) == at(up)


def test_the_grid_is_counted_from_midnight_of_the_site_and_not_of_greenwich():
    # Kathmandu is 5:45 ahead: its half hours are quarters past and to the hour in UTC.
    policy = make_policy(30, zone=ZoneInfo("Asia/Kathmandu"))
    assert policy.down(at("10:20", UTC)) == at("10:15", UTC)
    assert policy.up(at("10:20", UTC)) == at("10:45", UTC)


def test_widening_covers_what_was_asked_for():
    assert make_policy().widen(at("10:10"), at("10:50")) == (at("10:00"), at("11:00"))


def test_widening_leaves_what_is_on_the_grid():
    assert make_policy().widen(at("10:00"), at("11:00")) == (at("10:00"), at("11:00"))


@pytest.mark.parametrize(
    ("minutes", "rounded"), [(-30, -30), (0, 0), (1, 30), (30, 30), (31, 60), (60, 60)]
)
def test_a_length_between_two_steps_counts_as_the_longer(minutes, rounded):
    assert make_policy().round_length(timedelta(minutes=minutes)) == timedelta(minutes=rounded)


@pytest.mark.parametrize(
    ("minutes", "allowed"), [(29, False), (30, True), (180, True), (181, False)]
)
def test_both_limits_are_allowed_themselves(minutes, allowed):
    assert make_policy().allows_length(timedelta(minutes=minutes)) is allowed


@pytest.mark.parametrize(
    ("shortest", "longest", "sentence"),
    [
        (30, 180, "预约会议时间不得少于30分钟，不得超过3小时。"),
        (60, 90, "预约会议时间不得少于1小时，不得超过90分钟。"),
    ],
)
def test_the_sentence_names_the_figures_of_the_site(shortest, longest, sentence):
    assert make_policy(shortest=shortest, longest=longest).length_sentence == sentence


def test_the_sentence_on_the_horizon_names_the_days():
    assert make_policy().horizon_sentence == "只能预约365天以内的会议室。"


@pytest.mark.parametrize("instant", [FIRST, LAST])
def test_the_first_and_the_last_day_that_the_contract_allows_can_be_rounded(instant):
    start, end = make_policy().widen(instant, instant)
    assert start <= instant <= end


@given(
    instant=st.timedeltas(timedelta(0), LAST - FIRST).map(FIRST.__add__),
    step=st.sampled_from([1, 5, 10, 15, 20, 30, 60]),
)
def test_rounding_is_the_nearest_point_on_either_side_and_stays_there(instant, step):
    policy = make_policy(step)
    down, up = policy.down(instant), policy.up(instant)
    assert down <= instant <= up
    assert up - down in (timedelta(0), policy.step)
    assert policy.down(down) == policy.up(down) == down
    assert policy.down(up) == policy.up(up) == up


def test_the_settings_have_the_defaults_of_the_contract():
    assert read_policy({}, SHANGHAI) == make_policy()


def test_no_days_ahead_mean_no_horizon():
    assert read_policy({"rooms.max_days_ahead": "0"}, SHANGHAI).horizon is None


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"rooms.granularity": "0"}, "rooms.granularity"),
        ({"rooms.granularity": "7"}, "rooms.granularity"),
        ({"rooms.granularity": "half"}, "rooms.granularity"),
        ({"rooms.min_minutes": "0"}, "rooms.min_minutes"),
        ({"rooms.min_minutes": "60", "rooms.max_minutes": "30"}, "rooms.max_minutes"),
        ({"rooms.max_minutes": "1441"}, "rooms.max_minutes"),
        (
            {"rooms.granularity": "60", "rooms.min_minutes": "5", "rooms.max_minutes": "30"},
            "rooms.max_minutes",
        ),
        ({"rooms.max_days_ahead": "-1"}, "rooms.max_days_ahead"),
    ],
)
def test_a_setting_that_cannot_be_kept_is_named(settings, key):
    with pytest.raises(ConfigurationError) as error:
        read_policy(settings, SHANGHAI)
    assert error.value.key == key
