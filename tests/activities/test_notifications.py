"""Who moves up from the waiting list gets a mail."""

import sqlalchemy as sa

from hhu_base.mail.models import Mail


def test_who_moves_up_gets_a_mail(
    mine, session, teacher, add_user, add_activity, add_enrollment, add_waiting
):
    activity = add_activity("春游", participants_total_limit=1, has_waiting_list=True)
    enrollment = add_enrollment(activity, teacher)
    add_waiting(activity, add_user("t0002", email="t0002@hhu.example"))
    mine.delete(f"/enrollments/{enrollment.id}/")
    mail = session.scalars(sa.select(Mail)).one()
    assert mail.to_address == "t0002@hhu.example"
    assert mail.subject == "【活动】“春游”候补成功"
    assert "操场" in mail.body
    assert mail.cause == f"/admin/activities/activities/{activity.id}/"


def test_who_has_no_address_moves_up_without_one(
    mine, session, teacher, add_user, add_activity, add_enrollment, add_waiting
):
    activity = add_activity("春游", participants_total_limit=1, has_waiting_list=True)
    enrollment = add_enrollment(activity, teacher)
    add_waiting(activity, add_user("t0002"))
    mine.delete(f"/enrollments/{enrollment.id}/")
    assert session.scalars(sa.select(Mail)).all() == []
