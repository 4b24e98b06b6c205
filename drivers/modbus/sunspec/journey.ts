import { ask, type EndStep, type ExchangeEnd, type FailStep, type Step } from '../../contract/dialogue.ts';
import type { Fault } from '../../contract/fault.ts';
import type { FaultCode } from '../../contract/faults.ts';
import type { Memory } from '../../contract/memory.ts';
import { UNREACHED } from '../answer.ts';
import type { Request } from '../request.ts';
import type { Courier } from '../wire.ts';

/** How far a dialogue has come. */
export interface Journey {
  readonly courier: Courier;
  readonly run: number;
  /** Requests so far. */
  readonly asked: number;
  /** Requests that the dialogue may take. */
  readonly most: number;
}

/** Whether so many more requests are too many. */
export function isTooFar({ asked, most }: Journey, more: number): boolean {
  return asked + more > most;
}

type Failed = Extract<ExchangeEnd<Uint8Array>, { state: 'failed' }>;

/** The steps after a request. `data` are the answer's registers, kept beyond the answer. */
export interface Turns {
  answered(data: Uint8Array, journey: Journey): Step;
  /** Absent: the dialogue ends so. */
  failed?(failed: Failed, journey: Journey): Step;
  readonly acts?: true;
}

export function send(journey: Journey, request: Request, { answered, failed, acts }: Turns): Step {
  const exchange = journey.courier.exchange(request, journey.run, journey.asked);
  const further = { ...journey, asked: journey.asked + 1 };
  return ask(
    exchange,
    (end) => {
      if (end.state === 'answered') return answered(end.result.slice(), further);
      return failed?.(end, further) ?? failing(end.fault, end.consequence);
    },
    acts,
  );
}

/** A damaged answer is worth a second try; a refusal and silence are not. */
export function failing(fault: Fault, consequence: FailStep['consequence'], memory?: Memory): FailStep {
  const repeat = consequence === 'damaged' ? 'whole' : 'never';
  return { kind: 'fail', fault, consequence, repeat, ...(memory && { memory }) };
}

/** By these the device, or its gateway, says nothing of the registers. */
const SAYS_NOTHING: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'modbus/acknowledge',
  'modbus/device-busy',
  ...UNREACHED,
]);

/** Whether the device says by its refusal that it has no such registers. */
export function lacksRegisters({ fault, consequence }: Failed): boolean {
  return consequence === 'refused' && !SAYS_NOTHING.has(fault.code);
}

/** The same steps with another end. */
export function endedBy(step: Step, by: (end: EndStep | FailStep) => Step): Step {
  if (step.kind === 'end' || step.kind === 'fail') return by(step);
  if (step.kind !== 'ask') return step;
  return { ...step, next: (end) => endedBy(step.next(end), by) };
}
