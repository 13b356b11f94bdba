#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing unchecked reaches the AT port (I8): every byte in every string, against the stock
daemon. Refused, or the module sees exactly the one command that was meant."""

import base64
import re

import place  # noqa: F401  pylint: disable=unused-import
import tap
from contract import CORE_ERROR, FOTA, FOTA_ERROR, MODEM_SIMPLE, error_name
from gi.repository import GLib
from harness import Bed
from raw import is_refused_by_the_bus
from tls import Authority

INVALID = CORE_ERROR + 'InvalidArgs'

# Neither control characters nor those that turn the direction of writing
CONTROL = re.compile('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]')

# Each byte as a character; above 127 there is more than one way to be no ASCII
CHARACTERS = [chr(code) for code in range(1, 256)] + ['\u2028', '\ufeff', '\U0001f4a3', '\u202e', '\uff02', '\u037e']

# What breaks out of a string, a command or a line, if anything does
ATTACKS = ['"', '";+CFUN=0', '\r', '\rAT+CFUN=0\r', '\r\nAT+CFUN=0\r\n', '\n', ';+CFUN=0', ',"', '\\22', '\\"', '\x1a',
           '\x1b', '+++', '"\r', '%0d%0aAT', '%22', '%00', 'A/', '\x7f', '\t']


def refused(call):
    """Whether the call was refused as it must be; any other error is none of ours."""
    try:
        call()
    except GLib.Error as error:
        name = error_name(error)
        if name == INVALID:
            assert not CONTROL.search(error.message), repr(error.message)
            return True
        assert name in (FOTA_ERROR + 'Refused', CORE_ERROR + 'Failed', CORE_ERROR + 'NotFound') or 'MobileEquipment' in name, error.message
    return False


class Watch:
    """The lines that the module gets; none may be another than those named."""

    def __init__(self, bed, known):
        self.bed = bed
        self.known = known
        self.last = bed.simulator.transcript()[-1]['index']

    def new(self):
        """Commands since the last look."""
        exchanges = self.bed.simulator.transcript(self.last)
        if exchanges:
            self.last = exchanges[-1]['index']
        commands = [exchange['command'] for exchange in exchanges]
        for command in commands:
            assert re.fullmatch(self.known, command), 'the module got %r' % command
        return commands


# What a Check sends besides ^FOTAOEMDL, and what ModemManager sends from time to time
FLOW = (r'AT(\+COPS\?|\+CEREG\?|\+C5GREG\?|\+CREG\?|\+CGREG\?|\^FOTASTATE\?|\^FOTAMODE=[0-9,]+|\^FOTADL=0|'
        r'\^HCSQ\?|\^SYSINFOEX|\+CSQ|\+CLCC|\^SSLCFG=2,1,0,[012]|\+COPS=[0-9,]+;\+COPS\?|\+COPS=[0-9,]+)')


class ServerBed(Bed):
    """The module refuses every server, so that a verb is over once it was told one."""

    def __init__(self):
        super().__init__({'timing': {'answer-min': 0.05, 'answer-max': 0.1}}, release=None)

    def ready(self):
        super().ready()
        self.simulator.fault(kind='error', pattern='AT^FOTAOEMDL*', count=0)


def check_urls(bed, urls):
    watch = Watch(bed, FLOW + r'|AT\^FOTAOEMDL="http://[!#-~]+/"')
    accepted = []
    for url in urls:
        if not refused(lambda text=url: bed.verb('Check', url=text)):
            accepted.append(url)
        told = [command for command in watch.new() if 'FOTAOEMDL' in command]
        if url not in accepted:
            assert not told, (url, told)
            continue
        assert len(told) == 1, (url, told)
        sent = told[0][len('AT^FOTAOEMDL="'):-1]
        assert not re.search(r'["\\;,\s\x00-\x1f\x7f-\xff]', sent.replace(',', '')), (url, sent)
        # What is not ASCII can only be a host name, in IDNA
        if url.isascii():
            assert sent.lower() == (url if url.endswith('/') else url + '/').lower(), (url, sent)
    return accepted


def case_url_path():
    with ServerBed() as bed:
        bed.ready()
        accepted = check_urls(bed, ['http://host/a%sb' % c for c in CHARACTERS])
        kept = {url[len('http://host/a'):-1] for url in accepted}
        # A percent sign needs two digits
        assert kept == set("-._~!$&'()*+,=:@/") | set(filter(str.isalnum, map(chr, range(128)))), kept


def case_url_host():
    with ServerBed() as bed:
        bed.ready()
        accepted = check_urls(bed, ['http://a%sb.example/' % c for c in CHARACTERS])
        plain = {url[len('http://a'):-len('b.example/')] for url in accepted if url.isascii()}
        assert plain == set('-_./:') - {':'} | set(filter(str.isalnum, map(chr, range(128)))), plain


def case_url_attacks():
    with ServerBed() as bed:
        bed.ready()
        urls = ['http://host/x%s' % attack for attack in ATTACKS] + ['http://host%s/' % attack for attack in ATTACKS] + \
            ['http://host:80%s/' % attack for attack in ATTACKS] + ['%shttp://host/' % attack for attack in ATTACKS] + \
            ['http://[::1%s]/' % attack for attack in ATTACKS] + ['htt%sp://host/' % attack for attack in ATTACKS]
        accepted = check_urls(bed, urls)
        assert set(accepted) <= {'http://host/x' + attack for attack in ('+++', '%0d%0aAT', '%22', '%00', 'A/')} | \
            {'http://hostA//'}, accepted


def case_expected_version():
    """It is compared, never sent; nor shown in a way that hurts."""
    with ServerBed() as bed:
        bed.ready()
        watch = Watch(bed, FLOW + r'|AT\^FOTAOEMDL="http://host/"')
        for character in CHARACTERS + ATTACKS:
            was_refused = refused(lambda c=character: bed.verb('Download', url='http://host/',
                                                               expect_version='1.0%s' % c))
            commands = watch.new()
            assert was_refused == (not character.isascii() or not character.isprintable()), repr(character)
            assert sum('FOTAOEMDL' in command for command in commands) == (not was_refused), commands


def case_transaction():
    with ServerBed() as bed:
        bed.ready()
        watch = Watch(bed, FLOW + r'|AT\^FOTAOEMDL="http://host/"')
        for character in CHARACTERS + ATTACKS:
            was_refused = refused(lambda c=character: bed.verb('Check', url='http://host/', transaction='a%s' % c))
            assert was_refused == (not re.fullmatch('[A-Za-z0-9._-]+', character)), repr(character)
            watch.new()


def case_option_names():
    """The key of the dictionary is a string too; it comes back in the error."""
    with ServerBed() as bed:
        bed.ready()
        watch = Watch(bed, FLOW)
        for character in CHARACTERS + ATTACKS:
            for verb in ('Check', 'Upgrade', 'Cancel'):
                arguments = GLib.Variant('(a{sv})', ({'url' + character: GLib.Variant('s', 'http://host/')},))
                assert refused(lambda v=verb, a=arguments: bed.call(bed.modem, FOTA, v, a)), repr(character)
        assert not [command for command in watch.new() if 'FOTA' in command]


def case_pem():
    """Every byte at the start, within and at the end of each file: the module gets what was given, or nothing."""
    piece = r'AT\^SSLMNG=2,0,0,"\w+\.pem",\d+,\d+,"[A-Za-z0-9+/=]+"'
    load = r'AT\^SSLMNG=2,[012],2,"\w+\.pem"'
    with ServerBed() as bed:
        bed.ready()
        authority = Authority(bed.directory)
        client = authority.issue('client')
        good = {'tls_ca': authority.certificate, 'tls_certificate': client.certificate, 'tls_key': client.key}
        watch = Watch(bed, '|'.join((FLOW, piece, load, r'AT\^FOTAOEMDL="https://host/"')))
        accepted = 0
        for name, pem in good.items():
            for byte in range(256):
                for place_ in (0, len(pem) // 2, len(pem)):
                    values = dict(good)
                    values[name] = pem[:place_] + bytes([byte]) + pem[place_:]
                    # Where it changes nothing, once is enough
                    if chr(byte).isspace() and place_ != len(pem) // 2:
                        continue
                    was_refused = refused(lambda v=values: bed.verb('Check', url='https://host/', tls_verify=2, **v))
                    commands = watch.new()
                    if was_refused:
                        assert not [command for command in commands if 'SSL' in command], commands
                        continue
                    accepted += 1
                    texts = re.findall(r',"([A-Za-z0-9+/=]{2,})"', '\n'.join(commands))
                    assert values[name] in [base64.b64decode(text) for text in texts], (name, byte, place_)
        assert accepted, 'no blank was accepted'


def case_no_text_at_all():
    """NUL and what is no UTF-8 ends at the bus: D-Bus strings hold neither."""
    with ServerBed() as bed:
        bed.ready()
        watch = Watch(bed, FLOW)
        calls = [(FOTA, 'Check', 'url'), (FOTA, 'Download', 'expect-version'), (FOTA, 'Check', 'transaction'),
                 (MODEM_SIMPLE, 'Connect', 'apn'), (MODEM_SIMPLE, 'Connect', 'user'),
                 (MODEM_SIMPLE, 'Connect', 'password')]
        bad = [bytes([code]) * 3 for code in [0] + list(range(128, 256))]
        for interface, method, key in calls:
            for three in bad:
                assert is_refused_by_the_bus(bed, bed.modem, interface, method, key, '@!@', three), (key, three)
        assert bed.daemon.is_alive()
        assert not [command for command in watch.new() if 'FOTA' in command]


# Bearers

SESSION = (r'AT(\+CGDEL=\d+|\+CGDCONT(=\?|\?|=\d+|=\d+,"IP","[!#-:<-~]*")|\+CGACT\?|\^NDISSTATQRY\?|\^NDISDUP=\d+,0|\+CGPADDR[=0-9]*|'
           r'\^NDISDUP=\d+,1,"[!#-:<-~]*"(,"[ !#-:<-~]*","[ !#-:<-~]*",[012])?|\^SETAUTODIAL\?|\^DHCP\?)')


class BearerBed(Bed):
    """The module refuses to dial, so that a connection attempt is over once it was told the APN."""

    def __init__(self):
        super().__init__({'timing': {'answer-min': 0.05, 'answer-max': 0.1}}, release=None)

    def ready(self):
        super().ready()
        self.simulator.fault(kind='error', pattern='AT^NDISDUP*', count=0)


def dialled(bed, watch, **values):
    """What the module was told of the APN and so on, in one command, or None if the call was refused."""
    was_refused = refused(lambda: bed.connect(ip_type=1, allowed_auth=2, **values))
    commands = watch.new()
    dials = [command for command in commands if re.match(r'AT\^NDISDUP=\d+,1', command)]
    if was_refused:
        assert not [command for command in commands if 'NDISDUP' in command or 'CGDCONT=' in command], commands
        return None
    if not dials:
        # ModemManager does not find a profile again whose APN has a parenthesis
        contexts = [command for command in commands if '+CGDCONT=' in command]
        assert ')' in values['apn'] and len(contexts) == 1, (values, commands)
        return re.fullmatch(r'AT\+CGDCONT=\d+,"IP",(.*)', contexts[0]).group(1)
    assert len(dials) == 1, (values, commands)
    return re.fullmatch(r'AT\^NDISDUP=\d+,1,(.*)', dials[0]).group(1)


def forget_profiles(bed):
    """A new APN is a new profile, and the module has room for a few."""
    manager = 'org.freedesktop.ModemManager1.Modem.Modem3gpp.ProfileManager'
    for profile in bed.call(bed.modem, manager, 'List')[0]:
        if profile['profile-id'] > 1:
            key = {'profile-id': GLib.Variant('i', profile['profile-id'])}
            bed.call(bed.modem, manager, 'Delete', GLib.Variant('(a{sv})', (key,)))


def case_apn():
    with BearerBed() as bed:
        bed.ready()
        watch = Watch(bed, FLOW + '|' + SESSION)
        for character in CHARACTERS + ATTACKS:
            apn = 'a%sb' % character
            sent = dialled(bed, watch, apn=apn)
            good = re.fullmatch(r'[!#-+\--:<-\[\]-~]+', character) is not None
            assert sent == ('"%s"' % apn if good else None), (apn, sent)
            if good:
                forget_profiles(bed)
                watch.new()


def case_user_and_password():
    with BearerBed() as bed:
        bed.ready()
        watch = Watch(bed, FLOW + '|' + SESSION)
        for character in CHARACTERS + ATTACKS:
            text = 'a%sb' % character
            good = re.fullmatch(r'[ !#-:<-\[\]-~]+', character) is not None
            if good:
                sent = dialled(bed, watch, apn='ctnet', user=text, password=text)
                assert sent == '"ctnet","%s","%s",1' % (text, text), (text, sent)
            else:
                assert dialled(bed, watch, apn='ctnet', user=text, password='p') is None, text
                assert dialled(bed, watch, apn='ctnet', user='u', password=text) is None, text


if __name__ == '__main__':
    tap.run(globals())
