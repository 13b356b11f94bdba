// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages on stdin, one in each line as JSON: how it came ("http" or "mqtt"), its headers or
// its content type, its body. On stdout what the npm package cloudevents makes of each: the
// events, or the error.
// Usage: node cloudevents.js FOLDER, where node_modules is

'use strict';

const path = require('path');
const { HTTP, MQTT } = require(path.join(process.argv[2], 'node_modules', 'cloudevents'));

function read(message) {
    if (message.how === 'http')
        return [].concat(HTTP.toEvent({ headers: message.headers, body: message.body }));
    return [MQTT.toEvent({ PUBLISH: { 'Content Type': message.type }, headers: {}, body: message.body, payload: message.body }, true)];
}

for (const line of require('fs').readFileSync(0, 'utf8').split('\n').filter((text) => text)) {
    let answer;
    try {
        const events = read(JSON.parse(line));
        events.forEach((event) => event.validate());
        answer = { events: events.map((event) => event.toJSON()) };
    } catch (error) {
        answer = { error: String(error.message) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
}
