import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOwners, judgeOwner, uidOf } from '../../../../agent/cli/security/owner.ts';
import { newFolder } from '../../../support/folder.ts';

const USERS = 'root:x:0:0:root:/root:/bin/sh\nfieldward2:x:7:7::/:/bin/false\nfieldward:x:62589:62589::/:/bin/false\n';
const users = async () => USERS;

describe('the owner of a file', () => {
  const owners = { self: 1000, agents: new Set([62_589]) };
  it.each([
    [0, 'root', 'good'],
    [1000, 'root', 'good'],
    [62_589, 'root', 'weak'],
    [1001, 'root', 'bad'],
    [0, 'agent', 'good'],
    [62_589, 'agent', 'good'],
    [1001, 'agent', 'bad'],
  ] as const)('%i where it should be %s is %s', (uid, keeper, state) => {
    expect(judgeOwner('file', keeper, uid, owners).state).toBe(state);
  });

  it('that is wrong is told with what to do', () => {
    expect(judgeOwner('mqtt.keyFile: owner', 'root', 1001, owners)).toEqual({
      name: 'mqtt.keyFile: owner',
      state: 'bad',
      advice: 'another user owns it and may change it: give it to root (chown)',
    });
  });
});

describe('the agent’s user', () => {
  it('is the one of the unit, by its name or its number', async () => {
    const self = userInfo().uid;
    const state = [await newFolder()];
    expect(await findOwners(state, async () => 'User=fieldward\n', users)).toEqual({ self, agents: new Set([62_589]) });
    expect(await findOwners(state, async () => 'User=1234\n', users)).toEqual({ self, agents: new Set([1234]) });
  });

  it('is the owner of the folders that the agent writes to where there is no unit, or nobody by that name', async () => {
    const state = await newFolder();
    const { uid } = await stat(state);
    for (const shown of [undefined, '', 'User=\n', 'User=nobody-knows\n']) {
      const { agents } = await findOwners([state, join(state, 'gone')], async () => shown, users);
      expect(agents).toEqual(new Set([uid]));
    }
    const { agents } = await findOwners(
      [state],
      async () => 'User=fieldward\n',
      () => Promise.reject(new Error()),
    );
    expect(agents).toEqual(new Set([uid]));
  });

  it('is found by the whole name only', () => {
    expect(uidOf('fieldward', USERS)).toBe(62_589);
    expect(uidOf('field', USERS)).toBeUndefined();
    expect(uidOf('', 'x')).toBeUndefined();
  });
});
