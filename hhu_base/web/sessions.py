"""The browser's session: a signed cookie that counts on pages, and that nothing else ever reads.

It holds the token of who is signed in, the CSRF token and what is to be said on the next page.
"""

from __future__ import annotations

from pyramid.session import SignedCookieSessionFactory

from hhu_base.settings import Secret, is_production
from hhu_base.web.security import SESSION_TOKEN

SECRET = Secret(
    "admin.session_secret", "only-good-for-development", "签署管理页面会话的密钥", signs=True
)
_LONGEST_SAID = 300
_MORE = ["info", "还有更多提示，这里放不下。"]


def start(request, token: str) -> None:
    """Begin a new session with this token: nothing of the old one lives on (session fixation)."""
    request.session.invalidate()
    request.session[SESSION_TOKEN] = token
    request.session.new_csrf_token()


def end(request) -> None:
    request.session.invalidate()


def flash(request, sentence: str, kind: str = "success") -> None:
    """Show ``sentence`` on the next page, once; ``kind``: success, warning, danger or info.

    It travels in the cookie, which holds 4 KB, of which each Chinese letter takes eight bytes.
    """
    waiting = request.session.peek_flash()
    left = _LONGEST_SAID - sum(len(said) for _, said in waiting)
    if left <= 0:
        request.session.flash(_MORE, allow_duplicate=False)
        return
    shown = sentence if len(sentence) <= left else sentence[: left - 1] + "…"
    request.session.flash([kind, shown], allow_duplicate=False)


def includeme(config) -> None:
    """The session cookie, and CSRF for every view that does not refuse it."""
    config.declare_settings(SECRET)
    settings = config.get_settings()
    lifetime = int(config.registry["token_lifetime"].total_seconds())
    config.set_session_factory(
        SignedCookieSessionFactory(
            SECRET.read(settings),
            cookie_name="hhu_session",
            path="/",
            httponly=True,
            secure=is_production(settings),
            samesite="Lax",
            timeout=lifetime,
            reissue_time=lifetime // 10,
        )
    )
    # The REST services say require_csrf=False themselves; everything else is asked for a token.
    config.set_default_csrf_options(require_csrf=True)
