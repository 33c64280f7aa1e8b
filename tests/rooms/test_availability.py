"""The availability search, rule by rule, as the contract has them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import occupancy
from hhu_plugins.rooms.availability import (
    Alternatives,
    alternatives,
    find_gaps,
    free_rooms,
)
from hhu_plugins.rooms.models import CONFIRMED, HELD, STATUSES, Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.search_limits import LONGEST_WINDOW, MOST_CHOICES

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = BookingPolicy(
    step=timedelta(minutes=30),
    shortest=timedelta(minutes=30),
    longest=timedelta(hours=3),
    horizon=timedelta(days=365),
    zone=ZONE,
)
HOUR = timedelta(hours=1)


def at(clock, day=23):
    """That time on a day of November 2026, at the site."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}").replace(tzinfo=ZONE)


def span(text, day=23):
    """``10:00-11:00`` as an interval."""
    start, end = text.split("-")
    return at(start, day), at(end, day)


def spans(*texts):
    return [span(text) for text in texts]


NOW = at("08:00", day=20)


@pytest.fixture
def user(session):
    user = User(username="t0001", last_name="褚", first_name="杰", phone="13800000001")
    session.add(user)
    session.flush()
    return user


@pytest.fixture
def add_room(session):
    def add(name="101", location="勤学楼", seats=10, label=""):
        room = Meetingroom(
            name=name, location=location, seats_count=seats, label=label, description=""
        )
        session.add(room)
        session.flush()
        return room

    return add


@pytest.fixture
def reserve(session, user):
    def reserve(room, interval, status=CONFIRMED, by=None):
        start, end = span(interval) if isinstance(interval, str) else interval
        session.add(
            Reservation(
                room_id=room.id,
                user_id=(by or user).id,
                reserve_from=start,
                reserve_to=end,
                description="组会",
                status=status,
            )
        )
        session.flush()

    return reserve


@pytest.fixture
def search(session):
    """``free_rooms`` with this file's policy and now, unless told otherwise."""

    def search(window, length=None, now=NOW, policy=POLICY, **filters):
        interval = span(window) if isinstance(window, str) else window
        minutes = None if length is None else timedelta(minutes=length)
        return free_rooms(session, policy, now, interval, length=minutes, **filters)

    return search


def names(places):
    return [(place.location, [free.room.name for free in place.rooms]) for place in places]


def only_room(places):
    (place,) = places
    (free,) = place.rooms
    return free


class TestWithoutLength:
    def test_a_room_without_reservations_is_free_with_the_window_as_its_one_choice(
        self, search, add_room
    ):
        room = add_room(seats=12, label="投影")
        free = only_room(search("10:00-11:00"))
        assert free.choices == free.free == spans("10:00-11:00")
        assert (free.room.id, free.room.name, free.room.location) == (room.id, "101", "勤学楼")
        assert (free.room.seats_count, free.room.label, free.room.description) == (12, "投影", "")

    @pytest.mark.parametrize(
        "taken", ["10:00-11:00", "09:30-10:30", "10:30-11:30", "09:00-12:00", "10:30-11:00"]
    )
    def test_a_room_that_is_taken_for_some_of_the_window_is_left_out(
        self, search, add_room, reserve, taken
    ):
        reserve(add_room(), taken)
        assert search("10:00-11:00") == []

    def test_reservations_that_only_touch_the_window_take_nothing(self, search, add_room, reserve):
        room = add_room()
        reserve(room, "09:00-10:00")
        reserve(room, "11:00-12:00")
        assert only_room(search("10:00-11:00")).free == spans("10:00-11:00")

    @pytest.mark.parametrize(
        "status", [status for status in STATUSES if status not in (CONFIRMED, HELD)]
    )
    def test_only_confirmed_reservations_block(self, search, add_room, reserve, status):
        reserve(add_room(), "10:00-11:00", status)
        assert names(search("10:00-11:00")) == [("勤学楼", ["101"])]

    def test_a_meeting_of_a_whole_day_that_began_yesterday_blocks(self, search, add_room, reserve):
        reserve(add_room(), (at("10:30", 22), at("10:30", 23)))
        assert search("10:00-11:00") == []
        assert names(search("10:30-11:30")) == [("勤学楼", ["101"])]

    def test_the_window_is_widened_to_the_grid(self, search, add_room):
        add_room()
        assert only_room(search("10:10-10:50")).choices == spans("10:00-11:00")

    def test_what_the_widening_adds_must_be_free_too(self, search, add_room, reserve):
        reserve(add_room(), "11:00-12:00")
        assert search("10:10-11:10") == []

    @pytest.mark.parametrize("window", ["10:00-13:30", "10:29-13:01"])
    def test_a_widened_window_longer_than_a_meeting_is_refused(self, search, window):
        with pytest.raises(Refusal):
            search(window)

    def test_the_longest_meeting_itself_is_allowed(self, search, add_room):
        add_room()
        assert only_room(search("10:00-13:00")).free == spans("10:00-13:00")

    def test_a_widened_window_shorter_than_a_meeting_is_refused(self, search):
        with pytest.raises(Refusal):
            search("10:10-10:20", policy=replace(POLICY, shortest=HOUR))

    @pytest.mark.parametrize("window", ["11:00-10:00", "10:10-10:10"])
    def test_a_window_without_any_time_is_refused(self, search, window):
        with pytest.raises(Refusal):
            search(window)

    def test_of_a_window_that_has_begun_the_rest_counts_from_the_grid_before_now(
        self, search, add_room, reserve
    ):
        reserve(add_room(), "10:00-10:30")
        found = only_room(search("10:00-12:00", now=at("10:40")))
        assert found.choices == found.free == spans("10:30-12:00")

    @pytest.mark.parametrize("now", ["11:00", "11:10", "23:00"])
    def test_in_a_window_that_is_past_nothing_is_free(self, search, add_room, now):
        add_room()
        assert search("10:00-11:00", now=at(now)) == []

    def test_a_window_that_ends_now_is_past_though_it_would_be_widened(self, search, add_room):
        add_room()
        assert search("10:00-11:10", now=at("11:10")) == []

    def test_a_window_that_is_past_is_measured_against_the_limits_all_the_same(self, search):
        with pytest.raises(Refusal):
            search("10:00-14:00", now=at("12:00"))

    def test_a_rest_shorter_than_a_meeting_is_not_offered(self, search, add_room):
        add_room()
        policy = replace(POLICY, shortest=HOUR)
        assert search("10:00-11:00", now=at("10:29"), policy=policy) != []
        assert search("10:00-11:00", now=at("10:30"), policy=policy) == []


class TestWithLength:
    def test_choices_are_laid_end_to_end_from_the_start_of_each_gap(
        self, search, add_room, reserve
    ):
        reserve(add_room(), "10:00-11:00")
        found = only_room(search("08:00-13:30", length=60))
        assert found.free == spans("08:00-10:00", "11:00-13:30")
        assert found.choices == spans("08:00-09:00", "09:00-10:00", "11:00-12:00", "12:00-13:00")

    def test_gaps_shorter_than_the_length_are_left_out(self, search, add_room, reserve):
        room = add_room()
        reserve(room, "09:00-10:00")
        reserve(room, "10:30-11:00")
        assert only_room(search("08:00-12:00", length=60)).free == spans(
            "08:00-09:00", "11:00-12:00"
        )

    def test_a_room_without_a_gap_that_is_long_enough_is_left_out(self, search, add_room, reserve):
        reserve(add_room(), "10:00-11:00")
        assert search("09:00-12:00", length=90) == []

    def test_reservations_that_touch_leave_no_gap_between_them(self, search, add_room, reserve):
        room = add_room()
        reserve(room, "09:00-10:00")
        reserve(room, "10:00-11:00")
        assert only_room(search("08:30-11:30", length=30)).free == spans(
            "08:30-09:00", "11:00-11:30"
        )

    def test_reservations_across_the_edges_of_the_window_cut_it(self, search, add_room, reserve):
        room = add_room()
        reserve(room, "08:00-09:30")
        reserve(room, "11:30-14:00")
        assert only_room(search("09:00-12:00", length=30)).free == spans("09:30-11:30")

    def test_gaps_lie_on_the_grid_inside_the_window(self, search, add_room):
        add_room()
        assert only_room(search("09:10-11:50", length=30)).free == spans("09:30-11:30")

    def test_gaps_lie_on_the_grid_where_older_reservations_do_not(self, search, add_room, reserve):
        reserve(add_room(), "09:40-10:05")
        found = only_room(search("09:00-12:00", length=30))
        assert found.free == spans("09:00-09:30", "10:30-12:00")

    def test_a_length_between_two_steps_counts_as_the_longer(self, search, add_room):
        add_room()
        found = only_room(search("09:00-11:00", length=31))
        assert found.choices == spans("09:00-10:00", "10:00-11:00")

    def test_the_window_may_be_longer_than_a_meeting(self, search, add_room):
        add_room()
        assert only_room(search("08:00-22:00", length=180)).free == spans("08:00-22:00")

    def test_a_window_shorter_than_the_length_has_no_room(self, search, add_room):
        add_room()
        assert search("10:00-10:30", length=60) == []

    def test_a_window_that_misses_the_grid_has_no_room(self, search, add_room):
        add_room()
        assert search("10:10-10:50", length=30) == []

    @pytest.mark.parametrize("length", [181, 200, 10**6, 0, -30])
    def test_a_length_that_no_meeting_may_have_is_refused(self, search, length):
        with pytest.raises(Refusal):
            search("08:00-22:00", length=length)

    @pytest.mark.parametrize("length", [timedelta.max, timedelta.min])
    def test_an_absurd_length_is_refused_without_overflowing(self, session, length):
        with pytest.raises(Refusal):
            free_rooms(session, POLICY, NOW, span("08:00-22:00"), length=length)

    def test_the_rounded_length_is_what_the_limits_are_for(self, search, add_room):
        add_room()
        policy = replace(POLICY, shortest=timedelta(minutes=45), longest=timedelta(minutes=100))
        assert search("08:00-22:00", length=31, policy=policy) != []
        with pytest.raises(Refusal):
            search("08:00-22:00", length=30, policy=policy)
        with pytest.raises(Refusal):
            search("08:00-22:00", length=91, policy=policy)

    @pytest.mark.parametrize("window", ["10:00-10:29", "10:00-10:00", "11:00-10:00"])
    def test_a_window_shorter_than_a_meeting_is_refused(self, search, window):
        with pytest.raises(Refusal):
            search(window, length=30)

    def test_what_is_past_does_not_count(self, search, add_room):
        add_room()
        found = only_room(search("08:00-12:00", length=30, now=at("10:40")))
        assert found.free == spans("11:00-12:00")

    @pytest.mark.parametrize("now", ["11:31", "12:00", "13:00"])
    def test_where_too_little_is_left_nothing_is_free(self, search, add_room, now):
        add_room()
        assert search("08:00-12:00", length=30, now=at(now)) == []

    def test_nothing_is_offered_beyond_the_horizon(self, search, add_room):
        add_room()
        policy = replace(POLICY, horizon=timedelta(days=3))
        window = (at("07:00"), at("10:00"))
        assert only_room(search(window, length=30, policy=policy)).free == spans("07:00-08:00")
        assert search("08:00-10:00", length=30, policy=policy) == []

    def test_a_window_of_decades_is_cut(self, search, add_room):
        add_room()
        policy = replace(POLICY, horizon=None)
        window = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC))
        found = only_room(search(window, length=30, policy=policy))
        assert len(found.choices) == MOST_CHOICES
        assert found.free == [(NOW, NOW + MOST_CHOICES * timedelta(minutes=30))]

    def test_a_window_is_never_looked_at_for_more_than_a_year(self, search, add_room):
        add_room()
        policy = replace(POLICY, horizon=None, longest=timedelta(hours=24))
        window = (NOW, NOW + 2 * LONGEST_WINDOW)
        assert only_room(search(window, length=24 * 60, policy=policy)).free == [
            (NOW, NOW + LONGEST_WINDOW)
        ]


@pytest.mark.parametrize("length", [None, 60])
@pytest.mark.parametrize("year", [1970, 9998])
def test_the_first_and_the_last_day_of_the_contract_do_not_overflow(search, add_room, year, length):
    add_room()
    start = (
        datetime(1970, 1, 1, tzinfo=UTC) if year == 1970 else datetime(9998, 12, 31, 21, tzinfo=UTC)
    )
    policy = replace(POLICY, horizon=None)
    found = only_room(search((start, start + 3 * HOUR), length, now=start, policy=policy))
    assert found.free == [(start, start + 3 * HOUR)]


def test_a_gap_begins_where_the_last_of_overlapping_reservations_ends():
    # The database excludes them; whoever drops the constraint is still told nothing untrue.
    taken = spans("09:00-12:00", "10:00-11:00")
    assert find_gaps(POLICY, span("08:00-13:00"), taken, HOUR) == spans(
        "08:00-09:00", "12:00-13:00"
    )


class TestFiltersAndOrder:
    @pytest.mark.parametrize(
        ("people_count", "expected"),
        [(-(10**30), 2), (0, 2), (10, 2), (11, 1), (21, 0), (10**30, 0)],
    )
    def test_seats_at_least(self, search, add_room, people_count, expected):
        add_room("101", seats=10)
        add_room("102", seats=20)
        found = search("10:00-11:00", people_count=people_count)
        assert sum(len(place.rooms) for place in found) == expected

    @pytest.mark.parametrize("field", ["label", "location"])
    @pytest.mark.parametrize(
        ("stored", "asked", "is_found"),
        [
            ("TV Wall", "tv", True),
            ("tv wall", "V W", True),
            ("投影、音响", "影、", True),
            ("投影", "电视", False),
            ("100%", "0%", True),
            ("1000", "0%", False),
            ("a_b", "a_b", True),
            ("axb", "a_b", False),
            ("a\\b", "a\\b", True),
            ("ab", "a\\b", False),
            ("a/b", "a/b", True),
            ("anything", "", True),
        ],
    )
    def test_texts_are_contained_literally_whatever_the_case(
        self, search, add_room, field, stored, asked, is_found
    ):
        add_room(**{field: stored})
        assert bool(search("10:00-11:00", **{field: asked})) is is_found

    def test_all_filters_must_fit(self, search, add_room):
        add_room("1", location="北楼", seats=20, label="电视")
        add_room("2", location="北楼", seats=20, label="投影")
        add_room("3", location="北楼", seats=10, label="电视")
        add_room("4", location="南楼", seats=20, label="电视")
        found = search("10:00-11:00", people_count=20, label="电视", location="北")
        assert names(found) == [("北楼", ["1"])]

    def test_the_place_with_the_smallest_room_comes_first_and_in_it_the_smaller_room(
        self, search, add_room
    ):
        add_room("a", location="A", seats=30)
        add_room("b", location="A", seats=20)
        add_room("c", location="B", seats=40)
        add_room("d", location="B", seats=10)
        assert names(search("10:00-11:00")) == [("B", ["d", "c"]), ("A", ["b", "a"])]

    def test_a_small_room_that_does_not_fit_moves_no_place_forward(self, search, add_room, reserve):
        add_room("a", location="A", seats=20)
        add_room("b", location="B", seats=5)
        add_room("c", location="B", seats=30)
        reserve(add_room("d", location="B", seats=15), "10:00-11:00")
        assert names(search("10:00-11:00", people_count=10)) == [("A", ["a"]), ("B", ["c"])]

    def test_rooms_of_the_same_size_come_by_name(self, search, add_room):
        for name in ("103", "101", "102"):
            add_room(name)
        assert names(search("10:00-11:00")) == [("勤学楼", ["101", "102", "103"])]

    def test_without_a_fitting_room_the_answer_is_empty(self, search):
        assert search("10:00-11:00") == search("08:00-20:00", length=60) == []

    def test_rooms_do_not_share_their_reservations(self, search, add_room, reserve):
        reserve(add_room("101"), "10:00-11:00")
        reserve(add_room("102"), "11:00-12:00")
        (place,) = search("10:00-12:00", length=60)
        assert [(free.room.name, free.free) for free in place.rooms] == [
            ("101", spans("11:00-12:00")),
            ("102", spans("10:00-11:00")),
        ]


class TestRoomsWithReservations:
    @pytest.fixture
    def calendars(self, session):
        def calendars(window, **filters):
            found = occupancy.calendars(session, span(window), **filters)
            return {
                calendar.room.name: [
                    (occupation.reserve_from, occupation.reserve_to)
                    for occupation in calendar.reservations
                ]
                for calendar in found
            }

        return calendars

    def test_every_room_with_enough_seats_by_seats_then_name_free_or_not(
        self, calendars, add_room, reserve
    ):
        reserve(add_room("c", seats=20), "10:00-11:00")
        add_room("b", location="南楼", seats=20)
        add_room("a", seats=30)
        add_room("d", seats=10)
        assert list(calendars("08:00-20:00", seats=20).items()) == [
            ("b", []),
            ("c", spans("10:00-11:00")),
            ("a", []),
        ]
        assert list(calendars("08:00-20:00")) == ["d", "b", "c", "a"]

    def test_reservations_come_in_order_of_time(self, calendars, add_room, reserve):
        room = add_room()
        for taken in ("15:00-16:00", "09:00-10:00", "12:00-13:00"):
            reserve(room, taken)
        assert calendars("08:00-20:00")["101"] == spans("09:00-10:00", "12:00-13:00", "15:00-16:00")

    @pytest.mark.parametrize(
        ("taken", "is_shown"),
        [
            ("10:00-11:00", True),
            ("09:30-10:30", True),
            ("10:30-11:30", True),
            ("09:00-12:00", True),
            ("10:30-11:00", True),
            ("09:00-10:00", False),
            ("11:00-12:00", False),
        ],
    )
    def test_reservations_that_share_time_with_the_window_are_shown_whole(
        self, calendars, add_room, reserve, taken, is_shown
    ):
        reserve(add_room(), taken)
        assert calendars("10:00-11:00")["101"] == (spans(taken) if is_shown else [])

    @pytest.mark.parametrize(
        "status", [status for status in STATUSES if status not in (CONFIRMED, HELD)]
    )
    def test_only_confirmed_ones_are_shown(self, calendars, add_room, reserve, status):
        reserve(add_room(), "10:00-11:00", status)
        assert calendars("08:00-20:00") == {"101": []}

    def test_it_tells_who_has_the_room_what_for_and_how_to_reach_them(
        self, session, add_room, reserve
    ):
        without_phone = User(username="t0002", last_name="尉迟", first_name="恭")
        session.add(without_phone)
        session.flush()
        room = add_room()
        reserve(room, "10:00-11:00")
        reserve(room, "11:00-12:00", by=without_phone)
        (calendar,) = occupancy.calendars(session, span("08:00-20:00"))
        assert calendar.room.id == room.id
        assert [
            (occupation.reserve_user, occupation.contact, occupation.description)
            for occupation in calendar.reservations
        ] == [("t0001-褚杰", "13800000001", "组会"), ("t0002-尉迟恭", None, "组会")]

    def test_more_than_an_answer_may_hold_is_refused_rather_than_cut(
        self, session, add_room, reserve, monkeypatch
    ):
        monkeypatch.setattr(occupancy, "MOST_RESERVATIONS", 2)
        room = add_room()
        reserve(room, "10:00-11:00")
        reserve(room, "11:00-12:00")
        assert len(occupancy.calendars(session, span("08:00-20:00"))[0].reservations) == 2
        reserve(room, "12:00-13:00")
        with pytest.raises(Refusal):
            occupancy.calendars(session, span("08:00-20:00"))


class TestAlternatives:
    @pytest.fixture
    def offer(self, session):
        def offer(room, interval, now=NOW, policy=POLICY) -> Alternatives:
            return alternatives(session, policy, now, room, span(interval))

        return offer

    def test_the_nearest_free_stretches_of_the_same_length_come_first(
        self, offer, add_room, reserve
    ):
        room = add_room()
        reserve(room, "10:00-11:00")
        assert offer(room, "10:00-11:00").stretches == spans(
            "09:00-10:00", "11:00-12:00", "08:30-09:30"
        )

    def test_stretches_lie_between_the_other_reservations(self, offer, add_room, reserve):
        room = add_room()
        for taken in ("08:00-09:30", "10:00-11:00", "11:30-12:00", "13:00-14:30"):
            reserve(room, taken)
        assert offer(room, "10:00-11:00").stretches == spans(
            "12:00-13:00", "07:00-08:00", "06:30-07:30"
        )

    def test_no_stretch_begins_in_the_past(self, offer, add_room, reserve):
        room = add_room()
        reserve(room, "10:00-11:00")
        assert offer(room, "10:00-11:00", now=at("08:45")).stretches == spans(
            "09:00-10:00", "11:00-12:00", "11:30-12:30"
        )

    def test_no_stretch_ends_beyond_the_horizon(self, offer, add_room, reserve):
        room = add_room()
        reserve(room, "10:00-11:00")
        policy = replace(POLICY, horizon=at("11:59") - NOW)
        assert offer(room, "10:00-11:00", policy=policy).stretches == spans(
            "09:00-10:00", "08:30-09:30", "08:00-09:00"
        )

    def test_in_a_room_taken_for_more_than_a_week_around_there_is_none(
        self, offer, add_room, reserve
    ):
        room = add_room()
        for day in range(-9, 9):
            start = at("10:00") + timedelta(days=day)
            reserve(room, (start, start + timedelta(days=1)))
        assert offer(room, "10:00-11:00").stretches == []

    def test_a_room_that_was_given_back_meanwhile_is_offered_at_that_very_time(
        self, offer, add_room
    ):
        assert offer(add_room(), "10:00-11:00").stretches[0] == span("10:00-11:00")

    def test_the_interval_is_widened_to_the_grid(self, offer, add_room, reserve):
        room = add_room()
        reserve(room, "10:00-11:00")
        assert offer(room, "10:10-10:50").stretches[0] == span("09:00-10:00")

    def test_other_rooms_are_as_large_or_larger_and_the_nearest_in_seats_come_first(
        self, offer, add_room, reserve
    ):
        room = add_room("101", seats=20)
        for name, seats in (("102", 19), ("103", 60), ("104", 30), ("105", 20), ("106", 40)):
            add_room(name, seats=seats)
        assert [other.name for other in offer(room, "10:00-11:00").rooms] == ["105", "104", "106"]

    def test_of_rooms_of_the_same_size_those_of_the_same_place_come_first_then_by_name(
        self, offer, add_room
    ):
        room = add_room("101", location="B")
        add_room("102", location="A")
        add_room("104", location="B")
        add_room("103", location="B")
        assert [other.name for other in offer(room, "10:00-11:00").rooms] == ["103", "104", "102"]

    def test_other_rooms_are_free_for_the_whole_of_that_time(self, offer, add_room, reserve):
        room = add_room("101")
        reserve(add_room("102"), "10:30-11:30")
        reserve(add_room("103"), "11:00-12:00")
        reserve(add_room("104"), "10:00-11:00", status="cancelled")
        assert [other.name for other in offer(room, "10:00-11:00").rooms] == ["103", "104"]
