# SPDX-License-Identifier: GPL-2.0-or-later
"""Many hosts on one machine: each has a bus, an mmfota-agent as it is installed, and one module or more, whose plugin is
simulated. All of them have one hawkBit and one mosquitto, the real ones."""

import collections
import glob
import hashlib
import http.client
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
for _folder in ('integration', 'agent', 'cli', 'engines'):
    sys.path.insert(0, os.path.join(TESTS, _folder))

import fakemodemmanager as fake  # noqa: E402  pylint: disable=wrong-import-position
from agent import AGENT, NAME, PATH  # noqa: E402  pylint: disable=wrong-import-position
from bus import Bus  # noqa: E402  pylint: disable=wrong-import-position
from broker import Broker, Listener  # noqa: E402  pylint: disable=wrong-import-position
from hawkbit import LOGIN, TOKEN, Hawkbit, Recipe  # noqa: E402  pylint: disable=wrong-import-position
from harness import NEW_VERSION, OLD_VERSION, SOURCE  # noqa: E402  pylint: disable=wrong-import-position
from processes import Process, clean_environment, free_port, pump, wait_for  # noqa: E402  pylint: disable=wrong-import-position

FOTA_XML = os.path.join(SOURCE, 'introspection', 'com.td_tech.ModemManager1.Modem.Fota.xml')
FIRMWARE = 'http://fota.example.net/mt5700/new/'
# Where the schedule looks: nothing newer
FOLDER = 'http://fota.example.net/mt5700/old/'
SIZE = 6000000
CHECKS, FETCHES, FLASHES = 0.2, 0.5, 1
PATIENCE = 3600
UNLIMITED = 20000
(NO_UPDATE, UPDATE_AVAILABLE, DOWNLOAD_STARTED, DOWNLOAD_SUCCEEDED, DOWNLOAD_FAILED, UPGRADE_STARTED, UPGRADE_SUCCEEDED,
 UPGRADE_FAILED) = 2, 3, 4, 6, 7, 11, 12, 13

CONFIGURATION = '''[check]
first=%(first)s
interval=%(interval)s
spread=%(spread)d%%
[server]
url=%(folder)s
[policy]
upgrade=auto
notice=0
[retry]
query=1min x2 max 6h
download=1min x2 max 1d 8 tries
[hawkbit]
url=%(hawkbit)s
gateway-token-file=%(token)s
[mqtt]
broker=%(broker)s
'''


class Module(fake.FakeModem):
    """Does what the plugin does, in seconds. Each tenth download breaks off once, each tenth module refuses its
    firmware for good."""

    def __init__(self, manager, index, number):
        self.number = number
        super().__init__(manager, index, '8600000%08d' % number, '/sys/devices/usb%d/1-1' % number)
        self.on_call = {'Check': self.check, 'Download': self.download, 'Upgrade': self.upgrade, 'Cancel': lambda _options: None}
        self.breaks_off = number % 10 == 3
        self.refuses = number % 10 == 7
        self.began = time.time()
        self.looks = []
        self.transaction = None
        self.set(Version=OLD_VERSION, Journal=hashlib.sha256(self.imei.encode()).hexdigest()[:32])

    @property
    def imei(self):
        return self.modem_properties['EquipmentIdentifier'].unpack()

    def begin(self, options, state, seconds, then):
        self.transaction = options['transaction']
        self.set(State=state, Transaction=self.transaction, Interruptible=state != fake.UPGRADING)
        GLib.timeout_add(int(1000 * seconds), lambda: then(options) and False)
        return self.transaction

    def tell(self, kind, **details):
        self.event(kind, transaction=self.transaction, **details)
        self.events[-1]['time'] = int(time.time())

    def end(self, state, outcome, verb, **result):
        now = int(time.time())
        self.set(State=state)
        self.finish(self.transaction, outcome, verb=verb, started=now, finished=now, **{'from': self.get('Version')}, **result)

    def check(self, options):
        self.looks.append((time.time(), options['url']))
        return self.begin(options, fake.CHECKING, CHECKS, self.checked)

    def checked(self, options):
        if options['url'] != FIRMWARE or self.get('Version') == NEW_VERSION:
            self.tell(NO_UPDATE)
            self.end(fake.IDLE, fake.NOTHING_NEWER, 'check')
            return
        self.set(Update={'version': NEW_VERSION, 'size': SIZE, 'description': '', 'url': FIRMWARE, 'downgrade': False})
        self.tell(UPDATE_AVAILABLE, version=NEW_VERSION)
        self.end(fake.AVAILABLE, fake.SUCCEEDED, 'check', to=NEW_VERSION)

    def download(self, options):
        assert options['expect-version'] == NEW_VERSION, options
        answer = self.begin(options, fake.DOWNLOADING, FETCHES, self.downloaded)
        self.tell(DOWNLOAD_STARTED, version=NEW_VERSION)
        return answer

    def downloaded(self, _options):
        if self.breaks_off:
            self.breaks_off = False
            failure = {'error': fake.FOTA_ERROR + 'DownloadFailed', 'message': 'the line was cut', 'module-code': 20}
            self.tell(DOWNLOAD_FAILED, **failure)
            self.end(fake.IDLE, fake.FAILED, 'download', **failure)
            return
        self.tell(DOWNLOAD_SUCCEEDED, version=NEW_VERSION)
        self.end(fake.DOWNLOADED, fake.SUCCEEDED, 'download', to=NEW_VERSION)

    def upgrade(self, options):
        answer = self.begin(options, fake.UPGRADING, FLASHES, self.flashed)
        self.tell(UPGRADE_STARTED, version=NEW_VERSION, **{'from': OLD_VERSION})
        return answer

    def flashed(self, _options):
        """The module reboots, and comes back as another object."""
        self.unplug()
        GLib.timeout_add(int(1000 * FLASHES), lambda: self.rebooted() and False)

    def rebooted(self):
        self.index += 1000
        self.set(Update={})
        if self.refuses:
            failure = {'error': fake.FOTA_ERROR + 'VersionUnchanged', 'message': 'the version is what it was'}
            self.tell(UPGRADE_FAILED, **failure)
            self.end(fake.IDLE, fake.FAILED, 'upgrade', **failure)
        else:
            self.set(Version=NEW_VERSION)
            self.tell(UPGRADE_SUCCEEDED, version=NEW_VERSION, **{'from': OLD_VERSION})
            self.end(fake.IDLE, fake.SUCCEEDED, 'upgrade', to=NEW_VERSION)
        self.plug()


fake.EVENT_TYPES.setdefault('from', 's')


class Host:
    def __init__(self, folder, configuration, modules):
        self.folder = folder
        os.makedirs(os.path.join(folder, 'state'))
        with open(os.path.join(folder, 'agent.conf'), 'w', encoding='ascii') as out:
            out.write(configuration)
        self.bus = Bus(os.path.join(folder, 'bus'))
        self.bus.start()
        self.manager = fake.FakeModemManager(self.bus.address, FOTA_XML)
        self.modules = []
        for index, number in enumerate(modules):
            module = Module(self.manager, index, number)
            self.manager.modems.append(module)
            module.plug()
            self.modules.append(module)
        self.manager.start()
        self.agent = None

    def start(self):
        log = os.path.join(self.folder, 'agent.log')
        environment = clean_environment(G_DEBUG='fatal-criticals', DBUS_SYSTEM_BUS_ADDRESS=self.bus.address)
        self.agent = Process('mmfota-agent', [AGENT, '--config', os.path.join(self.folder, 'agent.conf'), '--state',
                                              os.path.join(self.folder, 'state')], log, log, environment)
        for module in self.modules:
            module.began = time.time()

    def log(self):
        with open(os.path.join(self.folder, 'agent.log'), encoding='utf-8', errors='replace') as log:
            return log.read()

    def described(self):
        """What the agent tells of its modules."""
        try:
            return self.manager.connection.call_sync(NAME, PATH, 'org.freedesktop.DBus.Properties', 'Get',
                                                     GLib.Variant('(ss)', (NAME, 'Modems')), None, 0, 60000, None).unpack()[0]
        except GLib.Error:
            return []

    def stop(self):
        if self.agent:
            self.agent.kill()
        self.manager.connection.close_sync(None)
        self.bus.stop()


def processor(pid):
    """Milliseconds of all its threads, those that have ended included."""
    with open('/proc/%d/stat' % pid, encoding='ascii') as text:
        fields = text.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf('SC_CLK_TCK')


def memory(pid):
    """Bytes of its own."""
    with open('/proc/%d/smaps_rollup' % pid, encoding='ascii') as text:
        return 1024 * sum(int(size) for size in re.findall(r'\nPrivate_(?:Clean|Dirty):\s*(\d+)', text.read()))


class Fleet:
    """with Fleet(hosts=1000) as fleet: …"""

    def __init__(self, hosts, modules=1, check=None):
        self.check = {'first': '1min', 'interval': '1d', 'spread': 25, **(check or {})}
        self.size = hosts * modules
        self.shape = (hosts, modules)
        self.folder = tempfile.mkdtemp(prefix='mmfota-fleet-')
        self.hosts = []
        self.hawkbit = self.broker = self.operator = self.recipe = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        # A bus, a connection and a log for each
        resource.setrlimit(resource.RLIMIT_NOFILE, (UNLIMITED, max(UNLIMITED, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for host in self.hosts:
            host.stop()
        if self.operator:
            self.operator.stop()
        if self.broker:
            self.broker.kill()
        if self.hawkbit:
            self.hawkbit.stop()
        if not error or error[0] is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def modules(self):
        return [module for host in self.hosts for module in host.modules]

    def start(self):
        os.makedirs(self.path('hawkbit'))
        self.hawkbit = Hawkbit(self.path('hawkbit'))
        self.hawkbit.options = [
            # As it comes; the tests of each engine have devices without minutes
            '--hawkbit.controller.pollingTime=00:05:00', '--hawkbit.controller.minPollingTime=00:00:30',
            '--hawkbit.rollout.executor.thread-pool.size=2',
            '--server.jetty.accesslog.enabled=true', '--server.jetty.accesslog.filename=' + self.path('hawkbit/access')]
        self.hawkbit.start()
        self.broker = Broker('allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0')
        self.operator = Listener(self.broker.port, 'mmfota/+/events', qos=1)
        self.hawkbit.wait()
        self.recipe = Recipe(HAWKBIT=self.hawkbit.url, HAWKBIT_LOGIN=LOGIN, FIRMWARE=FIRMWARE, TOKEN=TOKEN)
        self.recipe.run(1, 2, 3)
        with open(self.path('token'), 'w', encoding='ascii') as out:
            out.write(TOKEN + '\n')
        configuration = CONFIGURATION % {'folder': FOLDER, 'hawkbit': self.hawkbit.url, 'token': self.path('token'),
                                         'broker': self.broker.url, **self.check}
        hosts, modules = self.shape
        for number in range(hosts):
            self.hosts.append(Host(self.path('host-%d' % number), configuration,
                                   range(number * modules, (number + 1) * modules)))
            self.hosts[-1].start()
            pump()

    def wait(self, what, condition, every=1.0):
        def alive():
            dead = [host.folder for host in self.hosts if not host.agent.is_alive()]
            assert not dead, 'agents have ended: %s' % dead[:3]
            pump(every)
            try:
                return condition()
            except (OSError, http.client.HTTPException):
                # hawkBit has much to do
                return None
        return wait_for(what, alive, PATIENCE)

    # What an operator does

    def known(self):
        """How many targets have told what they are."""
        return self.hawkbit.api('GET', 'targets?limit=1&q=attribute.model==MT5700M-CN')['total']

    def roll_out(self):
        self.recipe.run(4)

    def nudge(self, modules):
        for module in modules:
            self.operator.client.publish('mmfota/%s/cmd' % module.imei, 'check', 1)

    def statuses(self):
        return self.hawkbit.api('GET', 'rollouts/%s' % self.recipe.values['ROLLOUT'])['totalTargetsPerStatus']

    def over(self):
        statuses = self.statuses()
        return statuses['finished'] + statuses['error'] == self.size and statuses

    # What is lost, doubled or wrong

    def reports(self):
        """IMEI to the ids of its events, in the order in which they came."""
        told = collections.defaultdict(list)
        for message in list(self.operator.messages):
            told[message.topic.split('/')[1]].append(json.loads(message.payload)['id'])
        return told

    def lost(self):
        """Events that the broker was not told of, or not in order."""
        told = self.reports()
        missing = []
        for module in self.modules:
            expected = ['%s-%d' % (module.get('Journal'), event['sequence']) for event in module.events]
            # What comes twice is the same one
            if list(dict.fromkeys(told[module.imei])) != expected:
                missing.append((module.imei, expected, told[module.imei]))
        return missing

    def doubled(self):
        return sum(len(ids) - len(set(ids)) for ids in self.reports().values())

    def wrong(self):
        """Actions that hawkBit has otherwise than they really ended, or without what happened; with the reason."""
        found = []
        for module in self.modules:
            actions = self.hawkbit.actions(module.imei)
            history = self.hawkbit.history(module.imei, actions[0]['id'])
            kinds = [kind for kind, _text in history]
            ends = [kind for kind in kinds if kind in ('finished', 'error', 'canceled')]
            expected = ['error' if module.refuses else 'finished']
            failures = sum('download-failed' in text for _kind, text in history)
            # An answer that came too late makes feedback come twice
            if len(actions) != 1 or ends != expected or 'downloaded' not in kinds or \
                    failures < sum(event['kind'] == DOWNLOAD_FAILED for event in module.events) or \
                    (module.get('Version') == NEW_VERSION) == module.refuses:
                found.append((module.imei, history))
        return found

    # What it costs

    def processor(self):
        return sum(processor(host.agent.pid) for host in self.hosts)

    def memory(self):
        return sum(memory(host.agent.pid) for host in self.hosts)

    def requests(self):
        """Those of devices so far: second and status of each."""
        found = []
        for path in glob.glob(self.path('hawkbit/access*')):
            with open(path, encoding='utf-8', errors='replace') as log:
                found += re.findall(r'\[([^\]]*)\] "\S+ \S*/controller/v1/\S* [^"]*" (\d+)', log.read())
        return found

    def spread(self):
        """When the schedule of each looked first, seconds after its module came."""
        return [module.looks[0][0] - module.began for module in self.modules if module.looks]
