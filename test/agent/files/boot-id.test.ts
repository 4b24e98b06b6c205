import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootId } from '../../../agent/files/boot-id.ts';
import { newFolder } from '../../support/folder.ts';

test('the boot has a name, also where the first place to look is hidden', async () => {
  const own = await bootId();
  expect(own).toMatch(/^[0-9a-f]{32}$/);
  const folder = await newFolder();
  const [hidden, other] = [join(folder, 'hidden'), join(folder, 'other')];
  await writeFile(other, `${own}\n`);
  expect(await bootId([hidden, other])).toBe(own);
  await expect(bootId([hidden])).rejects.toThrow();
});
