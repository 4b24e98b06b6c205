import type { Clock } from '../../agent/clock/clock.ts';
import { Supervisor } from '../../agent/clock/supervisor.ts';
import type { Convention } from '../../agent/convention/convention.ts';
import { Fieldward } from '../../agent/convention/fieldward.ts';
import { Publisher } from '../../agent/convention/publisher.ts';
import type { Link } from '../../agent/link/link.ts';
import { Topics } from '../../agent/link/topics.ts';
import { silentLog } from '../../agent/log/log.ts';

/** Fieldward's own topics of `fieldward/gw`, and their speaker on a link; of devices without any known facts. */
export function speakerOn(
  link: Link,
  clock: Clock,
  topics = new Topics('fieldward', 'gw'),
): { readonly convention: Required<Pick<Convention, 'reading'>>; readonly publisher: Publisher } {
  const convention = new Fieldward(topics);
  const publisher = new Publisher({
    ...{ link, clock, log: silentLog, random: () => 1, plant: { gateway: 'gw', devices: [] } },
    speakers: [{ convention }],
    supervisor: new Supervisor({ clock, log: silentLog }),
  });
  return { convention, publisher };
}
