#!/bin/sh
# The programs of the system that tests start for themselves: MariaDB, OpenSSH, Chromium.
#
#   system.sh                     make sure they are there; quiet when they are
#   system.sh python PYTHON VENV  make the virtual environment VENV where `PYTHON -m venv` failed
#
# As root on Debian it installs what is missing and starts no service; anybody else is told the one
# command to run. Tests start private instances on free ports, never those of the system.
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export PATH

has() { command -v "$1" >/dev/null 2>&1; }

can_install() { [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && has apt-get; }

# install PACKAGE…: non-interactive, without starting the services that packages bring.
install() {
    guard=/usr/sbin/policy-rc.d
    if [ ! -e "$guard" ]; then
        trap 'rm -f "$guard"' EXIT INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$guard"
        chmod 755 "$guard"
    fi
    log=$(mktemp)
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        echo "system.sh: could not install $*; the whole log is in $log" >&2
        exit 1
    fi
    rm -f "$log"
}

# require PACKAGE…: install them, or say how and stop.
require() {
    if can_install; then
        echo "installing $* (once)"
        install "$@"
    else
        echo "missing on this machine: $*. Run this, then the same command again:" >&2
        echo "    sudo apt-get install --no-install-recommends $*" >&2
        exit 1
    fi
}

if [ "${1:-}" = python ]; then
    [ $# = 3 ] || { echo "usage: system.sh python PYTHON VENV" >&2; exit 2; }
    has "$2" || { echo "there is no $2; install Python 3.11 or later" >&2; exit 1; }
    rm -rf "$3"
    # Also says what is wrong when it is not the missing package (a full disk, an old Python).
    "$2" -m venv "$3" >/dev/null 2>&1 && exit 0
    require python3-venv
    rm -rf "$3"
    exec "$2" -m venv "$3"
fi

missing=""
{ has mariadbd && has mariadb-install-db; } || missing="$missing mariadb-server"
has sshd || missing="$missing openssh-server"
has chromium || has chromium-browser || has google-chrome || missing="$missing chromium"
# shellcheck disable=SC2086  # a list of package names
[ -z "$missing" ] || require $missing
