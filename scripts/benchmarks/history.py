"""Years of a large college beside the demo's own rows: a hundred thousand of whatever grows."""

from __future__ import annotations

import psycopg

ROWS = 100_000

# Each statement writes ``%(rows)s`` rows, or as many as belong to those. One in two hundred is
# t0001's, so that own pages are long too. ``n`` counts; the rows lie in the past unless said.
_STATEMENTS = (
    "CREATE TEMPORARY TABLE somebody AS SELECT row_number() OVER (ORDER BY id) - 1 AS number, id"
    " FROM core_users",
    "CREATE UNIQUE INDEX ON somebody (number)",
    """
    INSERT INTO core_users (username, last_name, first_name, name_key, email, phone, post,
        department_id, date_joined)
    SELECT 'x' || u.id * 100 + n, last_name, first_name, name_key, 'x' || u.id * 100 + n || '@hhu.example',
        phone, post, department_id, now() - n * interval '1 month'
    FROM core_users AS u, generate_series(1, 10) AS n WHERE NOT is_staff
    """,
    """
    INSERT INTO core_audit (at, actor_id, actor, action, table_name, row_id, row_label, before, after)
    SELECT now() - n * interval '9 minutes', s.id, 't' || s.id,
        (ARRAY['新增', '修改', '删除'])[1 + n % 3],
        (ARRAY['core_users', 'rooms_meetingrooms', 'rooms_reservations'])[1 + n % 3], 1 + n % 50,
        '勤学楼 ' || n, '{"phone": "13800000000"}', jsonb_build_object('phone', n::text)
    FROM generate_series(1, %(rows)s) AS n JOIN somebody AS s ON s.number = n % 200
    """,
    """
    INSERT INTO core_mails (key, to_name, to_address, user_id, kind, subject, body, cause, status,
        attempts, created_at, sent_at, last_error)
    SELECT gen_random_uuid(), '褚杰', 't' || s.id || '@hhu.example', s.id, 'repairs.status',
        '报修 ' || n || ' 有了进展', '投影仪已经修好，请确认。', '报修 ' || n,
        CASE WHEN n % 50 = 7 THEN 'failed' ELSE 'sent' END, 1, now() - n * interval '7 minutes',
        CASE WHEN n % 50 <> 7 THEN now() - n * interval '7 minutes' END, ''
    FROM generate_series(1, %(rows)s) AS n JOIN somebody AS s ON s.number = n % 200
    """,
    """
    INSERT INTO core_notices (user_id, kind, subject, body, cause, created_at, read_at)
    SELECT s.id, 'repairs.status', '报修 ' || n || ' 有了进展', '投影仪已经修好，请确认。', '报修',
        now() - n * interval '7 minutes', CASE WHEN n % 3 > 0 THEN now() END
    FROM generate_series(1, %(rows)s) AS n JOIN somebody AS s ON s.number = n % 200
    """,
    """
    INSERT INTO repairs_requests (user_id, category_id, location, location_key, description, status,
        created_at, status_changed_at, rating)
    SELECT s.id, c.id, '勤学楼 ' || 100 + n % 400, 'qxl', '网口 ' || n || ' 没有信号', 2,
        now() - n * interval '11 minutes', now() - n * interval '10 minutes', 1 + n % 5
    FROM generate_series(1, %(rows)s) AS n JOIN somebody AS s ON s.number = n % 200
    CROSS JOIN LATERAL (SELECT id FROM repairs_categories ORDER BY id OFFSET n % 5 LIMIT 1) AS c
    """,
    """
    INSERT INTO repairs_history (request_id, status, changed_at, changed_by, remark)
    SELECT r.id, status.number, r.created_at, r.user_id, ''
    FROM repairs_requests AS r, generate_series(0, 2, 2) AS status(number) WHERE r.rating IS NOT NULL
    """,
    """
    INSERT INTO rooms_reservations
        (room_id, user_id, reserve_from, reserve_to, description, status, requested_at)
    SELECT r.id, s.id, start, start + interval '1 hour', '组会',
        CASE WHEN n % 10 = 3 THEN 'cancelled' ELSE 'confirmed' END, start - interval '5 days'
    FROM generate_series(1, %(rows)s) AS n JOIN somebody AS s ON s.number = n / 50 % 200
    CROSS JOIN LATERAL (SELECT id FROM rooms_meetingrooms ORDER BY id OFFSET n % 50 LIMIT 1) AS r
    CROSS JOIN LATERAL (SELECT date_trunc('day', now())
        + CASE WHEN n % 7 = 5 THEN interval '30 days' + n / 2000 * interval '1 day'
               ELSE interval '-30 days' - n / 500 * interval '1 day' END
        + (n / 50 % 10) * interval '1 hour') AS at(start)
    WHERE true
    """,
    """
    INSERT INTO rooms_waiting (user_id, room_id, reserve_from, reserve_to, description, wait_until,
        status, created_at)
    SELECT user_id, room_id, reserve_from, reserve_to, description, reserve_from,
        CASE WHEN reserve_from > now() AND id % 100 = 0 THEN 'waiting' ELSE 'ended' END, requested_at
    FROM rooms_reservations ORDER BY id LIMIT %(rows)s / 2
    """,
    """
    INSERT INTO activities_activities (name, name_key, time_start, time_end, location, form_metas,
        open_for_enrollment)
    SELECT name || n, name_key, time_start - n * interval '1 day', time_end - n * interval '1 day',
        location, form_metas, true
    FROM activities_activities, generate_series(1, %(rows)s / 1000) AS n
    """,
    """
    INSERT INTO activities_clockin_items (activity_id, label, from_time, to_time)
    SELECT id, '签到', time_start, time_start + interval '1 hour' FROM activities_activities
    ON CONFLICT DO NOTHING
    """,
    # All at once: the trigger would do it person by person, for minutes.
    "ALTER TABLE activities_clockins DISABLE TRIGGER note_clockin",
    """
    INSERT INTO activities_clockins (item_id, user_id, time)
    SELECT i.id, u.id, i.from_time FROM activities_clockin_items AS i
    JOIN core_users AS u ON (u.id + i.activity_id) % 20 = 0 OR i.activity_id % 1000 = 7
        OR u.username = 't0001' AND i.activity_id % 3 = 0
    WHERE i.label = '签到' ON CONFLICT DO NOTHING
    """,
    "ALTER TABLE activities_clockins ENABLE TRIGGER note_clockin",
    """
    INSERT INTO activities_enrollments (activity_id, user_id, enroll_time, participating_metas)
    SELECT i.activity_id, c.user_id, i.from_time - interval '3 days', '{"姓名": "褚杰", "备注": "无"}'
    FROM activities_clockins AS c JOIN activities_clockin_items AS i ON i.id = c.item_id
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO guides_guides (name, name_key, category_id, created_at, downloads)
    SELECT name || n, name_key, category_id, created_at - n * interval '1 day', n
    FROM guides_guides, generate_series(1, %(rows)s / 1000) AS n
    """,
    """
    INSERT INTO guides_versions (guide_id, is_current, digest, size, type, name, text, text_status)
    SELECT g.id, true, v.digest, v.size, v.type, v.name, v.text, v.text_status
    FROM guides_guides AS g JOIN guides_versions AS v ON v.guide_id = 1 + g.id % 12
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO guides_days (guide_id, day, downloads, mails)
    SELECT id, current_date - n, 1 + n % 7, n % 3
    FROM guides_guides, generate_series(0, 80) AS n ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO contacts_friends (user_id, friend_id)
    SELECT a.id, b.id FROM core_users AS a, core_users AS b
    WHERE a.id <> b.id AND (a.id + b.id) % 40 = 0 ON CONFLICT DO NOTHING
    """,
    "DROP TABLE somebody",
)


def fill(connection: psycopg.Connection, rows: int) -> None:
    """Add to the demo college what ``rows`` rows of each kind are."""
    for statement in _STATEMENTS:
        connection.execute(statement.replace("% ", "%% "), {"rows": rows})
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
