import { expect, it } from 'vitest';
import { csvText } from '../../../../agent/console/history/csv.ts';

const T0 = Date.UTC(2026, 10, 23, 10);
const kept = { at: [T0, T0 + 1000, T0 + 2000], values: [21.5, -3, Number.NaN] };

it('a file has a head and a record for each value, with CRLF', () => {
  expect(csvText([{ gateway: 'gw', device: 'm', point: 'level', unit: '%', kept }])).toBe(
    [
      'time,gateway,device,point,value,unit',
      '2026-11-23T10:00:00.000Z,gw,m,level,21.5,%',
      '2026-11-23T10:00:01.000Z,gw,m,level,-3,%',
      '2026-11-23T10:00:02.000Z,gw,m,level,,%',
      '',
    ].join('\r\n'),
  );
});

it.each([
  ['m³, dry', '"m³, dry"'],
  ['a "b"', '"a ""b"""'],
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['＝1+1', `"'＝1+1"`],
  ['a\r\nb', '"a\r\nb"'],
])('a text can neither end its field nor be a formula: %j', (unit, field) => {
  const text = csvText([{ gateway: 'gw', device: 'm', point: 'p', unit, kept: { at: [T0], values: [1] } }]);
  expect(text.slice(text.indexOf('p,1,') + 4)).toBe(`${field}\r\n`);
});
