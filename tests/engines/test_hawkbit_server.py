#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real hawkBit, and five modems of one agent: what hawkBit's management API says of each action is the verdict.
The commands of docs/fleets.md make what is needed."""

import datetime
import os
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from agent import AgentBed  # noqa: E402  pylint: disable=wrong-import-position
from contract import FOTA, MODEM  # noqa: E402  pylint: disable=wrong-import-position
from gi.repository import GLib  # noqa: E402  pylint: disable=wrong-import-position
from harness import NEW_VERSION, OLD_VERSION, Release, wait_for  # noqa: E402  pylint: disable=wrong-import-position
from hawkbit import LOGIN, TOKEN, Hawkbit, Recipe  # noqa: E402  pylint: disable=wrong-import-position

MODULES = 5
LONG = 600
THIRD = '1.4.0.0(SP1C02)'


class Fleet(AgentBed):
    """Five modules, of one agent."""

    def __init__(self):
        super().__init__({'module': {'modules': MODULES}}, server=False, release=None, groups={
            'policy': {'upgrade': 'auto'}, 'retry': {'query': '1min'}})
        self.hawkbit = None

    def start(self):
        os.makedirs(self.path('hawkbit'))
        self.hawkbit = Hawkbit(self.path('hawkbit'))
        self.hawkbit.start()
        super().start()

    def _leave(self, error):
        super()._leave(error)
        if self.hawkbit:
            self.hawkbit.stop()

    def ready(self):
        paths = wait_for('the modules', lambda: len(self.modems()) == MODULES and self.modems(), LONG)
        for path in paths:
            wait_for('a module', lambda path=path: self.objects().get(path, {}).get(MODEM, {}).get('State', 0) >= 3, LONG)
            self.call(path, MODEM, 'Enable', GLib.Variant('(b)', (True,)), timeout=300)

    def versions(self):
        """What runs, by IMEI."""
        found = {}
        for interfaces in self.objects().values():
            if FOTA in interfaces and MODEM in interfaces:
                found[interfaces[MODEM]['EquipmentIdentifier']] = interfaces[FOTA]['Version']
        return found

    def activity(self, imei):
        return next((modem for modem in (self.agent_properties() or {}).get('Modems', []) if modem['device'] == imei), {})


def ended(fleet, imei, action, how):
    """hawkBit's own word: finished, error, canceled."""
    def status():
        entry = next(entry for entry in fleet.hawkbit.actions(imei) if entry['id'] == action)
        return entry['status'] == 'finished'
    wait_for('the end of action %d' % action, status, LONG)
    history = fleet.hawkbit.history(imei, action)
    ends = [kind for kind, _text in history if kind in ('finished', 'error', 'canceled')]
    assert ends == [how], history
    return history


def set_up(fleet):
    fleet.ready()
    fleet.hawkbit.wait()
    recipe = Recipe(HAWKBIT=fleet.hawkbit.url, HAWKBIT_LOGIN=LOGIN, FIRMWARE=fleet.server.url, TOKEN=TOKEN)
    recipe.run(1, 2, 3)
    with open(fleet.path('token'), 'w', encoding='ascii') as out:
        out.write(TOKEN + '\n')
    fleet.groups['hawkbit'] = {'url': fleet.hawkbit.url, 'gateway-token-file': fleet.path('token')}
    fleet.start_agent()
    wait_for('five targets', lambda: len(fleet.hawkbit.targets()) == MODULES, LONG)
    targets = sorted(fleet.hawkbit.targets())
    wait_for('their attributes', lambda: all(fleet.hawkbit.attributes(target).get('version') == OLD_VERSION for target in targets), LONG)
    assert fleet.hawkbit.attributes(targets[0])['imei'] == targets[0]
    return recipe, targets


def first_rollout(fleet, recipe, targets):
    """Nothing is in the folder yet: it fails, and is tried again. One is cancelled before anything has begun; the server
    is killed and comes back meanwhile."""
    recipe.run(4)
    actions = {target: wait_for('an action', lambda target=target: fleet.hawkbit.actions(target), LONG)[0]['id'] for target in targets}
    for target in targets:
        wait_for('a failure that is told', lambda target=target: any(
            'check-failed' in text for _kind, text in fleet.hawkbit.history(target, actions[target])), LONG)
    last = targets[-1]
    fleet.hawkbit.api('DELETE', 'targets/%s/actions/%d' % (last, actions[last]))
    ended(fleet, last, actions[last], 'canceled')
    fleet.hawkbit.restart()
    fleet.server.offer(Release())
    fleet.check_now()
    fleet.hawkbit.wait()
    for target in targets[:-1]:
        history = ended(fleet, target, actions[target], 'finished')
        assert any(kind == 'running' and 'check-failed' in text for kind, text in history), history
        assert [kind for kind, _text in history].count('downloaded') == 1, history
    assert fleet.versions()[last] == OLD_VERSION
    wait_for('the end of the rollout', lambda: fleet.hawkbit.api('GET', 'rollouts/%s' % recipe.values['ROLLOUT'])['status'] == 'finished', LONG)
    for target in targets[:-1]:
        wait_for('the new attributes', lambda target=target: fleet.hawkbit.attributes(target)['version'] == NEW_VERSION, LONG)


def forced_and_too_late(fleet, recipe, last):
    """Cancelled while the module flashes: rejected, and it ends as it really ends."""
    before = len(fleet.simulator.commands(r'\^FWUP'))
    action = fleet.hawkbit.assign(int(recipe.values['SET']), last, type='forced')
    wait_for('^FWUP', lambda: len(fleet.simulator.commands(r'\^FWUP')) > before, LONG)
    fleet.hawkbit.api('DELETE', 'targets/%s/actions/%d' % (last, action))
    history = ended(fleet, last, action, 'finished')
    assert any(kind == 'cancel_rejected' for kind, _text in history), history
    wait_for('the version', lambda: fleet.versions().get(last) == NEW_VERSION, LONG)


def window_and_failure(fleet, recipe, targets):
    """A second release: one waits for its maintenance window; one fails for good, and says so once."""
    fleet.server.offer(Release(version=THIRD, source=NEW_VERSION, seed=3))
    recipe.blocks = [block.replace(NEW_VERSION, THIRD) for block in recipe.blocks]
    recipe.run(3)
    distribution = int(recipe.values['SET'])
    begin = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60)
    action = fleet.hawkbit.assign(distribution, targets[0], type='forced', maintenanceWindow={
        'schedule': begin.strftime('%-S %-M %-H %-d %-m ? %Y'), 'duration': '01:00:00', 'timezone': '+00:00'})
    wait_for('the wait', lambda: 'maintenance window' in fleet.activity(targets[0]).get('reason', ''), LONG)
    assert fleet.versions()[targets[0]] == NEW_VERSION and datetime.datetime.now(datetime.timezone.utc) < begin
    ended(fleet, targets[0], action, 'finished')
    assert datetime.datetime.now(datetime.timezone.utc) >= begin
    for index in range(MODULES):
        fleet.simulator.command('@%d set fota.outcome unchanged' % index)
    action = fleet.hawkbit.assign(distribution, targets[1], type='soft')
    ended(fleet, targets[1], action, 'error')
    assert fleet.versions()[targets[1]] == NEW_VERSION


def case_rollouts():
    with Fleet() as fleet:
        recipe, targets = set_up(fleet)
        first_rollout(fleet, recipe, targets)
        forced_and_too_late(fleet, recipe, targets[-1])
        window_and_failure(fleet, recipe, targets)
        assert TOKEN not in fleet.agent_log()


if __name__ == '__main__':
    tap.run(globals())
