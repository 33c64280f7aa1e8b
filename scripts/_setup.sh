# Sourced by scripts/serve and scripts/test: a virtual environment with the pinned packages.
#
# set_up EXTRAS   e.g. set_up embedded,test. Afterwards the working directory is the project's,
#                 and .venv/bin/python is ready. Quick when nothing has changed.

set -euo pipefail

caller_directory=$PWD
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$project"

# Chinese text and file names, whatever LANG says.
export PYTHONUTF8=1

venv_python=.venv/bin/python
# While this file is there, an installation is under way, or was interrupted.
unfinished=.venv/hhu-unfinished
# What was installed, and where; written last.
stamp=.venv/hhu-installed

set_up() {
    # Two of them must not install at once. The lock is on the folder, so that no file is left,
    # and Python takes it, because not every system has flock(1).
    find_python
    exec 9<.
    "$python" - <<'LOCK'
import fcntl
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("另一个 scripts/serve 或 scripts/test 正在安装，等待……", flush=True)
    fcntl.flock(9, fcntl.LOCK_EX)
LOCK
    install_if_needed "$1"
    exec 9<&-
}

install_if_needed() {
    local wanted=$1 installed="" fingerprint
    # Remade, because pip takes a half-written package for an installed one, and because a
    # virtual environment knows its own path.
    if [ -e .venv ] && { [ -e "$unfinished" ] || ! is_sound; }; then
        echo "虚拟环境不完整或已被移动，重新建立……"
        rm -rf .venv
    fi
    if [ -x "$venv_python" ]; then
        fingerprint=$(fingerprint)
        if [ -r "$stamp" ]; then
            installed=$(sed -n 2p "$stamp")
            if [ "$(sed -n 1p "$stamp")" = "$fingerprint" ] && covers "$installed" "$wanted"; then
                return
            fi
        fi
    else
        require_venv
        echo "建立虚拟环境 .venv（$("$python" --version)）……"
        mkdir -p .venv
        touch "$unfinished"
        "$python" -m venv .venv
        fingerprint=$(fingerprint)
    fi
    # Where the test tools are installed they stay when serve installs anew.
    if covers "$installed" "$wanted"; then wanted=$installed; fi
    echo "安装依赖，第一次需要一两分钟……"
    touch "$unfinished"
    rm -f "$stamp"
    "$venv_python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
        --root-user-action ignore -c constraints.txt -e ".[$wanted]" 9<&- >.venv/hhu-pip.log 2>&1 &
    show_progress $! .venv/hhu-pip.log '^Collecting' '^Installing collected' || {
        tail -n 30 .venv/hhu-pip.log >&2
        echo "安装失败，完整记录在 $project/.venv/hhu-pip.log" >&2
        exit 1
    }
    printf '%s\n%s\n%s\n' "$fingerprint" "$wanted" "$project" >"$stamp"
    rm -f "$unfinished"
    echo "依赖已就绪。"
}

# show_progress PID LOG FETCHED INSTALLING: waits for an installer, says every few seconds how far it
# is by the lines of its log that match, and takes it along if we are stopped.
show_progress() {
    local installer=$1 log=$2 fetched=$3 installing=$4 shown=0 is_installing="" count
    trap 'kill "$installer" 2>/dev/null || true; wait "$installer" 2>/dev/null || true; exit 130' INT TERM HUP
    while kill -0 "$installer" 2>/dev/null; do
        count=$(grep -c "$fetched" "$log" 2>/dev/null || true)
        if grep -q "$installing" "$log" 2>/dev/null; then
            [ -n "$is_installing" ] || echo "  已下载，正在安装……"
            is_installing=yes
        elif [ "$((${count:-0} / 10))" -gt "$((shown / 10))" ]; then
            echo "  已取得 $count 个包……"
            shown=$count
        fi
        sleep 0.5
    done
    trap - INT TERM HUP
    wait "$installer"
}

# The interpreter still works, and the folder hasn't been moved or copied.
is_sound() {
    "$venv_python" -c '' 2>/dev/null || return 1
    [ ! -r "$stamp" ] || [ "$(sed -n 3p "$stamp")" = "$project" ]
}

# covers "embedded,test" "embedded": is every word of the second in the first?
covers() {
    local word
    for word in ${2//,/ }; do
        case ",$1," in *",$word,"*) ;; *) return 1 ;; esac
    done
}

fingerprint() {
    "$venv_python" - <<'HASH'
import hashlib, pathlib, sys
digest = hashlib.sha256(sys.version.encode())
for name in ("setup.py", "constraints.txt", "pyproject.toml"):
    digest.update(pathlib.Path(name).read_bytes())
print(digest.hexdigest())
HASH
}

# Sets $python: one that is new enough, if possible one that can make virtual environments.
find_python() {
    local candidate found fallback=""
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        # The shims of pyenv exist for versions that aren't switched on: ask, don't just look.
        # The base interpreter is wanted: our own .venv may be on the PATH, and be remade.
        found=$("$candidate" -c 'import sys
assert sys.version_info >= (3, 11)
print(getattr(sys, "_base_executable", "") or sys.executable)' 2>/dev/null) || continue
        [ -x "$found" ] || continue
        if "$found" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null; then
            python=$found
            return
        fi
        fallback=${fallback:-$found}
    done
    if [ -z "$fallback" ]; then
        echo "需要 Python 3.11 或更新的版本，没有找到。" >&2
        echo "在 Debian、Ubuntu 上：sudo apt-get install python3 python3-venv" >&2
        exit 1
    fi
    python=$fallback
}

# Debian splits ensurepip from Python.
require_venv() {
    if "$python" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null; then return; fi
    local package
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "安装 $package ……"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"; } \
            9<&- >/dev/null || true
    fi
    if ! "$python" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null; then
        echo "这个 Python（$python）不能建立虚拟环境，请先运行：" >&2
        echo "  sudo apt-get install $package" >&2
        exit 1
    fi
}
