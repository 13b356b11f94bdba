# SPDX-License-Identifier: GPL-2.0-or-later
"""What the network delivers (3GPP TS 23.040)."""

SENDER = '+8613800000001'


def septets(text, fill=0):
    """GSM 7-bit of text that is the same in ASCII, packed; behind @fill bits of a header."""
    bits = sum(ord(character) << (7 * n) for n, character in enumerate(text)) << fill
    return bits.to_bytes((7 * len(text) + fill + 7) // 8, 'little')


def digits(number):
    number = number.lstrip('+')
    number += 'F' * (len(number) % 2)
    return ''.join(number[n + 1] + number[n] for n in range(0, len(number), 2))


def deliver(text, sender=SENDER, part=None):
    """An SMS-DELIVER; @part: (reference, of, number)."""
    if sender.strip('+').isdigit():
        address = '%02X%s%s' % (len(sender.strip('+')), '91' if sender[0] == '+' else '81', digits(sender))
    else:
        packed = septets(sender)
        address = '%02XD0%s' % (2 * len(packed), packed.hex().upper())
    head, fill = b'', 0
    if part:
        head, fill = bytes((5, 0, 3, *part)), 1
    length = len(text) + (len(head) * 8 + fill) // 7
    return '00%s%s0000622111904523%s%02X%s%s' % (
        '44' if part else '04', address, '00', length, head.hex().upper(), septets(text, fill).hex().upper())
