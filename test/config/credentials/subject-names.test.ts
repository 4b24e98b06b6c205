import { expect, it } from 'vitest';
import { commonNames } from '../../../config/credentials/subject-names.ts';

it.each([
  ['CN=plant7-gw01', ['plant7-gw01']],
  ['O=Plant\nCN=a\nCN=b', ['a', 'b']],
  ['O=x + CN=a', ['a']],
  ['O=CN=a', []],
  ['O=x\\, CN=a', []],
  [undefined, []],
])('the common names of %j are %j', (subject, names) => {
  expect(commonNames({ subject: subject as string })).toEqual(names);
});
