# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens in a life: a world and a list of steps, made from a seed.

All is plain data: a script can be written down, repeated and cut shorter. Each step can
happen in any situation, so that a script makes sense without some of its steps, too.

A step is [when, name, arguments]. when is the module's seconds since the step before it; or
[seconds, event]: so long after the next event of that name, see life.py, if it comes soon.
"""

import base64
import random

OLD, NEW, OTHER, DOWNGRADE = '1.2.5.0(SP1C02)', '1.3.0.0(SP1C02)', '1.4.0.0(SP1C02)', '1.1.0.0(SP1C02)'
VERSIONS = (NEW, NEW, NEW, OTHER, DOWNGRADE, OLD)

AUTO_DIAL = '1,1,"IPV4V6","","","",0'

# What a step can wait for: a command that the module gets, a line that it says by itself, …
EVENTS = ('AT^FOTASTATE?', 'AT^FOTAOEMDL=', 'AT^FOTAMODE=', 'AT^FOTADL=', 'AT^FOTADLQ', 'AT^FWUP', 'AT^VERSION?',
          'AT^NDISDUP=', 'AT^NDISSTATQRY?', 'AT^SETAUTODIAL?', 'AT^SETAUTODIAL=', 'AT+CLCC', 'AT+CGDCONT=', 'AT+CGMR',
          'AT+CGSN', 'AT+CIMI', '^FOTASTATE: 11', '^FOTASTATE: 12', '^FOTASTATE: 30', '^FOTASTATE: 31',
          '^FOTASTATE: 40', '^FOTASTATE: 50', 'device-removed', 'device-added', 'ready', 'session', 'interface')

# Commands that the module answers wrongly, and how
FAULT_KINDS = ('error', 'cme', 'not-support', 'silent', 'garbage', 'cut', 'delay', 'unplug', 'power-cycle')
FAULT_PATTERNS = EVENTS[:16] + ('AT+CHUP', 'AT+CREG?', 'AT+CGDCONT?', 'AT^FOTASTATE?', 'AT^FWUP')
CME = ('100', 'SIM PIN required', 'Operation not supported', 'Previous command is not complete',
       'FOTA is in collision state')

STATES = ('10', '11', '12', '13,13', '13,51', '14', '20', '20,52', '30', '31', '40', '50', '70', '80,3', '90')
# What nobody promised that the module never says
LINES = tuple('^FOTASTATE: ' + state for state in STATES) + (
    '^FOTASTATE:', '^FOTASTATE: 12', '^FOTASTATE: 12,', '^FOTASTATE: 12,"', '^FOTASTATE: 99', '^FOTASTATE: -1',
    '^FOTASTATE: 4', '^FOTASTATE: 40,40', '^FOTASTATE: 4294967306', '^FOTASTATE:12,1.3.0.0(SP1C02),99999999999999999999,x',
    '^FOTASTATE: 12, %s, 400000, 1. product_name="MT5700M-CN";en-us' % OTHER, '^FOTASTATE: 10OK',
    '^FOTASTATE: 30,100', '^FOTADLQ: 1,"FIRMWARE1",1,0', '^FOTADLQ: 0,"FIRMWARE1",9,3')

NETWORK_LINES = ('^NDISSTAT: 1,0,,,"IPV4"', '^NDISSTAT: 1,1,,,"IPV4"', '^NDISSTAT: 0,33,,"IPV4"', '^NDISSTAT: 2,0,33,,"IPV4"',
                 '^NDISSTAT: 1,2,,,"IPV4"', '^NDISSTAT: 1,3,,,"IPV4"', '^NDISSTAT:', '^NDISSTAT: 1', '^DCONN: 1',
                 '^NDISSTAT: 1,0,,,"IPV6"', '^NDISSTAT: 99,1,,,"IPV4"', 'NO CARRIER',
                 '+CGEV: ME PDN DEACT 1', '+CGEV: NW PDN DEACT 1', '+CGEV: NW DETACH', '+CGEV: ME DETACH',
                 '+CGEV: NW DEACT "IP","10.0.0.1",1', '+CGEV: ME PDN ACT 1', '+CGEV: NW DETACH OK',
                 '+CREG: 0', '+CEREG: 0', '+C5GREG: 0', '+CEREG: 1,"102F","002D811F",7', '+C5GREG: 2', '^SIMST: 255', '^SRVST: 0',
                 'RING', '^CEND:1,0,104,16', '+CMTI: "ME",49', '+CUSD: 2')

RAW = (b'\x00', b'\r\n', b'\r\nOK\r\n', b'\r\nERROR\r\n', b'\r\n^FOTASTATE: 4', b'\r\n^', b'\r', b'\n', b'\r\n> ', b'\x1a',
       b'\r\nOK\r\n^FOTASTATE: 10\r\n', b'\r\n+CME ERROR: 100\r\n', b'\r\nCONNECT\r\n', b'AT\r\r\nOK\r\n',
       b'\r\nCOMMAND NOT SUPPORT\r\n', b'\r\n\xff\xfe^FOTASTATE: 40\r\n', b'\r\n^FOTASTATE: 40\r\n\r\nOK\r\n')

PDU = '07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07'

# Options of a kind that no caller should get away with
HOSTILE = ({'url': 'http://a/"\r\nAT^FWUP\r'}, {'url': 'ftp://a/'}, {'url': ''}, {'transaction': 'a b'}, {'wait': 4294967295},
           {'expect-version': '\x01'}, {'tls-verify': 7}, {'upgrade': True, 'delay': 4294967295})

SPEED = 60


def make_world(draw):
    """The scenario of the simulator: mostly an ordinary module."""
    def seldom(share):
        return draw.random() < share

    fota = {'outcome': draw.choice(('success',) * 6 + ('unchanged', 'failed', 'other-version')),
            'refuse-fwup': draw.choice((0,) * 6 + (1, 2, 1000)), 'ignore-fwup': draw.choice((0,) * 6 + (1, 5)),
            'package-version': draw.choice(VERSIONS)}
    if seldom(0.35):
        fota['state'] = draw.choice(('40', '40', '31', '12', '13,13', '14', '20'))
    for key, share, value in (('notices', 0.1, False), ('settle-seconds', 0.2, 5), ('collision', 0.05, True),
                              ('refuse-stop-in-query', 0.1, True), ('via-3302', 0.3, True), ('reboots', 0.15, 2),
                              ('incomplete-seconds', 0.15, 20), ('fail-when', 0.3, 'before'), ('outcome-code', 0.2, 3),
                              ('layout-after', 0.2, 'four:06'), ('power-cut-flash', 0.3, 'recover'),
                              ('silent', 0.08, draw.choice(('10', '11-10'))), ('mode', 0.2, '1,1,1,1,7'),
                              ('progress-index', 0.3, 0)):
        if seldom(share):
            fota[key] = value
    network = {}
    for key, share, value in (('auto-dial', 0.25, AUTO_DIAL), ('ndis-form', 0.2, 'classic'), ('ndis-steps', 0.2, True),
                              ('query-form', 0.4, draw.choice(('dual', 'nocid'))), ('technology', 0.3, 'lte'),
                              ('registration', 0.1, draw.choice(('roaming', 'searching', 'denied'))),
                              ('creg', 0.3, False), ('reenumerate-after-dial', 0.05, True)):
        if seldom(share):
            network[key] = value
    module = {'self-powered': seldom(0.5)}
    for key, share, value in (('early-input', 0.1, True), ('udev-hints', 0.1, False), ('ws46', 0.3, True)):
        if seldom(share):
            module[key] = value
    noise = {'rate': draw.choice((0, 0.1, 2)), 'in-answers': draw.choice((0, 0.1, 0.5)), 'seed': draw.randrange(1, 1 << 30)}
    timing = {'speed': SPEED, 'download-seconds': draw.choice((4, 15, 60)), 'flash-seconds': draw.choice((10, 40, 90)),
              'dial-seconds': draw.choice((0.05, 0.5, 5, 60)), 'query-seconds': draw.choice((0.2, 2, 10, 60)),
              'accept-seconds': draw.choice((0.2, 1, 5))}
    port = {'seed': draw.randrange(1, 1 << 30), 'pieces': draw.choice(('mixed', 'mixed', 'mixed', 'bytes', 'lines', 'whole'))}
    for group, key, share, value in ((network, 'query-all', 0.2, True), (port, 'names', 0.2, 'other'), (port, 'path', 0.15, 'other'),
                                     (port, 'blanks', 0.1, 'none'), (fota, 'notice', 0.2, 'before'),
                                     (fota, 'state-after', 0.1, draw.choice((90, 40))), (fota, 'bare-found', 0.05, True),
                                     (fota, 'skip-50', 0.05, True), (network, 'packet-event-form', 0.2, 'pdp'),
                                     (network, 'auto-dial-spelling', 0.2, 'autodail')):
        if seldom(share):
            group[key] = value
    return {'fota': fota, 'network': network, 'module': module, 'noise': noise, 'timing': timing, 'port': port}


class Maker:
    """Makes steps. Most are such that something comes of them."""

    def __init__(self, draw):
        self.draw = draw
        self.calls = 0

    def caller(self):
        return self.draw.randrange(3)

    def _options(self, verb):
        draw = self.draw
        self.calls += 1
        options = {'transaction': 'life-%d' % self.calls}
        if draw.random() < 0.05:
            options.update(draw.choice(HOSTILE))
            return options
        if verb != 'Upgrade' and draw.random() < 0.85:
            options['url'] = draw.choice(('right', 'right', 'right', 'right', 'wrong', 'other'))
        if verb in ('Download', 'Resume') and draw.random() < 0.5:
            options['upgrade'] = True
        upgrades = verb == 'Upgrade' or 'upgrade' in options
        for key, share, value, known in (('expect-version', 0.2, draw.choice(VERSIONS), verb != 'Check'),
                                         ('allow-roaming', 0.2, True, verb != 'Upgrade'),
                                         ('allow-downgrade', 0.2, True, verb == 'Download' or upgrades),
                                         ('delay', 0.15, draw.choice((1, 10, 60)), upgrades),
                                         ('wait', 0.4, draw.choice((0, 5, 60, 300)), upgrades),
                                         ('hang-up-calls', 0.3, True, upgrades)):
            if known and draw.random() < share:
                options[key] = value
        return options

    def verb(self):
        verb = self.draw.choice(('Check', 'Download', 'Download', 'Download', 'Resume', 'Upgrade', 'Upgrade'))
        return {'caller': self.caller(), 'verb': verb, 'options': self._options(verb)}

    def beginning(self, state):
        """A verb that is likely to be taken, and to go all the way."""
        self.calls += 1
        options = {'transaction': 'life-%d' % self.calls}
        if self.draw.random() < 0.3:
            options['hang-up-calls'] = True
        if state == '40':
            return {'caller': 0, 'verb': 'Upgrade', 'options': options}
        options.update({'url': 'right', 'upgrade': True})
        if self.draw.random() < 0.3:
            options['allow-downgrade'] = True
        return {'caller': 0, 'verb': 'Resume' if state == '31' else 'Download', 'options': options}

    def cancel(self):
        return {'caller': self.caller()}

    def list_events(self):
        return {'caller': self.caller(), 'after': self.draw.choice((0, 0, 3, 1 << 63))}

    def leave(self):
        return {'caller': self.caller()}

    def modem(self):
        return {'method': self.draw.choice(('enable', 'enable', 'disable', 'connect', 'connect', 'connect', 'disconnect',
                                            'disconnect', 'call', 'hang-up', 'ask', 'delete-bearer', 'create-bearer')),
                'apn': self.draw.choice(('ctnet', 'ctnet', '', 'ims')), 'ip-type': self.draw.choice((0, 1, 2, 4))}

    def registration(self):
        return {'value': self.draw.choice(('home', 'home', 'roaming', 'searching', 'denied'))}

    def data(self):
        return {'value': self.draw.random() < 0.5}

    def drop(self):
        return {'cid': self.draw.choice((1, 1, 1, 2))}

    def network_line(self):
        return {'line': self.draw.choice(NETWORK_LINES)}

    def call(self):
        return {'what': self.draw.choice(('ring', 'active', 'active', 'end', 'end'))}

    def sms(self):
        return {'pdu': self.draw.choice((PDU, PDU, 'FF', '07ZZ', PDU[:20]))}

    def unplug(self):
        return {'keep': self.draw.random() < 0.5, 'seconds': self.draw.choice((15, 30, 60))}

    def power_cycle(self):
        return {'seconds': self.draw.choice((15, 30, 60))}

    def server(self):
        return {'what': self.draw.choice(('stop', 'start', 'start', 'withdraw', 'slow', 'fast')), 'version': self.draw.choice(VERSIONS)}

    def offer(self):
        return {'version': self.draw.choice(VERSIONS), 'bad': self.draw.choice((None, None, 'md5', 'size'))}

    def kill(self):
        return {'seconds': self.draw.choice((0, 0, 0, 5, 60))}

    def clock(self):
        return {'seconds': self.draw.choice((-86400 * 400, -3600, -30, 30, 3600, 86400 * 400))}

    def fault(self):
        fault = {'kind': self.draw.choice(FAULT_KINDS), 'pattern': self.draw.choice(FAULT_PATTERNS),
                 'count': self.draw.choice((1, 1, 1, 2, 5)), 'seconds': self.draw.choice((15, 60))}
        if fault['kind'] == 'cme':
            fault['text'] = self.draw.choice(CME)
        return fault

    def line_fault(self):
        return {'kind': self.draw.choice(('urc-lost', 'urc-doubled')),
                'pattern': self.draw.choice(('^FOTASTATE', '^FOTASTATE', '^NDISSTAT')), 'count': self.draw.choice((1, 1, 3))}

    def state(self):
        return {'state': self.draw.choice(STATES)}

    def line(self):
        return {'line': self.draw.choice(LINES)}

    def raw(self):
        if self.draw.random() < 0.3:
            data = self.draw.randbytes(self.draw.choice((1, 64, 5000)))
        else:
            data = self.draw.choice(RAW)
        return {'data': base64.b64encode(data).decode()}

    def turn(self):
        """The module changes its ways."""
        key, value = self.draw.choice((('fota.refuse-fwup', 1), ('fota.ignore-fwup', 1), ('fota.notices', False),
                                       ('fota.notices', True), ('fota.outcome', 'unchanged'), ('fota.outcome', 'success'),
                                       ('network.apns', 'nobody'), ('network.apns', '*'), ('noise.rate', 20),
                                       ('fota.silent', '10'), ('fota.silent', 'none'), ('network.ndis-form', 'classic'),
                                       ('timing.answer-max', 5), ('timing.progress-max', 20)))
        return {'key': key, 'value': value}


# How often each comes
WEIGHTS = {'verb': 30, 'cancel': 6, 'list_events': 2, 'leave': 2, 'modem': 14, 'registration': 4, 'data': 2, 'drop': 2,
           'network_line': 7, 'call': 5, 'sms': 1, 'unplug': 4, 'power_cycle': 3, 'server': 3, 'offer': 3, 'kill': 5,
           'clock': 2, 'fault': 7, 'line_fault': 2, 'state': 2, 'line': 4, 'raw': 3, 'turn': 3}


def make_when(draw):
    if draw.random() < 0.35:
        return [draw.choice((0, 0, 0, 0.2, 1)), draw.choice(EVENTS)]
    return draw.choice((0, 0, 0.1, 1, 3, 10, 30))


def make_script(seed):
    draw = random.Random(seed)
    maker = Maker(draw)
    world = make_world(draw)
    world['version'] = draw.choice(VERSIONS)
    world['wait'] = draw.choice(('interface', 'registered', 'registered', 'registered', 'connected', 'connected', 'nothing'))
    steps = []
    for _number in range(draw.choice((3, 6, 10, 15, 25))):
        name = draw.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        steps.append([make_when(draw), name, getattr(maker, name)()])
    if draw.random() < 0.6:
        # Something to be disturbed
        steps.insert(0, [draw.choice((0, 3)), 'verb', maker.beginning(world['fota'].get('state'))])
    return {'seed': seed, 'world': world, 'steps': steps}


def step_text(step):
    when, name, arguments = step
    if isinstance(when, list):
        before = 'at %s%s' % (when[1], ', %g s later' % when[0] if when[0] else '')
    else:
        before = '%g s later' % when if when else 'at once'
    return '%s: %s %s' % (before, name, ' '.join('%s=%r' % item for item in arguments.items()))
