# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the scripts share.

# The release of Debian that this is, as bookworm; that of sid is the next one's
# shellcheck source=/dev/null
DEBIAN=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")

# Everything that building and testing need, on each release of Debian.
PACKAGES=(
    # build
    gcc libc6-dev meson ninja-build pkgconf gettext po4a
    libglib2.0-dev libglib2.0-dev-bin
    libmm-glib-dev modemmanager-dev libqmi-glib-dev libmbim-glib-dev
    libjson-glib-dev libsoup-3.0-dev libxml2-dev libgnutls28-dev libmosquitto-dev libumockdev-dev
    # what the tests run: the distribution's own daemons
    modemmanager dbus dbus-bin nginx polkitd umockdev
    ca-certificates glib-networking openssl softhsm2 p11-kit gnutls-bin libxml2-utils locales systemd util-linux man-db
    patch python3 python3-gi
    # a broker, and who talks to it
    mosquitto mosquitto-clients python3-paho-mqtt
    # servers of notifications: one that does what it is told, and a real one on a screen
    python3-dbusmock notification-daemon xvfb xdotool
    # shells that complete the client's command line, and a terminal that says what it shows
    bash-completion fish zsh tmux
    # what looks for mistakes
    binutils valgrind
)

# What looks for mistakes in the sources finds others in each release of its own. That is
# done on one, in its versions; the sources are the same everywhere.
if [ "$DEBIAN" = bookworm ]; then
    PACKAGES+=(clang-format-14 clang-tidy-14 cppcheck musl-tools shellcheck)
fi

# What making a chroot of another release needs on this one
# shellcheck disable=SC2034
SUITE_PACKAGES=(debootstrap git util-linux)

# The update servers that the agent joins, and what their recipes are run with
# shellcheck disable=SC2034
ENGINE_PACKAGES=(maven openjdk-17-jdk-headless curl jq)

as_root ()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@" </dev/null
    fi
}

missing_packages ()
{
    local package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
            echo "$package"
    done
}

# ensure_packages [PACKAGE…]: says nothing and touches nothing when all is there
# (without arguments: all of PACKAGES).
ensure_packages ()
{
    local missing log
    [ $# -gt 0 ] || set -- "${PACKAGES[@]}"
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -eq 0 ] && return 0
    echo "installing: ${missing[*]}"
    log=$(mktemp)
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null >"$log" 2>&1 &&
       as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
           "${missing[@]}" </dev/null >>"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n 40 "$log" >&2
    rm -f "$log"
    echo "error: couldn't install the packages" >&2
    return 1
}

# The files that git does not ignore, as they are now, each with a NUL after its name
source_files ()
{
    local file
    if [ -e .git ]; then
        git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard
    else
        find . \( -path './build*' -o -name __pycache__ \) -prune -o ! -type d -print0
    fi |
        while IFS= read -r -d '' file; do
            [ ! -e "$file" ] || printf '%s\0' "$file"
        done
}

# configure_and_build BUILDDIR [MESON OPTION…]
configure_and_build ()
{
    local build=$1
    shift
    if [ -f "$build/build.ninja" ]; then
        # Options that are new since it was configured are known only then
        meson setup --reconfigure "$build" "$@" || return 1
    else
        # What a configure step that failed has left
        rm -rf "$build"/meson-*
        meson setup "$build" "$@" || return 1
    fi
    ninja -C "$build"
}

passed=0
failed=0

# add_up COMMAND…: shows what it says and adds its last line, "N passed, N failed", to the
# sum. One that ends without such a line, or otherwise than the line says, has failed.
add_up ()
{
    local log status
    log=$(mktemp)
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || status=uncounted
    else
        status=uncounted
    fi
    rm -f "$log"
    if [ "$status" = uncounted ]; then
        echo "error: this ended before its time, which is one failure: $*"
        failed=$((failed + 1))
    fi
}

# The sum, as a last line and as an exit status
print_sum ()
{
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
