import type { ShownBus, ShownFault, ShownGateway } from '../../wire.ts';
import type { Place } from '../route.ts';
import { healthTone, type Tone } from '../words/tones.ts';
import type { DeviceNow } from './plant.ts';

/** Something that a person should look at. */
export interface Concern {
  readonly key: string;
  readonly tone: Tone;
  /** One word for the badge. */
  readonly state: string;
  readonly name: string;
  readonly gateway: string;
  readonly words: string;
  readonly place: Place;
}

/** So many days before its end a certificate is a concern. */
const CERTIFICATE_DAYS = 14;

export function isFaulty(device: DeviceNow): boolean {
  return device.told.fault !== null || isAway(device);
}

/** Nothing is read of it. */
export function isAway({ told }: DeviceNow): boolean {
  return told.health === 'offline' || told.health === 'unloaded';
}

/** The worst first, then by name. Of a gateway that is away its devices are not listed: nobody knows how they are. */
export function concernsOf(gateways: readonly ShownGateway[], devices: readonly DeviceNow[]): readonly Concern[] {
  const away = new Set(gateways.filter(({ online }) => online === false).map(({ id }) => id));
  const all = [
    ...gateways.flatMap((gateway) => (away.has(gateway.id) ? [absent(gateway)] : ofGateway(gateway))),
    ...devices.filter((device) => isFaulty(device) && !away.has(device.told.gateway)).map(ofDevice),
  ];
  return all.sort((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'));
}

function absent({ id }: ShownGateway): Concern {
  return concern(id, 'bad', 'offline', id, id, 'The gateway is away. Its devices are not known until it is back.');
}

function ofGateway(gateway: ShownGateway): readonly Concern[] {
  const { id, link, outbox, buses } = gateway;
  const found = buses.filter((bus) => !bus.open || bus.fault !== null).map((bus) => ofBus(id, bus));
  const days = link.certificateDaysLeft;
  if (days !== null && days < CERTIFICATE_DAYS) {
    const words = days < 0 ? 'Its certificate has ended.' : `Its certificate ends in ${days} days.`;
    found.push(concern(`${id} certificate`, days < 3 ? 'bad' : 'warn', 'certificate', id, id, words));
  }
  if ((outbox.dropped ?? 0) > 0) {
    const words = `${outbox.dropped} readings were dropped: the outbox was full.`;
    found.push(concern(`${id} outbox`, 'warn', 'outbox', id, id, words));
  }
  return found;
}

function ofBus(gateway: string, { id, open, fault }: ShownBus): Concern {
  const words = fault === null ? 'The bus is closed.' : faultWords(fault);
  return concern(`${gateway} ${id}`, open ? 'warn' : 'bad', open ? 'fault' : 'closed', id, gateway, words);
}

function ofDevice({ key, told }: DeviceNow): Concern {
  const words = told.fault === null ? 'It does not answer.' : faultWords(told.fault);
  return {
    ...concern(
      key,
      healthTone(told.health, told.fault),
      told.health ?? 'fault',
      told.label ?? told.id,
      told.gateway,
      words,
    ),
    place: { view: 'device', gateway: told.gateway, device: told.id },
  };
}

function faultWords({ message }: ShownFault): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
}

function concern(key: string, tone: Tone, state: string, name: string, gateway: string, words: string): Concern {
  return { key, tone, state, name, gateway, words, place: { view: 'gateway', gateway } };
}
