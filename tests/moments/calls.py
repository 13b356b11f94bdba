# SPDX-License-Identifier: GPL-2.0-or-later
"""What the second caller asks for: every verb, without options, with each of its options once, with each of a
wrong type, with those of another verb and with one that nobody knows; and what each may be answered."""

from contract import CORE_ERROR, FOTA_ERROR, OPTION_TYPES, options
from gi.repository import GLib

INVALID = CORE_ERROR + 'InvalidArgs'
IN_PROGRESS = CORE_ERROR + 'InProgress'
RETRY = CORE_ERROR + 'Retry'
# All that polkit knows
RIGHTS = {'check', 'download', 'upgrade', 'downgrade'}
UNAUTHORIZED = CORE_ERROR + 'Unauthorized'

# Of the second caller only: nothing of it may be found anywhere if it was refused
PATH = '/second/'
TRANSACTION = 'second-'
VERSION = '9.9.9.9(SP9C99)'

SERVER = ('url', 'tls-ca', 'tls-certificate', 'tls-key', 'tls-verify', 'allow-roaming', 'transaction')
UPGRADING = ('delay', 'wait', 'hang-up-calls')
# As the XML says it
KNOWN = {
    'Check': SERVER,
    'Download': SERVER + ('expect-version', 'allow-downgrade', 'upgrade'),
    'Resume': SERVER + ('expect-version', 'upgrade'),
    'Upgrade': ('expect-version', 'allow-downgrade', 'transaction') + UPGRADING,
    'Cancel': (),
}
# Only if the verb goes on to Upgrade
GOES_ON = {'Download': UPGRADING, 'Resume': UPGRADING + ('allow-downgrade',)}

# Too large, too long, or not what such a thing looks like
ABSURD = {'url': 'http://user@host/', 'tls-ca': b'no certificate', 'tls-certificate': b'no certificate', 'tls-key': b'no key',
          'tls-verify': 3, 'expect-version': 'a"b\r', 'delay': 2592001, 'wait': 86401, 'transaction': 'a b'}


class Question:
    """A method with its arguments. word: what an answer that they are invalid must name; None: they are valid."""

    def __init__(self, method, values=None, word=None, signature='(a{sv})'):
        self.method = method
        self.values = {} if values is None else values
        self.word = word
        self.signature = signature

    def parameters(self):
        if self.signature != '(a{sv})':
            return GLib.Variant(self.signature, (self.values,))
        known = {key.replace('-', '_'): value for key, value in self.values.items() if key in OPTION_TYPES}
        others = {key: value for key, value in self.values.items() if key not in OPTION_TYPES}
        return GLib.Variant('(a{sv})', (dict(options(**known), **others),))

    def plain(self):
        """For a caller in another process: the signature and what it holds, as JSON can say it."""
        if self.signature != '(a{sv})':
            return self.signature, [self.values]
        unpacked = self.parameters().get_child_value(0)
        pairs = [unpacked.get_child_value(number) for number in range(unpacked.n_children())]
        return self.signature, [{pair.get_child_value(0).get_string():
                                 (pair.get_child_value(1).get_variant().get_type_string(),
                                  pair.get_child_value(1).get_variant().unpack()) for pair in pairs}]

    def is_verb(self):
        return self.method not in ('ListEvents', 'Cancel')

    def actions(self):
        """Of polkit, that it needs."""
        if self.method in ('Check', 'ListEvents'):
            return {'check'}
        if self.method == 'Cancel':
            return {'download'}
        needed = set() if self.method == 'Upgrade' else {'download'}
        if self.values.get('allow-downgrade'):
            return needed | {'downgrade'}
        return needed | {'upgrade'} if self.upgrades() else needed

    def upgrades(self):
        return self.method == 'Upgrade' or bool(self.values.get('upgrade') is True)

    def text(self):
        return '%s %s' % (self.method, sorted(self.values) if isinstance(self.values, dict) else self.values)


def each_valid(verb, url, authority):
    """{} and each option once; together with those that it needs."""
    server = {'url': url}
    secure = {'url': url.replace('http:', 'https:')}
    mutual = dict(secure, **{'tls-ca': authority.certificate, 'tls-certificate': authority.certificate,
                             'tls-key': authority.key, 'tls-verify': 2})
    values = {'url': server, 'tls-ca': dict(secure, **{'tls-ca': authority.certificate}),
              'tls-certificate': dict(mutual, **{'tls-verify': 1}), 'tls-key': mutual, 'tls-verify': dict(secure, **{'tls-verify': 0}),
              'allow-roaming': {'allow-roaming': True}, 'transaction': {'transaction': TRANSACTION + verb.lower()},
              'expect-version': {'expect-version': VERSION}, 'allow-downgrade': {'allow-downgrade': True}, 'upgrade': {'upgrade': True},
              'delay': {'delay': 600}, 'wait': {'wait': 1}, 'hang-up-calls': {'hang-up-calls': True}}
    yield {}
    for key in KNOWN[verb]:
        yield values[key]
    for key in GOES_ON.get(verb, ()):
        yield dict(values[key], upgrade=True)
    if verb != 'Upgrade':
        # All at once
        yield dict(mutual, **{key: values[key][key] for key in KNOWN[verb] + GOES_ON.get(verb, ())
                              if key not in mutual and key != 'transaction'})


def each_invalid(verb, authority):
    """(values, the word that the answer must name)"""
    known = KNOWN[verb]
    yield {'unknown': GLib.Variant('b', True)}, 'unknown'
    # As it would be written in C
    yield {'allow_roaming': GLib.Variant('b', True)}, 'allow_roaming'
    for key, kind in OPTION_TYPES.items():
        if key not in known:
            yield {key: GLib.Variant(kind, {'s': 'x', 'u': 1, 'b': True, 'ay': b'x'}[kind])}, key
            continue
        yield {key: GLib.Variant('u', 1) if kind in ('s', 'b') else GLib.Variant('s', '1')}, key
        if key in ABSURD:
            yield {key: ABSURD[key]}, key
    if 'tls-key' in known:
        yield {'url': 'https://host.example/', 'tls-certificate': authority.certificate}, 'tls-key'
        yield {'url': 'https://host.example/', 'tls-key': authority.key}, 'tls-certificate'
        yield {'url': 'http://host.example/', 'tls-verify': 1}, 'https'


def every_verb(url, authority):
    """In this order: what is refused in most states comes first, so that a module at rest meets many of them."""
    url = url.replace('/fota/', PATH)
    assert PATH in url, url
    yield Question('ListEvents', 0, signature='(t)')
    yield Question('ListEvents', (1 << 64) - 1, signature='(t)')
    for verb in KNOWN:
        for values, word in each_invalid(verb, authority):
            yield Question(verb, values, word)
    for verb in ('Upgrade', 'Resume', 'Download', 'Check'):
        for values in each_valid(verb, url, authority):
            yield Question(verb, values)


def judge_answer(question, answer, message, moment):
    """What is wrong with the answer, or None. moment: what was known of the modem when it was called."""
    if answer is True:
        return 'was accepted' if question.word else None
    if answer in moment.away_errors:
        return None
    if question.word:
        if answer != INVALID or question.word not in message.lower():
            return 'is invalid for %r, but the answer is %s: %s' % (question.word, answer, message)
        return None
    if not answer.startswith((CORE_ERROR, FOTA_ERROR)):
        return 'has no typed answer: %s: %s' % (answer, message)
    if not message:
        return 'is answered %s, and not why' % answer
    allowed = question.actions() <= moment.rights
    if allowed == (answer == UNAUTHORIZED):
        return 'is %s, but the answer is %s: %s' % ('allowed' if allowed else 'forbidden', answer, message)
    if question.method == 'Cancel' or not allowed:
        return None
    if answer == IN_PROGRESS and 'transaction' not in message:
        return 'is answered InProgress, but not what is: %s' % message
    if not moment.busy:
        return None
    if answer != IN_PROGRESS or moment.busy not in message:
        return 'came while %s ran, but the answer is %s: %s' % (moment.busy, answer, message)
    return None
