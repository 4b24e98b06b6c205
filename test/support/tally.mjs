// A process of its own: counts readings instead of keeping them, so that a million of them slow nobody down.
import mqtt from 'mqtt';

const [url, prefix, most] = process.argv.slice(2);
const FIRST_SEEN = new Uint8Array(Number(most) + 1);
const NUMBER = '{"seq":'.length;
const lane = () => ({ count: 0, last: 0, disorder: 0, firstAt: 0, lastAt: 0 });
const tally = {
  distinct: 0,
  repeats: 0,
  wrong: 0,
  highest: 0,
  worstLive: 0,
  lateLive: 0,
  backlog: lane(),
  live: lane(),
};

function take(payload) {
  const now = Date.now();
  const text = payload.latin1Slice();
  const seq = Number.parseInt(text.slice(NUMBER, NUMBER + 16), 10);
  if (FIRST_SEEN[seq] === 0) tally.distinct += 1;
  else tally.repeats += 1;
  FIRST_SEEN[seq] = 1;
  tally.highest = Math.max(tally.highest, seq);
  const isLive = text.endsWith('false}');
  const own = isLive ? tally.live : tally.backlog;
  if (seq <= own.last) own.disorder += 1;
  own.last = seq;
  own.count += 1;
  own.firstAt ||= now;
  own.lastAt = now;
  if (isLive) {
    const from = text.indexOf('"at":"') + 6;
    const late = now - Date.parse(text.slice(from, from + 24));
    tally.worstLive = Math.max(tally.worstLive, late);
    if (late > 1000) tally.lateLive += 1;
  } else {
    const count = text.indexOf('"count":');
    if (count > 0 && Number.parseInt(text.slice(count + 8), 10) !== seq) tally.wrong += 1;
  }
}

const client = await mqtt.connectAsync(url, { protocolVersion: 5, receiveMaximum: 1000 });
client.on('message', (_, payload) => take(payload));
await client.subscribeAsync(`${prefix}/+/readings`, { qos: 1 });
process.on('message', () => process.send(tally));
process.on('disconnect', () => process.exit());
process.send(tally);
