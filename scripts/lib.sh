# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What scripts/check and scripts/demo share.

# Everything that building and testing need, on Debian 12.
PACKAGES=(
    # build
    gcc libc6-dev meson ninja-build pkgconf
    libglib2.0-dev libglib2.0-dev-bin
    libmm-glib-dev modemmanager-dev libqmi-glib-dev libmbim-glib-dev
    libjson-glib-dev libsoup-3.0-dev libxml2-dev libumockdev-dev
    # what the tests run: the distribution's own daemons
    modemmanager dbus dbus-bin nginx polkitd umockdev
    glib-networking openssl libxml2-utils util-linux man-db
    python3 python3-gi
    # what looks for mistakes
    binutils clang-tidy-14 cppcheck shellcheck valgrind
)

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

# Says nothing and touches nothing when all is there.
ensure_packages ()
{
    local missing log
    mapfile -t missing < <(missing_packages "${PACKAGES[@]}")
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

# configure_and_build BUILDDIR [MESON OPTION…]
configure_and_build ()
{
    local build=$1
    shift
    if [ -f "$build/build.ninja" ]; then
        # Options that are new since it was configured are known only then
        meson setup --reconfigure "$build" "$@" || return 1
    else
        # A folder left by a configure step that failed
        rm -rf "$build"
        meson setup "$build" "$@" || return 1
    fi
    ninja -C "$build"
}
