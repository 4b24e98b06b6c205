/** The bytes of a line: `>>` from us, `<<` to us, bytes in hex; everything behind `#` is a remark. */
export interface Transcript {
  readonly sent: readonly Uint8Array[];
  readonly received: readonly Uint8Array[];
}

/** Reads the form in which users report what they see on a line. A line of another form is an error of the test. */
export function transcript(text: string): Transcript {
  const sent: Uint8Array[] = [];
  const received: Uint8Array[] = [];
  for (const line of text.split('\n')) {
    const content = line.replace(/#.*/, '').trim();
    if (content === '') continue;
    const match = /^(>>|<<)((?: [0-9A-Fa-f]{2})+)$/.exec(content);
    if (match === null) throw new Error(`not a line of a transcript: ${content}`);
    (match[1] === '>>' ? sent : received).push(hex(match[2] ?? ''));
  }
  return { sent, received };
}

/** Bytes from their hex digits, blanks between them or not. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
}

/** Two hex digits a byte, one blank between. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}
