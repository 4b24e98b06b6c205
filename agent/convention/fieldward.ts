import type { OutgoingMessage } from '../link/link.ts';
import { DELIVERY, type Topics } from '../link/topics.ts';
import type { OutboxRecord } from '../outbox/outbox.ts';
import type { Convention, DeviceState, Message, PlantChange, PlantDevice, PlantView } from './convention.ts';

/** Fieldward's own topics: those of `agent/TOPICS.md`, and no others. */
export class Fieldward implements Convention {
  readonly name = 'fieldward';
  /** Requests are the commands' own. */
  readonly subscriptions: readonly string[] = [];
  readonly #topics: Topics;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  will(): OutgoingMessage {
    return this.#availability('offline');
  }

  hello(): OutgoingMessage {
    return this.#availability('online');
  }

  *births({ devices }: PlantView): Iterable<Message> {
    for (const device of devices) yield this.#identity(device);
    for (const { id, meta } of devices) {
      if (meta !== undefined) yield { topic: this.#topics.meta(id), payload: meta, ...DELIVERY.meta };
    }
  }

  *changed(change: PlantChange, { devices }: PlantView): Iterable<OutgoingMessage> {
    const topics = this.#topics;
    if (change.kind === 'availability') {
      const payload = change.online ? 'online' : 'offline';
      yield { topic: topics.deviceAvailability(change.device), payload, ...DELIVERY.deviceAvailability };
    } else if (change.kind === 'status') {
      yield { topic: topics.status, payload: change.text, ...DELIVERY.status };
    } else if (change.kind === 'identity') {
      for (const device of devices) if (device.id === change.device) yield this.#identity(device);
    } else {
      const { device, state } = change;
      yield { topic: topics.state(device), payload: stateText(state), ...DELIVERY.state };
      for (const [point, payload] of state.plain) {
        yield { topic: topics.value(device, point), payload, ...DELIVERY.value };
      }
    }
  }

  /** Put together by hand, from the record as the outbox keeps it: it is the agent's hottest path. */
  reading({ device, payload }: OutboxRecord, late: boolean): OutgoingMessage {
    return { topic: this.#topics.readings(device), payload: withBackfill(payload, late), ...DELIVERY.readings };
  }

  #identity({ id, identity }: PlantDevice): Message {
    const { maker, model, serial, firmware } = identity;
    const payload = JSON.stringify({ maker, model, serial, firmware });
    return { topic: this.#topics.identity(id), payload, ...DELIVERY.identity };
  }

  #availability(payload: 'online' | 'offline'): OutgoingMessage {
    return { topic: this.#topics.availability, payload, ...DELIVERY.availability };
  }
}

/** The reading as it is sent. */
export function withBackfill(payload: string, backfill: boolean): string {
  return `${payload.slice(0, -1)},"backfill":${backfill}}`;
}

/** The newest values. */
export function stateText({ wall, members }: Pick<DeviceState, 'wall' | 'members'>): string {
  return `{"at":"${new Date(wall).toISOString()}","ts":${Math.trunc(wall)},"values":{${members}}}`;
}
