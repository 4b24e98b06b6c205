import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dataPdu, exceptionPdu } from '../../../../drivers/modbus/answer.ts';
import { writeFrame } from '../../../../drivers/modbus/ascii/frame.ts';
import { AsciiSplitter } from '../../../../drivers/modbus/listen/ascii-splitter.ts';
import { type OverheardExchange, Pairing } from '../../../../drivers/modbus/listen/pairing.ts';
import { requestPdu } from '../../../../drivers/modbus/request.ts';

function listener() {
  const heard: OverheardExchange[] = [];
  const damages: string[] = [];
  const pairing = new Pairing((exchange) => heard.push(exchange));
  const splitter = new AsciiSplitter({
    frame: (frame) => pairing.frame(frame),
    damage(damage) {
      damages.push(`${damage.kind} ${damage.unit ?? '-'} ${damage.bytes.length}`);
      pairing.damage(damage);
    },
  });
  return { heard, damages, splitter };
}

const read = (unit: number, count: number) => writeFrame(unit, requestPdu({ function: 3, address: 0, count }));
const answer = (unit: number, count: number) =>
  writeFrame(unit, dataPdu({ function: 3, address: 0, count }, new Uint8Array(count * 2)));

it('pairs requests with answers, byte by byte', () => {
  const { heard, damages, splitter } = listener();
  const wire = Buffer.concat([
    read(1, 2),
    answer(1, 2),
    read(2, 1),
    writeFrame(2, exceptionPdu(3, 2)),
    read(3, 1),
    read(4, 1),
  ]);
  for (const [at, byte] of wire.entries()) splitter.push(Uint8Array.of(byte), at);
  expect(heard.map(({ unit, outcome }) => [unit, outcome])).toEqual([
    [1, 'answered'],
    [2, 'refused'],
    [3, 'unanswered'],
  ]);
  expect(damages).toEqual([]);
});

it('names the unit of a damaged answer', () => {
  const { heard, damages, splitter } = listener();
  const broken = answer(1, 2);
  broken[9] = 0x31;
  splitter.push(read(1, 2), 0);
  splitter.push(broken, 1);
  expect(damages).toEqual([`checksum 1 ${broken.length}`]);
  expect(heard).toMatchObject([{ unit: 1, outcome: 'damaged' }]);
});

it('tells every byte once, whatever comes', () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.constant(read(1, 2)),
    fc.constant(Buffer.from(':'.repeat(700))),
    fc.constant(Buffer.from(`:${'0'.repeat(3000)}`)),
  );
  fc.assert(
    fc.property(fc.array(some, { maxLength: 6 }), (chunks) => {
      let told = 0;
      const splitter = new AsciiSplitter({
        frame({ frame }) {
          told += frame.length;
        },
        damage({ bytes }) {
          told += bytes.length;
        },
      });
      for (const chunk of chunks) splitter.push(chunk, 0);
      splitter.idle();
      expect(told).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
    }),
  );
});
