# Sourced by scripts/test and scripts/screenshots after _packages.sh: Chromium and Chinese fonts.
#
# set_up_browser   installs them where it may. Nothing breaks where it can't: the tests in
#                  tests/browser are skipped then, and say_without_browser says so at the end.

without_browser=""

set_up_browser() {
    if has_chromium && has_chinese_fonts; then return; fi
    if may_install; then
        echo "安装浏览器测试需要的 chromium 和中文字体，可能要几分钟……"
        install_browser >.venv/hhu-apt.log 2>&1 9<&- &
        show_progress $! .venv/hhu-apt.log '^Get:' '^Unpacking' || tail -n 5 .venv/hhu-apt.log >&2
        if ! has_chromium; then
            without_browser="安装 chromium 没有成功，记录在 $project/.venv/hhu-apt.log"
        fi
    elif ! has_chromium; then
        without_browser="没有 chromium。在 Debian、Ubuntu 上：sudo apt-get install chromium fonts-noto-cjk"
    fi
}

# What Chromium itself draws (dates, the button that chooses a file) in Chinese; where that can't be
# installed the pictures have it in English.
set_up_chinese_browser() {
    if ! may_install; then return; fi
    if dpkg -s chromium-l10n >/dev/null 2>&1; then return; fi
    install_packages chromium-l10n >>.venv/hhu-apt.log 2>&1 9<&- || true
}

install_browser() {
    install_packages chromium fonts-noto-cjk
}

# One that runs: on Ubuntu the command may be there and only tell about a snap.
has_chromium() {
    local name
    for name in chromium chromium-browser google-chrome-stable google-chrome; do
        if "$name" --version >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

has_chinese_fonts() {
    [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]
}

# wants FOLDER ARGUMENTS: do these, which pytest gets, reach tests/FOLDER?
wants() {
    local folder=$1 argument elsewhere=""
    shift
    for argument in "$@"; do
        case "$argument" in
            *"$folder"*) return 0 ;;
            -* | . | tests | tests/) ;;
            *) if [ -e "${argument%%::*}" ]; then elsewhere=yes; fi ;;
        esac
    done
    [ -z "$elsewhere" ]
}

say_without_browser() {
    if [ -z "$without_browser" ]; then return; fi
    printf '\n%s\n%s\n' "!!! 注意：浏览器测试（tests/browser）没有运行！" "    $without_browser"
}
