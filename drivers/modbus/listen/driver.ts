import {
  type Decoded,
  type Doubt,
  DRIVER_CONTRACT,
  type Driver,
  type PortFacts,
  type Setup,
  type StreamDevice,
} from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { Memory } from '../../contract/memory.ts';
import { answerSize } from '../answer.ts';
import { conflicts } from '../conflicts.ts';
import { samplesIn } from '../contents.ts';
import { publicPoints } from '../device.ts';
import { pointDoubts } from '../doubts.ts';
import type { Options } from '../options.ts';
import { EXCEPTION } from '../pdu-length.ts';
import { type PointOptions, point } from '../point.ts';
import { type Request, requestOf } from '../request.ts';
import { ListenFramer, ROLES } from './listen-framer.ts';
import { listenOptions } from './options.ts';
import { OverheardPoints } from './overheard-points.ts';

/** Points heard from another master's traffic (Modbus over Serial Line V1.02). Never asks and never writes. */
export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'modbus-listen',
  summary: 'Modbus RTU devices that another master asks: listens to both and never writes',
  options: listenOptions,
  point,
  conflicts,
  create,
  doubts: ({ points }, port) => [...pointDoubts(points), ...lineDoubts(port)],
  decode: samplesIn,
};

const NOTHING = { samples: [] } as const;

/** @throws Fault `driver/create` where a point is listed twice, or does not fit the others */
function create(setup: Setup<Options, PointOptions>): StreamDevice {
  const { points, options } = setup;
  const { unit } = options;
  if (new Set(points.map(({ name }) => name)).size !== points.length) throw new Fault('driver/create');
  if (conflicts(setup).length > 0) throw new Fault('driver/create');
  const find = new OverheardPoints(points, options);
  return {
    kind: 'stream',
    points: publicPoints(points).map((each) => ({ ...each, writable: false })),
    framer: () => new ListenFramer(),
    decode(frame, memory): Decoded {
      const role = ROLES[frame[0] ?? 0];
      const pdu = frame.subarray(2, -2);
      const isOurs = frame[1] === unit;
      if (role === 'damaged') return isOurs ? { fault: new Fault('modbus/checksum'), stray: 'checksum' } : NOTHING;
      // any other request also ends the wait for an answer
      if (role !== 'answer') return { samples: [], memory: { asked: isOurs ? hexOf(pdu) : '' } };
      const request = isOurs ? requestIn(memory) : undefined;
      if (request === undefined || ((pdu[0] ?? 0) & EXCEPTION) !== 0) return NOTHING;
      const isWhole = pdu[0] === request.function && pdu.length === answerSize(request);
      return { samples: isWhole ? find.samples(request, pdu.slice(2)) : [], memory: { asked: '' } };
    },
  };
}

function requestIn(memory: Memory | undefined): Request | undefined {
  const asked = memory?.asked;
  return typeof asked === 'string' ? requestOf(Uint8Array.from(Buffer.from(asked, 'hex'))) : undefined;
}

function hexOf(pdu: Uint8Array): string {
  return Array.from(pdu, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function lineDoubts({ dataBits }: PortFacts): readonly Doubt[] {
  if (dataBits !== 7) return [];
  const message = 'Modbus RTU needs 8 data bits: of its bytes above 127 a bit is lost';
  return [{ at: { port: 'dataBits' }, message }];
}
