"""``python -m hhu_base.web.server INI``: the web server as a process."""

from hhu_base.web.server import main

main()
