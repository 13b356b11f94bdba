# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""The screen of Xvfb -fbdir, which is a file in the format of xwd(1), as pixels and as PNG."""

import struct
import zlib

# XWDFile.h, version 7: 25 numbers of 32 bits
HEADER = '>25I'


class Picture:
    """Rows of pixels, three bytes each: red, green, blue."""

    def __init__(self, path):
        with open(path, 'rb') as source:
            data = source.read()
        fields = struct.unpack_from(HEADER, data)
        size, version, form, _depth, self.width, self.height = fields[:6]
        order, bits, line, colors = fields[7], fields[11], fields[12], fields[19]
        assert (version, form, bits) == (7, 2, 32), fields
        start = size + 12 * colors
        self.rows = []
        for y in range(self.height):
            row = data[start + y * line:start + y * line + 4 * self.width]
            pixels = bytearray(3 * self.width)
            for channel in range(3):
                # Least significant byte first: blue, green, red, nothing
                pixels[channel::3] = row[2 - channel::4] if order == 0 else row[1 + channel::4]
            self.rows.append(bytes(pixels))

    def pixel(self, x, y):
        return self.rows[y][3 * x:3 * x + 3]

    def is_blank(self, x, y, width, height):
        """One colour all over"""
        return len({self.pixel(i, j) for j in range(y, y + height) for i in range(x, x + width)}) == 1

    def save(self, path):
        def chunk(kind, data):
            return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        with open(path, 'wb') as out:
            out.write(b'\x89PNG\r\n\x1a\n' +
                      chunk(b'IHDR', struct.pack('>IIBBBBB', self.width, self.height, 8, 2, 0, 0, 0)) +
                      chunk(b'IDAT', zlib.compress(b''.join(b'\0' + row for row in self.rows))) + chunk(b'IEND', b''))
