import { afterAll } from 'vitest';
import { closeBrowser } from '../../support/console/browser.ts';
// All in one process: a browser takes longer to start than most of these tests take.
import './operator.ts';
import './surroundings.ts';
import './real.ts';

afterAll(closeBrowser);
