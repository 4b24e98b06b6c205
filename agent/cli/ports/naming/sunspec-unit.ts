import type { Profile } from '../../../../config/profiles/schema.ts';
import { get } from '../../../../config/source/data.ts';
import type { Dialogue } from '../../../../drivers/contract/dialogue.ts';
import type { ToldIdentity } from '../../../../drivers/contract/identity.ts';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import { LIMITS } from '../../../../drivers/modbus/limits.ts';
import { rtuCourier } from '../../../../drivers/modbus/rtu/wire.ts';
import { identifyDialogue } from '../../../../drivers/modbus/sunspec/identity.ts';
import { modelNumbers } from '../../../../drivers/modbus/sunspec/models/catalogue.ts';
import { type SunspecSurvey, surveyDialogue } from '../../../../drivers/modbus/sunspec/survey.ts';
import { tcpCourier } from '../../../../drivers/modbus/tcp/courier.ts';
import { SelfTold } from '../../../device/identity/self-told.ts';
import { type Ask, askOnce, LATE_MS, type QuestionSetup } from './unit-questions.ts';

/** A SunSpec device's account of itself. */
export interface SunspecUnit {
  readonly identity: ToldIdentity;
  /** Numbers of its models, as far as they could be read. */
  readonly models: readonly number[];
}

/** So often a list that is not read to its end is read on: it has at most 128 models, and a dialogue reads one at least. */
const MOST_SURVEYS = 130;

/** By which driver a SunSpec device is read, where units are asked by this one; undefined: by none. */
export function sunspecDriverFor(driver: string): 'sunspec-rtu' | 'sunspec-tcp' | undefined {
  if (driver === 'modbus-rtu') return 'sunspec-rtu';
  return driver === 'modbus-tcp' ? 'sunspec-tcp' : undefined;
}

/** Reads the list of models and the common model. */
export async function sunspecUnit(setup: QuestionSetup, unit: number, base: number, ask: Ask): Promise<SunspecUnit> {
  const { driver, line, timeout } = setup;
  const options = { unit, timeoutMs: timeout, lateMs: LATE_MS };
  const courier = driver.name === 'modbus-tcp' ? tcpCourier(options) : rtuCourier(options, line);
  const device = { courier, bases: [base], maxRegisters: LIMITS.maxRegisters.default };
  let survey: SunspecSurvey | undefined;
  const told = (news: SunspecSurvey) => {
    survey = news;
  };
  for (let turn = 0; turn < MOST_SURVEYS && survey?.isWhole !== true; turn += 1) {
    const outcome = await askOnce(setup, surveyDialogue(device, survey?.memory, told), ask);
    if (outcome?.ok !== true) break;
  }
  let identity: ToldIdentity = {};
  const self = new SelfTold((known) => {
    identity = known;
  });
  const outcome = await askOnce(setup, from(identifyDialogue(device), survey?.memory), ask);
  if (outcome?.ok === true) self.take(outcome.identity);
  return { identity, models: survey?.models ?? [] };
}

/** The same with what is known already: the scan remembers nothing of a unit. */
function from(dialogue: Dialogue, memory: Memory | undefined): Dialogue {
  return { ...dialogue, begin: (_, run) => dialogue.begin(memory, run) };
}

/** Those profiles whose first point lies in a model of the device. */
export function fittingProfiles(profiles: readonly Profile[], models: readonly number[]): readonly Profile[] {
  return profiles.filter(({ points }) => {
    const model = get(points[0], 'model');
    const numbers = typeof model === 'string' || typeof model === 'number' ? modelNumbers(model) : undefined;
    return numbers?.some((number) => models.includes(number)) === true;
  });
}
