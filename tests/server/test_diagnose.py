#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--diagnose: faults provoked on a real nginx, each found; and nothing where nothing is wrong."""

import os
import shutil
import socket
import sys
import time

from bed import TOOL, Folder, Nginx, free_port, make, run, tool, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'security'))

import tap  # noqa: E402  pylint: disable=wrong-import-position

TYPES = 'types { application/octet-stream swu bin; text/xml xml; }'
LISTEN = 'listen %(port)d; listen [::]:%(port)d;'
LOCATION = 'location /fota/ { alias %(www)s/; autoindex on; ' + TYPES + ' }'
GOOD = '    server { ' + LISTEN + ' ' + LOCATION + ' }\n'


class Bench:
    """A release, and nginx that serves it, or should."""

    def __init__(self, site=GOOD, run=True, **more):
        self.folder = Folder()
        self.site = site
        self.run = run
        self.more = more
        self.nginx = None

    def __enter__(self):
        self.folder.__enter__()
        self.port = free_port()
        make(self.folder('www'))
        self.values = dict(self.more, port=self.port, www=self.folder('www'), dir=self.folder.path)
        self.nginx = Nginx(self.folder('nginx'), self.site % self.values, user='www-data')
        if self.run:
            self.nginx.start(self.port)
        return self

    def __exit__(self, *error):
        self.nginx.stop()
        self.folder.__exit__(*error)

    def diagnose(self, **keys):
        return tool('--diagnose', '--configuration', self.nginx.configuration, '-J', **keys)

    def found(self, *wanted, status=None, **keys):
        done = self.diagnose(**keys)
        missing = set(wanted) - set(done.findings)
        assert not missing, (missing, done)
        assert status is None or done.status == status, done
        return done


def found(site, *wanted, status=None, **more):
    """That site is not started: what is wrong shows in the configuration alone."""
    with Bench(site, run=False, **more) as bench:
        return bench.found(*wanted, status=status)


def case_nothing_is_wrong():
    with Bench() as bench:
        done = bench.diagnose()
        assert done.status == 0, done


def case_the_site_of_the_tool():
    with Folder() as folder:
        make(folder('www'))
        assert tool('--certificates', folder('certs'), '--name', '127.0.0.1').status == 0
        for options in ((), ('--tls', folder('certs')), ('--tls', folder('certs'), '--mutual'), ('--location', '/a/b/')):
            port = free_port()
            with Nginx(folder('nginx-%d' % port), tool('--site', folder('www'), '--listen', str(port), *options).out,
                       user='www-data') as nginx:
                nginx.start(port)
                done = tool('--diagnose', '--configuration', nginx.configuration, '-J')
                assert done.status == 0, done


def case_port_taken_and_by_whom():
    with Bench(run=False) as bench, socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(('0.0.0.0', bench.port))
        holder.listen()
        done = bench.found('port-taken', 'nginx-not-running', status=1)
        what = done.findings['port-taken']['what']
        assert str(bench.port) in what and '(%d)' % os.getpid() in what, done


def case_port_taken_told_by_the_log():
    with Bench(run=False) as bench, socket.socket() as holder:
        holder.bind(('0.0.0.0', bench.port))
        holder.listen()
        bench.nginx.start()
        bench.nginx.process.popen.wait(60)
        holder.close()
        done = bench.found('port-taken', status=1)
        assert 'bind()' in done.findings['port-taken']['what'], done


def case_not_running():
    with Bench(run=False) as bench:
        done = bench.found('nginx-not-running', status=1)
        assert set(done.findings) <= {'nginx-not-running', 'log-missing'}, done


def case_folder_not_for_www_data():
    with Bench() as bench:
        os.chmod(bench.folder('www'), 0o700)
        done = bench.found('path-rights', status=1)
        assert 'www-data may not enter' in done.findings['path-rights']['what'], done


def case_file_not_for_www_data():
    with Bench() as bench:
        os.chmod(bench.folder('www', 'full', 'ota.swu'), 0o600)
        done = bench.found('path-rights', status=1)
        assert 'www-data may not read' in done.findings['path-rights']['what'], done


def case_folder_above_not_for_www_data():
    with Bench() as bench:
        os.chmod(bench.folder.path, 0o700)
        try:
            bench.found('path-rights', status=1)
        finally:
            os.chmod(bench.folder.path, 0o755)


def case_alias_without_slash():
    found(GOOD.replace('alias %(www)s/;', 'alias %(www)s;'), 'nginx-alias-slash', status=1)


def case_location_without_slash():
    found(GOOD.replace('location /fota/', 'location /fota'), 'nginx-alias-slash', status=1)


def case_alias_names_full():
    found(GOOD.replace('alias %(www)s/;', 'alias %(www)s/full/;'), 'nginx-alias-full', status=1)


def case_alias_leads_nowhere():
    found(GOOD.replace('alias %(www)s/;', 'alias %(www)s/nowhere/;'), 'nginx-alias-missing', status=1)


def case_root_in_place_of_alias():
    found(GOOD.replace('alias %(www)s/;', 'root %(www)s/;'), 'nginx-root-alias')


def case_no_firmware():
    done = found('    server { listen %(port)d; location / { root /nonexistent; } }\n', 'nginx-no-firmware')
    assert done.findings['nginx-no-firmware']['severity'] == 'warning'


def case_no_listing():
    found(GOOD.replace('autoindex on;', ''), 'nginx-autoindex')


def case_wrong_types():
    found(GOOD.replace(TYPES, 'types { text/xml xml; }'), 'nginx-types')
    found(GOOD.replace('octet-stream swu bin; text/xml', 'octet-stream bin; text/xml'), 'nginx-types')


def case_gzip():
    found(GOOD.replace('autoindex on;', 'autoindex on; gzip on; gzip_types text/xml;'), 'nginx-gzip')


def case_no_ranges():
    found(GOOD.replace('autoindex on;', 'autoindex on; max_ranges 0;'), 'nginx-ranges')


def case_password():
    found(GOOD.replace('autoindex on;', 'autoindex on; auth_basic "x"; auth_basic_user_file /dev/null;'), 'nginx-password', status=1)


def case_denied():
    found(GOOD.replace('autoindex on;', 'autoindex on; allow 10.0.0.0/8; deny all;'), 'nginx-denied')


def case_limits():
    found('    limit_conn_zone $binary_remote_addr zone=z:1m;\n' + GOOD.replace('autoindex on;', 'autoindex on; limit_conn z 1;'),
          'nginx-limit')


def case_redirected():
    found(GOOD.replace('location /fota/', 'return 301 https://$host$request_uri; location /fota/'), 'nginx-return', status=1)


def case_no_ipv6():
    found(GOOD.replace('listen [::]:%(port)d;', ''), 'nginx-no-ipv6')


def case_loopback_only():
    found(GOOD.replace(LISTEN, 'listen 127.0.0.1:%(port)d; listen [::1]:%(port)d;'), 'port-loopback')


def case_default_site_in_the_way():
    other = '    server { listen %(port)d default_server; listen [::]:%(port)d default_server; root /var/www/html; }\n'
    found(other + GOOD.replace('listen [::]', 'server_name fota.example.net; listen [::]'), 'nginx-default-site')
    found(other.replace(' default_server', '') + GOOD.replace('listen [::]', 'server_name fota.example.net; listen [::]'),
          'nginx-default-site')


def case_two_sites_of_one_name():
    found(GOOD + GOOD, 'nginx-same-name')


def case_syntax():
    done = found(GOOD.replace('autoindex on;', 'autoindex on'), 'nginx-syntax', status=1)
    assert 'nginx.conf:' in done.findings['nginx-syntax']['what'], done
    found(GOOD.replace('autoindex', 'autoindx'), 'nginx-syntax', status=1)
    found(GOOD.replace('}\n', '\n'), 'nginx-syntax', status=1)


def case_configuration_missing():
    with Folder() as folder:
        done = tool('--diagnose', '--configuration', folder('nginx.conf'), '-J')
        assert done.status == 1 and 'nginx-unreadable' in done.findings, done


def case_no_nginx():
    with Bench(run=False) as bench:
        done = tool('--diagnose', '--configuration', bench.nginx.configuration, '--nginx', bench.folder('nginx', 'sbin'), '-J')
        assert done.status == 1 and 'nginx-missing' in done.findings, done


def debian(folder):
    """A folder as Debian's /etc/nginx, with sites-available and sites-enabled."""
    os.mkdir(folder('nginx', 'sites-available'))
    os.mkdir(folder('nginx', 'sites-enabled'))
    return '    include sites-enabled/*;\n'


def case_not_enabled():
    with Bench(run=False) as bench:
        bench.nginx.write(debian(bench.folder))
        write(bench.folder('nginx', 'sites-available', 'mmfota'), tool('--site', bench.folder('www')).out)
        bench.found('nginx-not-enabled', 'nginx-no-firmware', status=1)
        os.symlink('../sites-available/mmfota', bench.folder('nginx', 'sites-enabled', 'mmfota'))
        done = bench.diagnose()
        assert 'nginx-not-enabled' not in done.findings and 'nginx-no-firmware' not in done.findings, done


def case_dangling_link():
    with Bench(run=False) as bench:
        bench.nginx.write(debian(bench.folder) + GOOD % bench.values)
        os.symlink('../sites-available/gone', bench.folder('nginx', 'sites-enabled', 'gone'))
        bench.found('nginx-dangling', status=1)


def case_changed_since_it_was_read():
    with Bench() as bench:
        later = time.time() + 60
        os.utime(bench.nginx.configuration, (later, later))
        bench.found('nginx-old-configuration')


def case_port_configured_later():
    """The running one does not know of the port yet."""
    with Bench() as bench:
        other = free_port()
        bench.nginx.write(GOOD % dict(bench.values, port=other))
        bench.found('port-not-open', status=1)


TLS = GOOD.replace(LISTEN, 'listen %(port)d ssl; listen [::]:%(port)d ssl; ssl_certificate %(dir)s/certs/server.pem; '
                   'ssl_certificate_key %(dir)s/certs/server.key;')


class TlsBench(Bench):
    def __init__(self, site=TLS, **keys):
        super().__init__(site, run=False, **keys)

    def __enter__(self):
        super().__enter__()
        done = tool('--certificates', self.folder('certs'), '--name', '127.0.0.1')
        assert done.status == 0, done
        return self

    def certificate(self, name):
        return self.folder('certs', name)


def case_certificate_missing():
    with TlsBench() as bench:
        os.unlink(bench.certificate('server.pem'))
        bench.found('certificate-missing', status=1)


def case_key_missing():
    with TlsBench() as bench:
        os.unlink(bench.certificate('server.key'))
        bench.found('certificate-missing', status=1)


def case_key_does_not_fit():
    with TlsBench() as bench:
        shutil.copy(bench.certificate('client-1.key'), bench.certificate('server.key'))
        bench.found('certificate-key', status=1)


def case_certificate_is_rubbish():
    with TlsBench() as bench:
        write(bench.certificate('server.pem'), 'rubbish')
        bench.found('certificate-unreadable', status=1)


def case_certificate_has_expired():
    from tls import Authority  # pylint: disable=import-outside-toplevel
    with TlsBench() as bench:
        pair = Authority(bench.folder.path).issue('server', days=-1)
        shutil.copy(pair.certificate_path, bench.certificate('server.pem'))
        shutil.copy(pair.key_path, bench.certificate('server.key'))
        bench.found('certificate-expired', status=1)


def case_key_for_everybody():
    with TlsBench() as bench:
        os.chmod(bench.certificate('server.key'), 0o644)
        bench.found('certificate-key-public')


def case_certificate_without_ssl():
    with TlsBench(TLS.replace(' ssl;', ';')) as bench:
        bench.found('nginx-no-tls', status=1)


def case_ssl_without_certificate():
    with TlsBench(TLS.replace('ssl_certificate %(dir)s/certs/server.pem;', '')) as bench:
        bench.found('nginx-no-certificate', status=1)


def case_clients_ca_not_given():
    with TlsBench(TLS.replace('location', 'ssl_verify_client on; location')) as bench:
        bench.found('nginx-client-ca', status=1)


def case_clients_ca_missing():
    with TlsBench(TLS.replace('location', 'ssl_verify_client on; ssl_client_certificate %(dir)s/nowhere.pem; location')) as bench:
        bench.found('certificate-missing', status=1)


def case_tls_1_3_only():
    with TlsBench(TLS.replace('location', 'ssl_protocols TLSv1.3; location')) as bench:
        bench.found('nginx-protocols')


def case_disk_full():
    """The next release of that size would not fit: here a hole of the size of the disk."""
    with Bench() as bench:
        room = os.statvfs(bench.folder.path)
        with open(bench.folder('www', 'full', 'ota.swu'), 'r+b') as package:
            package.truncate(min(room.f_bavail * room.f_frsize + (1 << 30), (1 << 43)))
        bench.found('disk-full')


def case_clock_wrong():
    with Bench() as bench:
        later = time.time() + 400 * 86400
        os.utime(bench.folder('www', 'full', 'ota.swu'), (later, later))
        bench.found('clock-wrong', status=1)


def case_firewall():
    """What nft says is told by a stand-in: this machine's rules are not ours to change."""
    with Bench() as bench:
        os.mkdir(bench.folder('bin'))
        write(bench.folder('bin', 'nft'), '#!/bin/sh\necho "table inet filter { chain input { type filter hook input priority 0; '
              'policy drop; tcp dport 22 accept; } }"\n')
        os.chmod(bench.folder('bin', 'nft'), 0o755)
        bench.found('port-firewall', env={'PATH': bench.folder('bin') + ':' + os.environ['PATH']})


def labels(bench, **files):
    """What it finds where the kernel's files about labels say so: in a mount namespace, since no kernel has them all."""
    script = ['mount -t tmpfs none /sys/fs', 'mount -t tmpfs none /sys/kernel']
    for name, (path, text) in files.items():
        write(bench.folder(name), text)
        script.append('mkdir -p "$(dirname %s)"; cp %s %s' % (path, bench.folder(name), path))
    script.append('exec "$@"')
    argv = [] if os.geteuid() == 0 else ['sudo', '-n']
    done = run(*argv, 'unshare', '--mount', '--propagation', 'private', 'sh', '-e', '-c', '\n'.join(script), 'sh', TOOL, '--diagnose',
               '--configuration', bench.nginx.configuration, '-J')
    return [finding['what'] for finding in done.json['findings'] if finding['id'] == 'path-label']


def case_labels():
    """SELinux and AppArmor: a hint where they are in the way, and none where they only watch, or watch others."""
    with Bench() as bench:
        def selinux(text):
            return labels(bench, selinux=('/sys/fs/selinux/enforce', text))

        def apparmor(text):
            return labels(bench, apparmor=('/sys/kernel/security/apparmor/profiles', text))

        assert labels(bench) == []
        assert selinux('1') == ['SELinux is enforcing']
        assert selinux('0') == []
        for told in ('/usr/sbin/nginx (enforce)\n', 'lsb_release (enforce)\nnginx (enforce)\n', 'nginx (kill)\n/usr/sbin/cupsd (enforce)\n'):
            assert apparmor(told) == ['AppArmor has a profile for nginx'], told
        for other in ('', '/usr/sbin/nginx (complain)\n', '/usr/sbin/cupsd (enforce)\nnginx (unconfined)\n', 'docker-nginx (enforce)\n',
                      '/usr/sbin/nginx-exporter (enforce)\n', 'nginx\n'):
            assert apparmor(other) == [], other
        both = labels(bench, selinux=('/sys/fs/selinux/enforce', '1'),
                      apparmor=('/sys/kernel/security/apparmor/profiles', 'nginx (enforce)\n'))
        assert len(both) == 2, both


def case_lines_of_the_error_log():
    with Bench() as bench:
        with open(bench.folder('nginx', 'error.log'), 'a', encoding='ascii') as log:
            log.write('2026/11/27 12:00:00 [crit] 1#1: *1 open() "/x/full/ota.swu" failed (13: Permission denied)\n'
                      '2026/11/27 12:00:01 [alert] 1#1: write() to "/x" failed (28: No space left on device)\n')
        bench.found('path-rights', 'disk-full')


def case_what_never_ends_is_not_read():
    """A container's error.log is the terminal, as a rule; of a log of any size only its end counts"""
    with Bench(run=False) as bench:
        log = bench.folder('nginx', 'error.log')
        if os.path.exists(log):
            os.unlink(log)
        os.mkfifo(log)
        os.makedirs(bench.folder('nginx', 'sites-available'), exist_ok=True)
        os.mkfifo(bench.folder('nginx', 'sites-available', 'pipe'))
        with open(bench.nginx.configuration, 'a', encoding='utf-8') as configuration:
            configuration.write('include %s;\n' % bench.folder('nginx', 'sites-available', 'pipe'))
        done = tool('--diagnose', '--configuration', bench.nginx.configuration, '--nginx', '/bin/true', '-J')
        assert 'log-missing' in done.findings and 'regular' in done.findings['nginx-unreadable']['what'], done
        os.unlink(log)
        with open(log, 'wb') as huge:
            huge.truncate(1 << 34)
            huge.seek(0, os.SEEK_END)
            huge.write(b'\n2026/11/27 12:00:01 [alert] 1#1: write() to "/x" failed (28: No space left on device)\n')
        done = tool('--diagnose', '--configuration', bench.nginx.configuration, '--nginx', '/bin/true', '-J')
        assert 'disk-full' in done.findings, done


def case_people_read_it():
    """One finding: what, why, do."""
    with Bench(run=False) as bench:
        done = tool('--diagnose', '--configuration', bench.nginx.configuration)
        lines = done.out.splitlines()
        first = [number for number, line in enumerate(lines) if '[nginx-not-running]' in line][0]
        assert lines[first + 1].startswith('   why: ') and lines[first + 2].startswith('    do: '), done


tap.run(globals())
