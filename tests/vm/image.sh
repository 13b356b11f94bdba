# shellcheck shell=bash
# Much is quoted for other programs:
# shellcheck disable=SC2016
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes the virtual machine's Debian: a file system image with the release's own kernel,
# systemd, udev, ModemManager and NetworkManager, and our packages.

# What the scenarios need of the release. libpam-systemd: polkitd, ModemManager and
# NetworkManager stay unconfigured without.
GUEST_PACKAGES=(
    linux-image-amd64 initramfs-tools kmod udev
    systemd systemd-sysv libpam-systemd dbus polkitd
    modemmanager network-manager nginx
    iproute2 iputils-ping procps usbutils util-linux
    python3 python3-gi
    # what the simulator and mmfota-agent link
    umockdev libjson-glib-1.0-0 libmosquitto1 libsoup-3.0-0 libxml2
)

# Drivers and texts that no virtual machine looks at take most of the time and space
GUEST_EXCLUDES=(
    '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/info/*'
    '/lib/modules/*/kernel/sound/*' '/usr/lib/modules/*/kernel/sound/*'
)
for excluded in accel ata gpu hwmon iio infiniband input md media message mmc mtd net/can net/dsa net/ethernet \
                net/wan net/wireless nvme scsi staging target video; do
    GUEST_EXCLUDES+=("/lib/modules/*/kernel/drivers/$excluded/*" "/usr/lib/modules/*/kernel/drivers/$excluded/*")
done

# Nothing of these is wanted, and each takes seconds to start on an emulated processor
GUEST_MASKED=(
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
    fstrim.timer systemd-timesyncd.service getty@tty1.service serial-getty@ttyS0.service serial-getty@hvc0.service
    NetworkManager-wait-online.service systemd-pstore.service systemd-random-seed.service
    systemd-update-utmp.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount
    sys-kernel-tracing.mount nginx.service
)

# guest_sources SUITE: the machine's own mirrors serve the other releases too
guest_sources ()
{
    local suite=$1 mirror security
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "main" { print $1; exit }')
    security=$(apt-get indextargets --format '$(REPO_URI) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 == "Debian-Security" && $3 == "main" { print $1; exit }')
    echo "deb ${mirror:-http://deb.debian.org/debian} $suite main"
    echo "deb ${security:-http://deb.debian.org/debian-security} $suite-security main"
}

# guest_root SUITE FOLDER: the release, without anything of ours. The lists of a mirror that
# lags behind expire; that they are Debian's is looked at all the same.
guest_root ()
{
    local suite=$1 root=$2 include excluded options=()
    include=$(IFS=,; echo "${GUEST_PACKAGES[*]}")
    for excluded in "${GUEST_EXCLUDES[@]}"; do
        options+=(--dpkgopt="path-exclude=$excluded")
    done
    rm -rf --one-file-system "$root"
    guest_sources "$suite" |
        mmdebstrap --mode=root --variant=minbase --include="$include" "${options[@]}" \
            --aptopt='APT::Install-Recommends "false"' \
            --aptopt='Acquire::Check-Valid-Until "false"' \
            --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
            --essential-hook='printf "MODULES=list\nCOMPRESS=gzip\nRESUME=none\n" >"$1/etc/initramfs-tools/conf.d/vm"' \
            --essential-hook='printf "%s\n" virtio_pci virtio_blk ext4 >"$1/etc/initramfs-tools/modules"' \
            "$suite" "$root" -
}

# guest_dress ROOT PACKAGES-FOLDER: what makes it ours. May be done again with newer packages.
guest_dress ()
{
    local root=$1 packages=$2 unit
    rm -rf "$root/var/tmp/packages"
    mkdir -p "$root/var/tmp/packages" "$root/vm"
    cp "$packages"/modemmanager-plugin-tdtech_*.deb "$packages"/mmfota_*.deb "$packages"/mmfota-agent_*.deb "$root/var/tmp/packages"
    chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        sh -c 'dpkg --install --force-downgrade /var/tmp/packages/*.deb' || return 1
    rm -rf "$root/var/tmp/packages"

    echo vm >"$root/etc/hostname"
    printf '127.0.0.1 localhost vm\n::1 localhost\n' >"$root/etc/hosts"
    echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
    : >"$root/etc/resolv.conf"
    printf '%s\n' '/dev/vda / ext4 rw,noatime 0 0' \
        'vm /vm 9p trans=virtio,version=9p2000.L,msize=262144 0 0' >"$root/etc/fstab"
    for unit in "${GUEST_MASKED[@]}"; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    # The journal has to be complete, and its disk is gone at the end anyway
    mkdir -p "$root/etc/systemd/journald.conf.d"
    printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$root/etc/systemd/journald.conf.d/vm.conf"
    # What GLib complains of is nowhere to be seen otherwise; the rest of the unit is as packaged
    mkdir -p "$root/etc/systemd/system/ModemManager.service.d"
    printf '[Service]\nStandardError=journal\n' >"$root/etc/systemd/system/ModemManager.service.d/vm.conf"
    cat >"$root/etc/systemd/system/scenarios.service" <<'UNIT'
[Unit]
Description=Scenarios
RequiresMountsFor=/vm
After=multi-user.target

[Service]
Type=oneshot
Environment=LC_ALL=C.UTF-8
StandardInput=null
StandardOutput=file:/dev/ttyS1
StandardError=inherit
ExecStart=/usr/bin/python3 /vm/guest.py
ExecStopPost=/usr/bin/systemctl --force --force poweroff
UNIT
    mkdir -p "$root/etc/systemd/system/default.target.wants"
    ln -sf ../scenarios.service "$root/etc/systemd/system/default.target.wants/"
    # Nothing is to be found out and written down at each boot
    touch "$root/etc/.updated" "$root/var/.updated"
}

# guest_image ROOT IMAGE
guest_image ()
{
    rm -f "$2"
    mke2fs -q -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=1 -d "$1" "$2" 1200M
}
