"""``python -m hhu_base`` is ``hhu``, for places where the script is not on the PATH."""

from hhu_base.cli import main

main()
