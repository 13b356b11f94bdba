#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sink.py PORT FILE: takes events, a line of the file for each, and may be killed at any moment: what it
has written down it has, whatever the other side got to hear of it."""

import http.server
import json
import os
import sys


class Taker(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_arguments):  # pylint: disable=arguments-differ
        pass

    def do_POST(self):  # pylint: disable=invalid-name
        size = int(self.headers['Content-Length'])
        body = self.rfile.read(size)
        if len(body) < size:
            # Whoever sent it was killed meanwhile
            self.close_connection = True
            return
        content = json.loads(body.decode('utf-8'))
        for event in content if isinstance(content, list) else [content]:
            os.write(self.server.log, json.dumps(event).encode() + b'\n')
        self.send_response(204)
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        # Who is killed breaks off
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    server = Server(('127.0.0.1', int(sys.argv[1])), Taker)
    server.log = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    # One that was killed while it wrote may have left half a line: nobody was told that it has that
    with open(sys.argv[2], 'rb') as before:
        os.ftruncate(server.log, before.read().rfind(b'\n') + 1)
    server.serve_forever(0.5)


if __name__ == '__main__':
    main()
