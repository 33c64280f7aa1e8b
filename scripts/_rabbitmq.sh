# Sourced by scripts/test after _packages.sh: RabbitMQ, for tests/flows/test_rabbitmq.py and test_hosts.py,
# with ip, which makes their hosts, and rsync, for tests/deploy/test_recovery.py.
#
# set_up_rabbitmq   installs it where it may; elsewhere these tests are skipped, and
#                   say_without_rabbitmq says so at the end.

without_rabbitmq=""

set_up_rabbitmq() {
    if has_rabbitmq && command -v ip >/dev/null && command -v rsync >/dev/null; then return; fi
    if may_install; then
        echo "安装测试需要的 RabbitMQ……"
        install_rabbitmq >.venv/hhu-rabbitmq.log 2>&1 9<&- &
        show_progress $! .venv/hhu-rabbitmq.log '^Get:' '^Unpacking' ||
            tail -n 5 .venv/hhu-rabbitmq.log >&2
        if ! has_rabbitmq; then
            without_rabbitmq="安装 rabbitmq-server 没有成功，记录在 $project/.venv/hhu-rabbitmq.log"
        fi
    elif ! has_rabbitmq; then
        without_rabbitmq="没有 RabbitMQ。在 Debian、Ubuntu 上：sudo apt-get install rabbitmq-server"
    fi
}

# The tests start one of their own; the package's is not to run, nor at the next boot.
install_rabbitmq() {
    install_packages rabbitmq-server iproute2 rsync
    if command -v systemctl >/dev/null; then
        systemctl disable --now rabbitmq-server || true
    fi
}

has_rabbitmq() {
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && command -v epmd >/dev/null
}

say_without_rabbitmq() {
    if [ -z "$without_rabbitmq" ]; then return; fi
    printf '\n%s\n%s\n' "!!! 注意：RabbitMQ 的测试（tests/flows/test_rabbitmq.py、test_hosts.py）没有运行！" "    $without_rabbitmq"
}
