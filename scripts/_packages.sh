# Sourced after _setup.sh: packages of Debian, where we may install them.

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install_packages() {
    # A mirror that does not answer, or somebody else's apt, must not hold up the other tests.
    local patience="-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60"
    # shellcheck disable=SC2086
    apt-get update -q $patience &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $patience "$@"
}
