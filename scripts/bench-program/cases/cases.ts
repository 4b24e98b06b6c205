import { announceCase } from './announce-case.ts';
import type { Case } from './case.ts';
import { commandsCase } from './commands-case.ts';
import { consoleCase } from './console-case.ts';
import { deadCase } from './dead-case.ts';
import { decodeCase } from './decode-case.ts';
import { latencyCase, lineCase, loadCase } from './line-case.ts';
import { linesCase } from './lines-case.ts';
import { listenCase } from './listen-case.ts';
import { metersCase } from './meters-case.ts';
import { outboxCase } from './outbox-case.ts';
import { plantCase } from './plant-case.ts';
import { slowCase } from './slow-case.ts';
import { soakCase } from './soak-case.ts';
import { sparkplugCase } from './sparkplug-case.ts';
import { tcpCase } from './tcp-case.ts';

export const CASES: readonly Case[] = [
  lineCase,
  linesCase,
  deadCase,
  loadCase,
  metersCase,
  latencyCase,
  commandsCase,
  outboxCase,
  decodeCase,
  tcpCase,
  announceCase,
  plantCase,
  soakCase,
  sparkplugCase,
  listenCase,
  consoleCase,
  slowCase,
];
