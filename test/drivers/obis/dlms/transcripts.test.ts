import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hear, meter } from './meter.ts';

const README = fileURLToPath(new URL('../../../../drivers/obis/dlms/README.md', import.meta.url));

interface Exchange {
  readonly sent: readonly Uint8Array[];
  readonly told: string;
}

/** Frames after `<<`, and below them what comes of them. */
function transcripts(text: string): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  let sent: Uint8Array[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('<< ')) sent.push(Uint8Array.from(Buffer.from(line.slice(3).replaceAll(' ', ''), 'hex')));
    else if (sent.length > 0 && line.startsWith('   ')) {
      exchanges.push({ sent, told: line.trim() });
      sent = [];
    }
  }
  return exchanges;
}

function toldOf(sent: readonly Uint8Array[], device = meter()): string {
  const { samples, faults } = hear(device, ...sent);
  const values = samples.map(({ point, value }) => `${point} ${value}`);
  return [...values, ...faults.map((code) => `fault ${code}`)].join(' · ');
}

describe("the README's transcripts", () => {
  const all = transcripts(readFileSync(README, 'utf8'));

  test('are there', () => expect(all.length).toBeGreaterThan(3));

  test.each(all)('come out as they say: $told', ({ sent, told }) => {
    expect(toldOf(sent)).toBe(told);
  });
});

/** Keys of DLMS UA's examples. */
const KEYS = {
  key: Buffer.from('000102030405060708090A0B0C0D0E0F', 'hex'),
  authenticationKey: Buffer.from('D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF', 'hex'),
};

const ENCRYPTED = `
<< 68 41 41 68 53 FF 00 01 67 DB 08 46 57 44 00 00 00 00 01 41 30 00 00 00 01 5D 5E CC AA 1B C6 DD 94 3B D6 BE BD 76 AB F1 28 05 2A FF 3C D7 B4 43 D2 76 38 F4 98 85 EB B6 84 C0 0D E9 3B FD CF EB 40 3B 91 E7 1E E1 16
<< 68 15 15 68 53 FF 11 01 67 5E 33 B0 1E 32 1B 3D 9F 5C 92 0A BE 40 3E 6F 25 1B 16
   power-import 1362 · voltage-l1 231.2
<< 7E A0 50 41 08 83 13 5F 4A E6 E7 00 E0 40 00 01 00 00 3C DB 08 46 57 44 00 00 00 00 01 41 30 00 00 00 01 5D 5E CC AA 1B C6 DD 94 3B D6 BE BD 76 AB F1 28 05 2A FF 3C D7 B4 43 D2 76 38 F4 98 85 EB B6 84 C0 0D E9 3B FD CF EB 40 3B 91 E7 1E 69 6C 7E
<< 7E A0 24 41 08 83 13 BC 72 E6 E7 00 E0 C0 00 02 00 00 10 5E 33 B0 1E 32 1B 3D 9F 5C 92 0A BE 40 3E 6F 25 98 4F 7E
   power-import 1362 · voltage-l1 231.2
<< 68 15 15 68 53 FF 11 01 67 5E 33 B0 1E 32 1B 3D 9F 5C 92 0A BE 40 3E 6F 25 1B 16
   fault dlms/incomplete
`;

test.each(transcripts(ENCRYPTED))(
  'an encrypted telegram in two parts comes out as it says: $told',
  ({ sent, told }) => {
    expect(toldOf(sent, meter(KEYS))).toBe(told);
  },
);
