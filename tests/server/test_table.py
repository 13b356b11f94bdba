#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of broken releases: --check against the simulated module, case by case.

All right: any module downloads it. Warnings: a module as it is known downloads it. An
error: no module gets it. Mistakes that are refused for everybody's sake, though a tolerant
module may swallow them, are in POLICY: there the narrow-minded one is asked alone."""

import sys
import traceback

import table
from bed import Folder, Nginx, Odd, file_server, free_port, judge, make, tool

POLICY = {'path-leaves-folder', 'path-characters', 'version-characters', 'xml-doctype', 'size-form', 'package-empty'}
STRICT = 'server.strict=true'

SITE = '''    server {
        listen 127.0.0.1:%d;
        listen [::1]:%d;
        location / { root %s; autoindex on; types { application/octet-stream swu bin; text/xml xml; }
                     default_type application/octet-stream; }
    }
'''


def look(case, url, folder):
    checked = tool('--check', url, '-J', *case.check)
    assert checked.status in (0, 1, 2), checked
    tolerant = judge(url, *case.module)
    strict = judge(url, STRICT, *case.module)
    if case.resume:
        # With a break on the way: what goes on must fit what was there
        tolerant = judge(url, 'break', *case.module)
        strict = judge(url, 'break', STRICT, *case.module)
    if case.finding:
        allowed = {case.finding}
        if case.finding in ('file-missing', 'file-case', 'file-kind', 'release-missing'):
            # That is how they look from outside
            allowed |= {'http-not-found', 'http-redirect'}
        assert allowed & set(checked.findings), (case.finding, checked)
    else:
        assert checked.status == 0, checked
    if checked.status == 0:
        assert (tolerant, strict) == (40, 40), (tolerant, strict, checked)
    elif checked.status == 2:
        assert tolerant in (40, 50), (tolerant, strict, checked)
    else:
        assert strict not in (40, 50), (tolerant, strict, checked)
        assert tolerant not in (40, 50) or POLICY & set(checked.findings), (tolerant, strict, checked)
    if folder and not case.server:
        here = tool('--check', folder, '-J', *case.check)
        assert here.status == checked.status, (here, checked)
        assert case.finding is None or case.finding in here.findings, here


def prepare(case, folder):
    make(folder)
    if case.spoil:
        case.spoil(folder + '/full')


def judge_case(case, folder, port):
    prepare(case, folder(case.name))
    if case.server:
        with Odd(file_server(folder(case.name), lambda path, body, head: case.server(path, body, head))) as server:
            look(case, 'http://127.0.0.1:%d/' % server.port, None)
    else:
        look(case, 'http://[::1]:%d/%s/' % (port, case.name), folder(case.name))


def main():
    names = sys.argv[1:]
    cases = [case for case in table.CASES if not names or case.name in names]
    failed = 0
    print('1..%d' % (len(cases) + (not names)), flush=True)
    with Folder() as folder:
        port = free_port()
        with Nginx(folder('nginx'), SITE % (port, port, folder.path)) as nginx:
            nginx.start(port)
            for number, case in enumerate(cases, 1):
                try:
                    judge_case(case, folder, port)
                    print('ok %d - %s' % (number, case.name), flush=True)
                except Exception:  # pylint: disable=broad-except
                    failed += 1
                    print('# ' + traceback.format_exc().replace('\n', '\n# ').replace('\\n', '\n# '))
                    print('not ok %d - %s' % (number, case.name), flush=True)
    if not names:
        enough = len(cases) >= 60 and len({case.name for case in cases}) == len(cases)
        failed += not enough
        print('%sok %d - %d cases' % ('' if enough else 'not ', len(cases) + 1, len(cases)))
    sys.exit(1 if failed else 0)


main()
