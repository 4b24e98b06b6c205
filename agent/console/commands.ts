import type { Duration } from '../../drivers/contract/duration.ts';
import { toFault } from '../../drivers/contract/fault.ts';
import type { Asked } from '../cli/ctl/command.ts';
import type { Inquiries } from '../cli/ctl/inquiries.ts';
import type { HeardReply } from '../cli/ctl/reply.ts';
import { makeRequest, type Signer } from '../cli/ctl/request.ts';
import { numberIn, recordIn, wordIn } from '../cli/top/heard.ts';
import type { Clock } from '../clock/clock.ts';
import { TokenBucket } from '../clock/token-bucket.ts';
import { Topics } from '../link/topics.ts';
import { type ReadCommand, readAskedCommand } from './asked-command.ts';
import { COMMAND_RATE, MOST_COMMANDS } from './limits.ts';
import type { HeardPlant } from './plant/plant.ts';
import { shownFault } from './plant/shown.ts';
import { type Answer, errorAnswer, jsonAnswer } from './server/answer.ts';
import { plainReply, replyFault, toldReply } from './told-reply.ts';
import type { CommandReply } from './wire.ts';

export interface ConsoleCommandsOptions {
  /** `fieldward` */
  readonly prefix: string;
  readonly plant: HeardPlant;
  readonly inquiries: Pick<Inquiries, 'ask'>;
  readonly clock: Clock;
  readonly user: string | undefined;
  readonly signer: Signer | undefined;
  /** Milliseconds: how long a request is good for. */
  readonly expiresIn: number;
  /** For one reply. */
  readonly timeout: Duration;
  readonly stopping: AbortSignal;
}

/** Commands of the page, asked as `ctl` asks them: once, with an id and an end, signed where a key was given. */
export class ConsoleCommands {
  readonly #options: ConsoleCommandsOptions;
  readonly #rate = new TokenBucket(COMMAND_RATE);
  #waiting = 0;

  constructor(options: ConsoleCommandsOptions) {
    this.#options = options;
  }

  /** @param body an `AskedCommand` as JSON */
  async ask(body: string): Promise<Answer> {
    const read = readAskedCommand(body);
    if (read.wrong !== undefined) return errorAnswer(400, read.wrong);
    const { plant, clock } = this.#options;
    const { gateway, device } = read.command.asked;
    const view = plant.view(gateway);
    if (view === undefined) return errorAnswer(404, 'there is no such gateway');
    if (device !== undefined && !view.devices.has(device)) return errorAnswer(404, 'there is no such device');
    if (view.online === false) {
      return jsonAnswer(200, plainReply('refused', 'The gateway is offline: the request was not sent.'));
    }
    if (this.#waiting >= MOST_COMMANDS || !this.#rate.take(clock.now())) {
      return errorAnswer(429, 'too many commands: wait for those that run');
    }
    this.#waiting += 1;
    try {
      return jsonAnswer(200, await this.#run(read.command));
    } finally {
      this.#waiting -= 1;
    }
  }

  async #run(command: ReadCommand): Promise<CommandReply> {
    const { asked, token } = command;
    try {
      if (token !== undefined)
        return toldReply(
          asked,
          await this.#send({ ...asked, command: 'operate', args: { token, values: asked.args } }),
        );
      if (this.#wantsTwoSteps(asked)) return await this.#select(asked);
      const heard = await this.#send(asked);
      const code = heard === undefined ? undefined : replyFault(heard);
      // the gateway knows the facts of the point that the console was not told
      const isTwoSteps = asked.command === 'write' && code === 'command/select-first';
      return isTwoSteps ? await this.#select(asked) : toldReply(asked, heard);
    } catch (thrown) {
      const { code } = toFault(thrown);
      const fault = shownFault(code);
      return { ...plainReply('refused', `The request was not sent: ${fault.message}.`), fault };
    }
  }

  /** The first of two steps: nothing moves yet. */
  async #select(asked: Asked): Promise<CommandReply> {
    const heard = await this.#send({ ...asked, command: 'select' });
    const values = recordIn(heard?.whole.values);
    const token = wordIn(values.get('token'));
    if (heard?.outcome !== 'done' || token === undefined) return toldReply({ ...asked, command: 'select' }, heard);
    const until = this.#options.clock.wall() + (numberIn(values.get('validMs')) ?? 0);
    return {
      ...plainReply('selected', 'The gateway has checked it, and nothing was sent yet: confirm it.'),
      confirm: { token, until },
    };
  }

  #wantsTwoSteps({ gateway, device, command, args }: Asked): boolean {
    if (command !== 'write') return false;
    const points = this.#options.plant.view(gateway)?.devices.get(device ?? '')?.meta?.points;
    return Object.keys(args ?? {}).some((point) => points?.get(point)?.write?.confirm === true);
  }

  async #send(asked: Asked): Promise<HeardReply | undefined> {
    const { prefix, inquiries, clock, timeout, stopping, user, signer, expiresIn } = this.#options;
    const topics = new Topics(prefix, asked.gateway);
    const request = await makeRequest(asked, { topics, wall: () => clock.wall(), expiresIn, user, signer });
    return inquiries.ask(topics, request, timeout, stopping);
  }
}
