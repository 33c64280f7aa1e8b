"""PostgreSQL and Valkey out of wheels, and what keeps them and our own processes running.

Only the standard library is imported here: the supervisor lives as long as the
system does and should cost next to no memory.

locations     where everything of one data directory is; any process can compute it
account       the unprivileged account of a Postgres that root has started
binaries      the Postgres programs of the wheel, or a copy that this account can read
home          the folder with the database, made once and found again
postgres      PostgreSQL as a child process
valkey        Valkey as a child process
process       starts one child so that it can't outlive us
supervisor    starts children in order, restarts what dies, stops them in reverse
signals       Ctrl-C, SIGTERM, SIGHUP
lock          one serve per data directory
serve         the story of `scripts/serve`
throwaway     services for tests and benchmarks, gone afterwards
"""
