/** Longer texts than this are no stack of ours: ten frames of some hundred characters, below the error's own text. */
const MOST_CHARACTERS = 65_536;
const LONGEST_FRAME = 1024;

/**
 * A frame of V8's stack that lies in a file of this program, in the sources or in the build: folder and name of the
 * file, line and column. The path before these folders is the place of the program on the machine, and not shown.
 */
const FRAME =
  /^ {4}at (?:.*[ (])?(?:file:\/\/)?\/(?:[^:]*\/)?((?:agent|config|drivers|chunks)\/(?:[A-Za-z0-9_-]{1,64}\/){0,4}[A-Za-z0-9_-]{1,64}\.(?:js|ts)):([0-9]{1,6}):([0-9]{1,7})\)?$/;

/**
 * Where in this program an error arose: `drivers/lines/driver.js:1:2034`, the innermost place that is ours. Nothing of the
 * error's text can be in it. Undefined for what is no error, and where no frame is ours.
 */
export function placeOf(thrown: unknown): string | undefined {
  for (const frame of framesOf(thrown)) {
    if (frame.length > LONGEST_FRAME || frame.includes('/node_modules/')) continue;
    const [, file, line, column] = FRAME.exec(frame) ?? [];
    if (file !== undefined) return `${file}:${line}:${column}`;
  }
  return undefined;
}

/** The lines behind the error's own text: that text may hold anything, also lines that look like a frame. */
function framesOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error)) return [];
  try {
    const { message, stack } = thrown;
    if (typeof message !== 'string' || typeof stack !== 'string' || stack.length > MOST_CHARACTERS) return [];
    const at = stack.indexOf(message);
    return at < 0 ? [] : stack.slice(at + message.length).split('\n');
  } catch {
    return []; // a getter of a foreign error
  }
}
