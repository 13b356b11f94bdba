#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs, upgrades, removes and purges the packages in a fresh Debian of the release
# that they were built on, where no systemd and no udev run; says what the maintainer scripts ask of them where they do.
# Runs as root, with network; speaks TAP.
#
# Usage: test_package.sh [FOLDER WITH THE PACKAGES, default: build-packages]

# Much is quoted for the shell in the fresh system
# shellcheck disable=SC2016

set -u -o pipefail

# A mount namespace of our own: whatever happens, no mount is left behind
if [ -z "${TDTECH_PACKAGE_TEST:-}" ]; then
    TDTECH_PACKAGE_TEST=yes exec unshare --mount --propagation private "$0" "$@"
fi

top=$(cd "$(dirname "$0")/../.." && pwd)
packages=$(cd "${1:-$top/build-packages}" && pwd) || exit 1
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
exec </dev/null

work=$(mktemp -d)
root=$work/root
log=$work/log
mkdir "$root"
trap 'umount -l "$root"/{proc,sys,dev/pts} 2>/dev/null; rm -rf --one-file-system "$work"' EXIT

cases=0
failed=0

# case_is NAME FUNCTION: the case ends at the first command that fails. It must not be
# called in a condition, where bash would go on.
case_is ()
{
    local name=$1 status
    cases=$((cases + 1))
    (set -e; "$2") >"$log" 2>&1
    status=$?
    if [ $status -eq 0 ]; then
        echo "ok $cases - $name"
    else
        failed=$((failed + 1))
        tail -n 40 "$log" | sed 's/^/# /'
        echo "not ok $cases - $name"
    fi
}

# fails COMMAND…: a mere ! would be no reason to stop for bash
fails ()
{
    if "$@"; then
        echo "should have failed: $*"
        return 1
    fi
}

inside ()
{
    chroot "$root" env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

apt ()
{
    inside apt-get -q -y --no-install-recommends "$@"
}

# debs FOLDER [PACKAGE]: the packages in it, as the fresh system sees them
debs ()
{
    (cd "$root" && printf '/%s\n' "tmp/$1/${2:-}"*.deb)
}

# What dpkg says of a package, as "install ok installed"
status ()
{
    inside dpkg-query -W -f='${Status}' "$1" 2>/dev/null || true
}

# expect WANTED FOUND
expect ()
{
    [ "$1" = "$2" ] && return 0
    printf 'wanted: %s\nfound: %s\n' "$1" "$2"
    return 1
}

# Everything but what apt, dpkg and the scripts' stand-ins note about themselves
files ()
{
    (cd "$root" && find . -xdev \
        \( -path ./proc -o -path ./sys -o -path ./tmp -o -path ./run -o -path ./var/log -o -path ./var/cache \
           -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./dev \) -prune -o -print) | sort
}

# The systemd and the udev of a running machine, which write down what is asked of them
pretend_running_system ()
{
    local name
    mkdir -p "$root/run/systemd/system" "$root/run/udev" "$root/usr/local/sbin"
    : >"$root/run/udev/control"
    for name in systemctl udevadm; do
        printf '#!/bin/sh\necho "%s $*" >>/tmp/asked\n' "$name" >"$root/usr/local/sbin/$name"
        chmod +x "$root/usr/local/sbin/$name"
    done
    : >"$root/tmp/asked"
}

stop_pretending ()
{
    rm -rf "$root"/run/systemd "$root"/run/udev "$root"/usr/local/sbin/{systemctl,udevadm} \
        "$root"/usr/sbin/policy-rc.d "$root"/tmp/asked
}

# doctored PACKAGE VERSION FOLDER: the package as if it had that version
doctored ()
{
    local tree=$work/doctored
    rm -rf "$tree"
    mkdir -p "$3"
    dpkg-deb -R "$packages/$1"_*.deb "$tree"
    sed -i "s/^Version: .*/Version: $2/" "$tree/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$tree" "$3/" >/dev/null
}

# A ModemManager of another series, as far as dependencies go
make_other_modemmanager ()
{
    local tree=$work/modemmanager
    mkdir -p "$tree/DEBIAN" "$root/tmp/other"
    printf '%s\n' 'Package: modemmanager' 'Version: 1.98.0-1' 'Architecture: all' \
        'Maintainer: nobody <nobody@users.invalid>' 'Description: empty' >"$tree/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$tree" "$root/tmp/other/modemmanager.deb" >/dev/null
}

plugin_file ()
{
    echo "$root"/usr/lib/*/ModemManager/libmm-plugin-tdtech.so
}

# The stock daemon on a bus of its own, until it has read its plugins
daemon_says ()
{
    inside dbus-run-session -- sh -c '
        ModemManager --test-session --test-no-suspend-resume --debug >/tmp/daemon.log 2>&1 &
        daemon=$!
        for second in $(seq 60); do
            grep -q "successfully loaded .* plugins" /tmp/daemon.log && break
            kill -0 $daemon || break
            sleep 1
        done
        '"${1:-:}"'
        kill $daemon; wait $daemon; true' || return 1
    cat "$root/tmp/daemon.log"
}

### The bed

make_bed ()
{
    local mirror
    if ! command -v debootstrap; then
        apt-get update -q
        apt-get install -q -y --no-install-recommends debootstrap
    fi
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        awk -v release="$release" '$2 == release && $3 == "main" { print $1; exit }')
    debootstrap --variant=minbase "$release" "$root" "${mirror:-http://deb.debian.org/debian}"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mkdir -p "$root/dev/pts"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    ln -sf pts/ptmx "$root/dev/ptmx"
    # Man pages and locales are left out to be quick in some images: here they count
    rm -f "$root"/etc/dpkg/dpkg.cfg.d/*
    # What our packages depend on, and what the cases call
    apt install modemmanager libjson-glib-1.0-0 libsoup-3.0-0 libxml2 libgnutls30 libmosquitto1 glib-networking \
        dbus dbus-bin polkitd systemd kmod udev umockdev python3-minimal man-db bash-completion
    mkdir "$root/tmp/packages"
    cp "$packages"/*.deb "$root/tmp/packages"
    rm -f "$root"/tmp/packages/*-dbgsym_*
    files >"$work/files-before"
}

### Cases

ours=(modemmanager-plugin-tdtech mmfota mmfota-agent mmfota-server modemmanager-tdtech-dev)

install_ours ()
{
    local package files
    mapfile -t files < <(debs packages)
    apt install "${files[@]}"
    for package in "${ours[@]}"; do
        expect 'install ok installed' "$(status "$package")"
    done
    expect '' "$(inside dpkg --audit)"
    inside dpkg --verify "${ours[@]}"
}

case_install ()
{
    local file
    install_ours
    for file in usr/lib/udev/rules.d/70-tdtech-driver.rules \
                usr/lib/udev/rules.d/77-mm-tdtech-port-types.rules \
                usr/lib/systemd/system/ModemManager.service.d/modemmanager-tdtech.conf \
                usr/share/dbus-1/system.d/com.td_tech.ModemManager1.conf \
                usr/share/polkit-1/actions/com.td_tech.ModemManager1.policy \
                usr/share/dbus-1/interfaces/com.td_tech.ModemManager1.Modem.Fota.xml \
                usr/include/modemmanager-tdtech/mm-tdtech-fota-enums.h \
                usr/bin/mmfota-server usr/share/man/man1/mmfota-server.1.gz \
                usr/share/man/zh_CN/man1/mmfota-server.1.gz usr/share/man/zh_CN/man1/mmfota.1.gz \
                usr/share/doc/mmfota/README.zh_CN.md; do
        [ -f "$root/$file" ]
    done
    [ -f "$(plugin_file)" ]
}

case_daemon_loads_the_plugin ()
{
    daemon_says 'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS mmfota -m any; echo "mmfota $?" >/tmp/mmfota' >"$work/said"
    grep -i tdtech "$work/said"
    grep -q "loaded plugin 'tdtech'" "$work/said"
    # No such modem, says the client: it has found the daemon
    expect 'mmfota 3' "$(cat "$root/tmp/mmfota")"
}

case_client_is_complete ()
{
    local page
    inside mmfota --version
    page=$(inside man -P cat 1 mmfota)
    grep -q -- --update <<<"$page"
    inside bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader mmfota; complete -p mmfota'
    [ -f "$root/usr/share/zsh/vendor-completions/_mmfota" ]
    [ -f "$root/usr/share/fish/vendor_completions.d/mmfota.fish" ]
}

# What it is for is not started here; that it is asked for is seen below
case_agent_is_complete ()
{
    local file
    for file in usr/lib/systemd/system/mmfota-agent.service usr/lib/sysusers.d/mmfota-agent.conf \
                usr/share/dbus-1/system.d/com.td_tech.FotaAgent1.conf \
                usr/share/dbus-1/interfaces/com.td_tech.FotaAgent1.xml \
                usr/share/polkit-1/actions/com.td_tech.FotaAgent1.policy \
                usr/share/polkit-1/rules.d/mmfota-agent.rules etc/xdg/autostart/mmfota-notify.desktop \
                etc/mmfota/agent.conf usr/share/man/man5/mmfota-agent.conf.5.gz \
                usr/share/man/zh_CN/man1/mmfota-notify.1.gz usr/share/man/zh_CN/man5/mmfota-agent.conf.5.gz \
                usr/share/man/zh_CN/man8/mmfota-agent.8.gz; do
        [ -f "$root/$file" ]
    done
    inside mmfota-agent --check-config
    inside mmfota-notify --version
    inside man -P cat 8 mmfota-agent | grep -q -- --check-config
    [ "$(inside id -u mmfota-agent)" -lt 1000 ]
    grep -q '^ExecStart=/usr/sbin/mmfota-agent$' "$root/usr/lib/systemd/system/mmfota-agent.service"
    # Enabled, and idle: there is no server in its configuration
    [ -L "$root/etc/systemd/system/multi-user.target.wants/mmfota-agent.service" ]
    fails grep '^[a-z]' "$root/etc/mmfota/agent.conf"
}

# With the installed files, and as its own user
case_agent_runs ()
{
    inside sh -c '
        mkdir -p /tmp/agent && chown mmfota-agent /tmp/agent
        printf "<busconfig><type>system</type><listen>unix:path=/tmp/agent.bus</listen><auth>EXTERNAL</auth>\n" >/tmp/agent-bus.conf
        printf "<policy context=\"default\"><allow user=\"*\"/><deny own=\"*\"/><allow send_type=\"signal\"/>" >>/tmp/agent-bus.conf
        printf "<allow send_destination=\"org.freedesktop.DBus\"/><allow receive_type=\"method_call\"/>" >>/tmp/agent-bus.conf
        printf "<allow send_requested_reply=\"true\" send_type=\"method_return\"/><allow send_requested_reply=\"true\" send_type=\"error\"/>" >>/tmp/agent-bus.conf
        printf "<allow receive_type=\"method_return\"/><allow receive_type=\"error\"/><allow receive_type=\"signal\"/></policy>" >>/tmp/agent-bus.conf
        printf "<include>/usr/share/dbus-1/system.d/com.td_tech.FotaAgent1.conf</include></busconfig>\n" >>/tmp/agent-bus.conf
        export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/agent.bus
        dbus-daemon --config-file=/tmp/agent-bus.conf --nofork >/tmp/agent-bus.log 2>&1 &
        bus=$!
        for second in $(seq 60); do [ -S /tmp/agent.bus ] && break; sleep 1; done
        setpriv --reuid mmfota-agent --regid mmfota-agent --clear-groups mmfota-agent --state /tmp/agent >/tmp/agent.log 2>&1 &
        agent=$!
        for second in $(seq 60); do mmfota --agent-status >/tmp/agent.said 2>&1 && break; sleep 1; done
        kill $agent; wait $agent; echo "agent $?" >>/tmp/agent.said
        kill $bus; wait $bus; true'
    cat "$root"/tmp/agent.said "$root"/tmp/agent.log "$root"/tmp/agent-bus.log
    expect 'The agent has seen no modem yet
agent 0' "$(cat "$root/tmp/agent.said")"
    rm -rf "$root"/tmp/agent*
}

case_agent_starts_and_stops ()
{
    pretend_running_system
    inside dpkg -i "$(debs packages mmfota-agent)"
    grep 'systemctl .*mmfota-agent.service' "$root/tmp/asked"
    : >"$root/tmp/asked"
    inside dpkg --remove mmfota-agent
    grep 'systemctl .*stop.* mmfota-agent.service' "$root/tmp/asked"
    # Somebody may come back
    [ -f "$root/etc/mmfota/agent.conf" ]
    stop_pretending
    mkdir -p "$root/var/lib/mmfota-agent"
    install_ours
    [ -d "$root/var/lib/mmfota-agent" ]
}

case_asks_for_reload_and_restart ()
{
    pretend_running_system
    inside dpkg -i "$(debs packages modemmanager-plugin)"
    cat "$root/tmp/asked"
    # First the ports, then the daemon that reads them
    expect 'udevadm control --reload
systemctl --system daemon-reload
systemctl try-restart ModemManager.service' "$(grep -v 'trigger\|settle' "$root/tmp/asked")"
    grep -q 'udevadm trigger --action=add .*idVendor=3466' "$root/tmp/asked"
    stop_pretending
}

case_stands_what_fails ()
{
    pretend_running_system
    printf '#!/bin/sh\nexit 1\n' >"$root/usr/local/sbin/systemctl"
    cp -p "$root/usr/local/sbin/systemctl" "$root/usr/local/sbin/udevadm"
    inside dpkg -i "$(debs packages modemmanager-plugin)"
    expect 'install ok installed' "$(status modemmanager-plugin-tdtech)"
    stop_pretending
}

case_obeys_policy_rc_d ()
{
    pretend_running_system
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    inside dpkg -i "$(debs packages modemmanager-plugin)"
    fails grep restart "$root/tmp/asked"
    stop_pretending
}

case_upgrade ()
{
    local package version files
    apt purge "${ours[@]}"
    for package in "${ours[@]}"; do
        doctored "$package" '0.0.9+mm1.20' "$root/tmp/old"
    done
    mapfile -t files < <(debs old)
    apt install "${files[@]}"
    mkdir -p "$root/var/lib/modemmanager-tdtech"
    echo record >"$root/var/lib/modemmanager-tdtech/record"
    install_ours
    version=$(dpkg-deb -f "$packages"/mmfota_*.deb Version)
    for package in "${ours[@]}"; do
        expect "$version" "$(inside dpkg-query -W -f='${Version}' "$package")"
    done
    expect record "$(cat "$root/var/lib/modemmanager-tdtech/record")"
}

case_other_series_is_newer ()
{
    # So that the upgrade to the next release of Debian brings the package for its ModemManager
    local version
    version=$(dpkg-deb -f "$packages"/modemmanager-plugin-tdtech_*.deb Version)
    grep -qE '\+mm1\.[0-9.]+$' <<<"$version"
    dpkg --compare-versions "${version%+mm*}+mm1.98" gt "$version"
}

case_other_modemmanager_takes_the_plugin_away ()
{
    apt -s install /tmp/other/modemmanager.deb >"$work/said"
    cat "$work/said"
    grep -q '^Remv modemmanager-plugin-tdtech ' "$work/said"
    fails grep -q '^Remv mmfota ' "$work/said"
}

case_other_modemmanager_keeps_the_plugin_out ()
{
    apt purge modemmanager-plugin-tdtech
    apt install /tmp/other/modemmanager.deb
    fails apt install "$(debs packages modemmanager-plugin)"
    expect '' "$(status modemmanager-plugin-tdtech | grep ' installed')"
    apt --allow-downgrades install modemmanager/"$release"
    install_ours
}

case_remove ()
{
    pretend_running_system
    mkdir -p "$root/var/lib/modemmanager-tdtech"
    echo record >"$root/var/lib/modemmanager-tdtech/record"
    inside dpkg --remove modemmanager-plugin-tdtech
    expect 'udevadm control --reload
systemctl --system daemon-reload
systemctl try-restart ModemManager.service' "$(grep -v 'trigger\|settle' "$root/tmp/asked")"
    stop_pretending
    [ ! -e "$(plugin_file)" ]
    # Somebody may come back
    [ -f "$root/var/lib/modemmanager-tdtech/record" ]
    daemon_says >"$work/said"
    fails grep -i tdtech "$work/said"
}

case_purge ()
{
    apt purge "${ours[@]}"
    [ ! -e "$root/var/lib/modemmanager-tdtech" ]
    [ ! -e "$root/var/lib/mmfota-agent" ]
    files >"$work/files-after"
    diff "$work/files-before" "$work/files-after"
}

case_purge_at_once ()
{
    install_ours
    mkdir -p "$root/var/lib/modemmanager-tdtech"
    inside dpkg --purge modemmanager-plugin-tdtech
    [ ! -e "$root/var/lib/modemmanager-tdtech" ]
}

case_rules ()
{
    cp "$top/tests/package/test_rules.py" "$root/tmp"
    inside python3 /tmp/test_rules.py
}

if ! make_bed >"$log" 2>&1; then
    tail -n 40 "$log" | sed 's/^/# /'
    echo 'Bail out! no fresh system to install in'
    exit 1
fi
make_other_modemmanager

case_is install                                case_install
case_is 'daemon loads the plugin'              case_daemon_loads_the_plugin
case_is 'client is complete'                   case_client_is_complete
case_is 'agent is complete'                    case_agent_is_complete
case_is 'agent runs'                           case_agent_runs
case_is 'agent starts and stops'               case_agent_starts_and_stops
case_is 'rules'                                case_rules
case_is 'asks for reload and restart'          case_asks_for_reload_and_restart
case_is 'stands what fails'                    case_stands_what_fails
case_is 'obeys policy-rc.d'                    case_obeys_policy_rc_d
case_is 'upgrade'                              case_upgrade
case_is 'package of another series is newer'   case_other_series_is_newer
case_is 'other ModemManager removes plugin'    case_other_modemmanager_takes_the_plugin_away
case_is 'other ModemManager keeps plugin out'  case_other_modemmanager_keeps_the_plugin_out
case_is 'remove'                               case_remove
case_is 'purge'                                case_purge
case_is 'purge at once'                        case_purge_at_once
echo "1..$cases"
[ "$failed" -eq 0 ]
