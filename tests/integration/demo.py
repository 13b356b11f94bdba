#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job, to watch: a module upgraded over the air. scripts/demo runs this."""

import os
import re
import shlex
import subprocess
import sys
import unicodedata

import locales
from agent import AgentBed, configuration
from harness import FAST_CLOCK, MMFOTA, NEW_VERSION, OLD_VERSION, FastClock, wait_for
from processes import clean_environment

for room in ('server', 'agent'):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', room))

from bed import TOOL, Nginx, free_port, tool  # noqa: E402  pylint: disable=wrong-import-position
from test_report import Sink  # noqa: E402  pylint: disable=wrong-import-position

PACKAGE_SIZE = 6000000
NEXT_VERSION = '1.4.0.0(SP1C02)'

# What a fleet's server is to hear of a round, in this order
EVENTS = ['update-available', 'download-started', 'download-succeeded', 'upgrade-started', 'upgrade-succeeded']

# The module's and the daemon's time; the download takes 20 s of ours
SPEED = 4
SCENARIO = {
    'timing': {'download-seconds': 20 * SPEED, 'flash-seconds': 30},
    'noise': {'rate': 0.2},
}
COLOURS = sys.stdout.isatty()
COLUMNS = 100

# The viewer's language; all else, the daemons too, is as everywhere
CHINESE = os.environ.get('DEMO_LANGUAGE', '').startswith('zh_CN')
WORDS = {
    "Debian's own ModemManager %s loads the plugin and finds the module": 'Debian 自带的 ModemManager %s 加载插件并发现模块',
    'A simulated MT5700M-CN (USB 3466:3301) on a test bed, a private message bus, a real nginx. '
    'Time runs %d times faster for module and daemon.':
        '模拟的 MT5700M-CN（USB 3466:3301）、独立的消息总线和真实的 nginx。模块和守护进程的时间以 %d 倍速度运行。',
    'A data session': '数据会话',
    'Meanwhile, who runs the firmware server': '与此同时，在固件服务器一侧',
    'A folder from the package, certificates, a site for nginx, and a look at it as a module would have it.':
        '由升级包生成目录，生成证书，配置 nginx 站点，并像模块那样检查一遍。',
    'Is there newer firmware?': '版本查询：有新固件吗？',
    'The module downloads it, data goes on': '模块下载升级包，数据会话不中断',
    'The upgrade': '升级',
    'The data session is paused, the module told to flash, watched over its reboot, and judged by '
    'what it runs afterwards.': '暂停数据会话，命令模块升级，在其重启期间持续跟踪，最后以实际运行的版本判断结果。',
    'On the AT port meanwhile, in seconds of the module:': '同一时间 AT 端口上的往来（模块时间，秒）：',
    'The module is back, under another object path, with the new version': '模块已恢复，对象路径改变，运行新版本',
    'What the module fetched, by the access log': '访问日志中模块下载的内容',
    'And the next release without anybody: mmfota-agent': '下一个版本无需人工：mmfota-agent',
    'Who runs the server publishes another version; the agent looks, has it downloaded, and asks.':
        '服务器发布另一个版本；代理程序查询版本，让模块下载，然后询问。',
    'What the sink of its reports has got of it, as CloudEvents:': '接收端收到的上报内容（CloudEvents）：',
    'Summary': '总结',
    'attempt %d': '第 %d 次尝试',
    'data session up': '数据会话已建立', 'data session down': '数据会话已断开', 'the module flashes': '模块正在刷写固件',
    'USB device appears': 'USB 设备出现', 'USB device disappears': 'USB 设备断开',
    'every command ended well': '每条命令都正常结束',
    'data was paused before ^FWUP': '在 ^FWUP 之前已暂停数据',
    'session down at %s s, ^FWUP at %s s': '会话断开于第 %s 秒，^FWUP 于第 %s 秒',
    'the module flashed once': '模块只刷写一次', 'flashes: %d': '刷写次数：%d',
    'it left the bus and came back': '模块断开后恢复', 'object path now %s': '现在的对象路径为 %s',
    'another version runs': '运行的版本已改变', 'of another build': '编译时间也不同', 'the result says so': '结果与此一致',
    'outcome %s, from %s to %s': '结果 %s，从 %s 到 %s',
    'each byte was fetched once': '每个字节只下载一次', '%d of %d': '%d / %d',
    'no rule of the module was broken': '没有违反模块的任何规则', '%d violations in %d AT commands': '%d 次违反，共 %d 条 AT 命令',
    'so did those about the agent': '与代理程序有关的命令也是', 'the agent upgraded it, too': '代理程序也完成了升级', 'once': '只有一次',
    'each event was reported': '每个事件都已上报', 'under an id of its own': '各有自己的编号', '%d events': '%d 个事件',
    'and rests': '随后转入空闲', 'again no rule was broken': '同样没有违反规则', '%d violations': '%d 次违反',
    'The upgrades from %s to %s and to %s succeeded.': '从 %s 升级到 %s、再升级到 %s，均已成功。',
    'The upgrades did NOT succeed.': '升级没有成功。',
    'error: %s': '错误：%s', 'logs: %s': '日志：%s',
}


def tr(text):
    return WORDS[text] if CHINESE else text


def columns(text):
    return sum(2 if unicodedata.east_asian_width(char) in 'WF' else 1 for char in text)


def padded(text, width):
    return text + ' ' * (width - columns(text))


def say(text=''):
    print(text, flush=True)


def heading(text):
    say()
    say('\033[1;34m== %s\033[0m' % text if COLOURS else '== ' + text)
    say()


def remark(text):
    line = ''
    # Words, and Chinese characters with what stands after them
    for piece in re.findall(r'[\u2e80-\uffef][，。、：；）]*|[^\s\u2e80-\uffef]+\s*|\s+', text):
        if columns(line + piece.rstrip()) > COLUMNS:
            say('   ' + line.rstrip())
            line = ''
        line += piece
    say('   ' + line.rstrip())


def typed(bed, *argv):
    """Shows the command as typed, runs it in front of the viewer; returns the exit status."""
    text = '$ ' + ' '.join(shlex.quote(word) for word in [os.path.basename(argv[0])] + list(argv[1:]))
    say('\033[1;32m%s\033[0m' % text if COLOURS else text)
    # The client's clock goes with the module's, or the rates would not fit the times
    clock = FastClock(bed.path('client-clock'), SPEED)
    language = locales.environment(os.environ['TDTECH_BUILD']) if CHINESE else {}
    preload = ':'.join(filter(None, (FAST_CLOCK, language.pop('LD_PRELOAD', None))))
    env = clean_environment(TERM=os.environ.get('TERM', 'dumb'), LD_PRELOAD=preload, FAST_CLOCK=clock.path,
                            **language, **bed.bus.environment)
    status = subprocess.run(argv, env=env, check=False).returncode
    say()
    return status


def serve(bed, statuses):
    """The operator's part, with mmfota-server; returns the URL, the CA and the web server."""
    package, fota, certificates, port = bed.path('ota.swu'), bed.path('fota'), bed.path('certificates'), free_port()
    with open(package, 'wb') as out:
        out.write(os.urandom(PACKAGE_SIZE))
    statuses['make'] = typed(bed, TOOL, '--make', fota, '--package', package, '--version', NEW_VERSION, '--product', 'MT5700M-CN',
                             '--source-version', OLD_VERSION)
    statuses['certificates'] = typed(bed, TOOL, '--certificates', certificates, '--name', '127.0.0.1')
    site = ['--site', fota, '--listen', str(port), '--location', '/mt5700/', '--tls', certificates]
    statuses['site'] = typed(bed, TOOL, *site)
    nginx = Nginx(bed.path('nginx'), tool(*site).out).start(port)
    url = 'https://127.0.0.1:%d/mt5700/' % port
    statuses['check-server'] = typed(bed, TOOL, '--check', url, '--tls', certificates, '--model', 'MT5700M-CN',
                                     '--from', OLD_VERSION)
    return url, os.path.join(certificates, 'ca.pem'), nginx


def release_next(bed, statuses):
    """A release that takes the place of the first one."""
    package, fota = bed.path('ota.swu'), bed.path('fota')
    statuses['make-next'] = typed(bed, TOOL, '--make', fota + '-next', '--package', package, '--version', NEXT_VERSION,
                                  '--product', 'MT5700M-CN', '--source-version', NEW_VERSION)
    os.rename(fota, fota + '-old')
    os.rename(fota + '-next', fota)


def run_agent(bed, statuses, url, authority):
    """A round of mmfota-agent: it looks and downloads by itself, asks, is answered, and reports. Returns what was reported."""
    sink = Sink()
    groups = {'server': {'url': url, 'tls-ca': authority}, 'report': {'url': sink.url}}
    for line in configuration(**groups).splitlines():
        say('   ' + line)
    say()
    bed.write_config(**groups)
    bed.start_agent()
    bed.wait_question()
    statuses['agent-status'] = typed(bed, MMFOTA, '--agent-status')
    statuses['answer'] = typed(bed, MMFOTA, '--answer=now')
    bed.wait_version(NEXT_VERSION)
    statuses['agent-done'] = typed(bed, MMFOTA, '--agent-status')
    wait_for('the reports', lambda: sink.events and sink.events[-1]['type'].endswith('.upgrade-succeeded') and
             bed.agent_modem()['unreported'] == 0)
    sink.stop()
    remark(tr('What the sink of its reports has got of it, as CloudEvents:'))
    say()
    # The journal goes back to before the agent
    reported = [event for event in sink.events if event['data'].get('transaction', '').startswith('agent-')]
    for event in reported:
        say('   %s  %-20s %-18s %s' % (event['time'], event['type'].rsplit('.', 1)[1], event.get('subject', ''),
                                       tr('attempt %d') % event['data']['attempt'] if 'attempt' in event['data'] else ''))
    say()
    statuses['events'] = typed(bed, MMFOTA, '--events')
    return reported


def fetched_bytes(nginx, before):
    """What the module got of the package, by the access log, beyond what --check fetched before."""
    return log_bytes(nginx) - before


def log_bytes(nginx):
    clients = tool('--log', nginx.access_log, '-J').json['clients']
    return sum(entry['sent'] for client in clients for entry in client['files'] if entry['path'].endswith('/ota.swu'))


def story(lines):
    """The simulator's transcript without the daily business: (time, who, what)."""
    ours = re.compile(r'FOTASTATE\?|FWUP|NDISDUP|SETAUTODIAL|VERSION')
    commands = {}
    for line in lines:
        match = re.match(r'\s*([\d.]+) \d+ - (\S+) ?(.*)', line)
        if not match:
            continue
        when, what, details = match.groups()
        values = re.match(r'index=(\d+) (?:command|answer)=(.*?)(?: occurrence=\d+)?$', details)
        if what == 'command' and ours.search(values.group(2)):
            commands[values.group(1)] = values.group(2)
            yield when, '-->', values.group(2)
        elif what == 'answer' and values.group(1) in commands:
            yield when, '<--', ' '.join(values.group(2).replace('\\r', ' ').replace('\\n', ' ').split())
        elif what == 'urc' and re.search(r'FOTASTATE|NDISSTAT', details):
            yield when, '<--', details.split('=', 1)[1]
        elif what == 'session' and re.search(r'state=[01] ', details):
            yield when, '***', 'data session up' if 'state=1' in details else 'data session down'
        elif what == 'flash':
            yield when, '***', 'the module flashes'
        elif what in ('device-added', 'device-removed'):
            yield when, '***', 'USB device appears' if 'added' in what else 'USB device disappears'


def read_transcript(bed):
    with open(bed.simulator.path('transcript'), encoding='utf-8', errors='replace') as text:
        return text.read().splitlines()


def evidence(bed, statuses, before, upgrade, fetched):
    """What must be true, each with what was seen."""
    after = bed.fota()
    result = after.get('Result', {})
    status = bed.simulator.status()['fota']
    told = [text for _when, _who, text in upgrade]
    down = told.index('data session down') if 'data session down' in told else None
    fwup = told.index('AT^FWUP') if 'AT^FWUP' in told else None
    return [
        ('every command ended well', not any(statuses.values()),
         ', '.join('%s %d' % pair for pair in statuses.items())),
        ('data was paused before ^FWUP', None not in (down, fwup) and down < fwup,
         tr('session down at %s s, ^FWUP at %s s') % tuple(upgrade[i][0] if i is not None else '?' for i in (down, fwup))),
        ('the module flashed once', status['flashes-done'] == 1, tr('flashes: %d') % status['flashes-done']),
        ('it left the bus and came back', 'USB device disappears' in told and 'USB device appears' in told,
         tr('object path now %s') % bed.modem),
        ('another version runs', after.get('Version') == NEW_VERSION,
         '%s -> %s' % (before['Version'], after.get('Version'))),
        ('of another build', after.get('BuildTime') not in (None, '', before['BuildTime']),
         '%s -> %s' % (before['BuildTime'], after.get('BuildTime'))),
        ('the result says so', (result.get('outcome'), result.get('to')) == (1, NEW_VERSION),
         tr('outcome %s, from %s to %s') % (result.get('outcome'), result.get('from'), result.get('to'))),
        ('each byte was fetched once', fetched == PACKAGE_SIZE, tr('%d of %d') % (fetched, PACKAGE_SIZE)),
        ('no rule of the module was broken', not bed.simulator.violations(),
         tr('%d violations in %d AT commands') % (len(bed.simulator.violations()), len(bed.simulator.transcript()))),
    ]


def agent_evidence(bed, statuses, reported):
    told = [event['type'].rsplit('.', 1)[1] for event in reported]
    agent, result = bed.agent_modem(), bed.fota().get('Result', {})
    ended = [statuses[name] for name in ('make-next', 'agent-status', 'answer', 'agent-done', 'events')]
    flashes = bed.simulator.status()['fota']['flashes-done']
    return [
        ('so did those about the agent', not any(ended), ', '.join(map(str, ended))),
        ('the agent upgraded it, too', (result.get('outcome'), result.get('to')) == (1, NEXT_VERSION),
         '%s -> %s' % (result.get('from'), result.get('to'))),
        ('once', flashes == 2, tr('flashes: %d') % flashes),
        ('each event was reported', [kind for kind in dict.fromkeys(told) if kind in EVENTS] == EVENTS, ', '.join(told)),
        ('under an id of its own', len({event['id'] for event in reported}) == len(reported), tr('%d events') % len(reported)),
        ('and rests', agent.get('activity') == 'idle', agent.get('activity')),
        ('again no rule was broken', not bed.simulator.violations(), tr('%d violations') % len(bed.simulator.violations())),
    ]


def run():
    statuses = {}
    with AgentBed(SCENARIO, server=False, speed=SPEED, release=None) as bed:
        version = subprocess.run(['dpkg-query', '-W', '-f=${Version}', 'modemmanager'], check=False,
                                 stdout=subprocess.PIPE, encoding='ascii').stdout
        heading(tr("Debian's own ModemManager %s loads the plugin and finds the module") % version)
        remark(tr('A simulated MT5700M-CN (USB 3466:3301) on a test bed, a private message bus, a real nginx. '
                  'Time runs %d times faster for module and daemon.') % SPEED)
        say()
        bed.ready()
        wait_for('the signal', lambda: bed.modem_properties()['SignalQuality'][0])
        statuses['mmcli'] = typed(bed, 'mmcli', '-m', 'any')
        heading(tr('A data session'))
        statuses['connect'] = typed(bed, 'mmcli', '-m', 'any', '--simple-connect=apn=ctnet')
        heading(tr('Meanwhile, who runs the firmware server'))
        remark(tr('A folder from the package, certificates, a site for nginx, and a look at it as a module would have it.'))
        say()
        url, authority, nginx = serve(bed, statuses)
        looked = log_bytes(nginx)
        heading(tr('Is there newer firmware?'))
        before = bed.fota()
        statuses['check'] = typed(bed, MMFOTA, '--check', url, '--tls-ca', authority)
        heading(tr('The module downloads it, data goes on'))
        statuses['download'] = typed(bed, MMFOTA, '--download', url, '--tls-ca', authority)
        heading(tr('The upgrade'))
        remark(tr('The data session is paused, the module told to flash, watched over its reboot, and judged by '
                  'what it runs afterwards.'))
        say()
        lines = len(read_transcript(bed))
        statuses['upgrade'] = typed(bed, MMFOTA, '--upgrade', '-y')
        remark(tr('On the AT port meanwhile, in seconds of the module:'))
        say()
        upgrade = list(story(read_transcript(bed)[lines:]))
        for when, who, text in upgrade:
            say('   %8s  %s  %s' % (when, who, tr(text) if who == '***' else text[:90]))
        heading(tr('The module is back, under another object path, with the new version'))
        bed.registered()
        statuses['list'] = typed(bed, 'mmcli', '-L')
        statuses['status'] = typed(bed, MMFOTA)
        heading(tr('What the module fetched, by the access log'))
        statuses['log'] = typed(bed, TOOL, '--log', nginx.access_log)
        facts = evidence(bed, statuses, before, upgrade, fetched_bytes(nginx, looked))
        heading(tr('And the next release without anybody: mmfota-agent'))
        remark(tr('Who runs the server publishes another version; the agent looks, has it downloaded, and asks.'))
        say()
        release_next(bed, statuses)
        reported = run_agent(bed, statuses, url, authority)
        facts += agent_evidence(bed, statuses, reported)
        nginx.stop()
    heading(tr('Summary'))
    for text, true, seen in facts:
        say('   [%s] %s %s' % ('ok' if true else 'NO', padded(tr(text), 34), seen))
    good = all(true for _text, true, _seen in facts)
    say()
    say('   %s' % (tr('The upgrades from %s to %s and to %s succeeded.') % (OLD_VERSION, NEW_VERSION, NEXT_VERSION) if good
                   else tr('The upgrades did NOT succeed.')))
    return 0 if good else 1


def main():
    try:
        return run()
    except AssertionError as error:
        say(tr('error: %s') % error)
        if getattr(error, 'logs', None):
            say(tr('logs: %s') % error.logs)
        return 1


sys.exit(main())
