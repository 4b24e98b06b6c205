// A Modbus gateway as it is usually written for Node, with modbus-serial and mqtt. The bench compares with it.
//
// It reads the requests of the plan one after the other, for ever, and publishes each answer as JSON with QoS 1.
//   node peer.mjs PATH BAUD BROKER_PORT PLAN SILENCE_US [IN_FLIGHT]
// PATH is a serial port, or tcp:PORT for Modbus TCP on 127.0.0.1, where so many requests are under way at once.
// PLAN has a line for each request: UNIT FUNCTION ADDRESS COUNT TYPE TOPIC NAME,NAME,…   TYPE: uint16 or float32
// SILENCE_US 0: the next request goes out as soon as the answer is there. Otherwise it waits so long after the answer,
// as the standard asks for (Modbus over Serial Line V1.02, 2.5.1.1).
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import ModbusRTU from 'modbus-serial';
import mqtt from 'mqtt';

const [path, baud, brokerPort, planFile, silence, most = '1'] = process.argv.slice(2);
const isTcp = path.startsWith('tcp:');
const silenceMs = Number(silence) / 1000;

const plan = readFileSync(planFile, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [unit, code, address, count, type, topic, names] = line.split(' ');
    const method = code === '4' ? 'readInputRegisters' : 'readHoldingRegisters';
    return {
      unit: Number(unit),
      method,
      address: Number(address),
      count: Number(count),
      isFloat: type === 'float32',
      topic,
      names: names.split(','),
    };
  });

const broker = await mqtt.connectAsync(`mqtt://127.0.0.1:${brokerPort}`);
const bus = new ModbusRTU();
if (isTcp) await bus.connectTCP('127.0.0.1', { port: Number(path.slice(4)) });
else await bus.connectRTUBuffered(path, { baudRate: Number(baud), dataBits: 8, parity: 'none', stopBits: 1 });
bus.setTimeout(500);

let next = 0;
const takeTurns = async () => {
  for (;;) {
    const index = next;
    next = (next + 1) % plan.length;
    await ask(index);
  }
};
await Promise.all(Array.from({ length: Number(most) }, takeTurns));

async function ask(index) {
  const { unit, method, address, count, isFloat, topic, names } = plan[index];
  let until = performance.now() + silenceMs;
  try {
    bus.setID(unit);
    const { data, buffer } = await bus[method](address, count);
    until = performance.now() + silenceMs;
    const values = Object.fromEntries(
      names.map((name, place) => [name, isFloat ? buffer.readFloatBE(4 * place) : data[place]]),
    );
    broker.publish(topic, JSON.stringify({ values }), { qos: 1 });
  } catch (error) {
    process.stderr.write(`peer: no answer: ${error.message}\n`);
  }
  // A timer of Node may ring a part of a millisecond early.
  while (!isTcp && silenceMs > 0 && performance.now() < until) await sleep(until - performance.now());
}
