# Sourced by scripts/test after _setup.sh and _browser.sh: nginx, for the tests of deploy/nginx.
#
# set_up_nginx   fetches Debian's package and unpacks it into .venv, where it is missing. It is not
#                installed: that would start a server on port 80 of a machine that is not ours. Where
#                it can't be had, the tests are skipped, and say_without_nginx says so at the end.

without_nginx=""

set_up_nginx() {
    # Behind a nginx of the system's own, which an ordinary user does not have on the PATH.
    export PATH="$PATH:/usr/sbin:$project/.venv/nginx/usr/sbin"
    if has_nginx; then return; fi
    if command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
        echo "取得部署测试需要的 nginx……"
        (fetch_nginx) >.venv/hhu-nginx.log 2>&1 9<&- || true
        if has_nginx; then return; fi
        without_nginx="取得 nginx 没有成功，记录在 $project/.venv/hhu-nginx.log；也可以：sudo apt-get install nginx"
    else
        without_nginx="没有 nginx。在 Debian、Ubuntu 上：sudo apt-get install nginx"
    fi
}

has_nginx() {
    nginx -v >/dev/null 2>&1
}

fetch_nginx() {
    local package patience="-o Acquire::Retries=1 -o Acquire::http::Timeout=20"
    rm -rf .venv/nginx
    mkdir -p .venv/nginx
    cd .venv/nginx
    # shellcheck disable=SC2086
    if [ "$(id -u)" = 0 ]; then apt-get update -q $patience || true; fi
    for package in nginx nginx-core; do # the second on Ubuntu, where the first may be empty
        # shellcheck disable=SC2086
        apt-get download -q $patience "$package" && dpkg -x "${package}"_*.deb . || continue
        if [ -x usr/sbin/nginx ]; then break; fi
    done
}

say_without_nginx() {
    if [ -z "$without_nginx" ]; then return; fi
    printf '\n%s\n%s\n' "!!! 注意：nginx 的测试（tests/deploy/test_nginx.py）没有运行！" "    $without_nginx"
}
