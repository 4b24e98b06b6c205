import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

/** The part outside of the bundle: the native library's folder, found by its package's name where the agent runs. */
export const NATIVE = '@serialport/bindings-cpp';

/** A module of ours in the place of a package's. The path is that of the package, so that its imports lead there. */
interface Substitute {
  readonly filter: RegExp;
  readonly contents: string;
}

/** Packages whose main module pulls in what the agent never runs: each is entered where its used part lies. */
const ENTRIES: Readonly<Record<string, string>> = {
  // Without the stream, the parsers and the mock: only the binding is used.
  serialport: `import { autoDetect } from '${NATIVE}'; export const SerialPort = { binding: autoDetect() };`,
  // The client class without ways to connect: the link gives it an open socket, so `ws` and `socks` have no use.
  mqtt: `export { default as MqttClient } from '${join(folderOf('mqtt'), 'lib/client.js')}';`,
  // It writes to stderr what libraries send and receive where DEBUG is set.
  debug: `const quiet = () => {}; quiet.enabled = false; quiet.extend = () => quiet; module.exports = () => quiet;`,
};

const SUBSTITUTES: readonly Substitute[] = [
  {
    // It looks for its prebuilt library beside its own file; in a bundle that file is no more.
    filter: /@serialport\/bindings-cpp\/dist\/serialport-bindings\.js$/,
    contents: `const { dirname } = require('node:path');
      exports.binding = require('node-gyp-build')(dirname(require.resolve('${NATIVE}/package.json')));`,
  },
  {
    // Fifty languages of messages that nobody sees: the config has words of its own.
    filter: /zod\/v4\/locales\/index\.js$/,
    contents: `export { default as en } from './en.js';`,
  },
];

/** Leaves out of the bundle what is never run, so that it takes neither time nor memory. */
export const leaner: Plugin = {
  name: 'leaner',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${Object.keys(ENTRIES).join('|')})$`) }, ({ path, namespace }) =>
      namespace === 'entry' ? undefined : { path, namespace: 'entry' },
    );
    build.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
      contents: ENTRIES[path] ?? '',
      resolveDir: build.initialOptions.absWorkingDir ?? process.cwd(),
    }));
    for (const { filter, contents } of SUBSTITUTES) {
      build.onLoad({ filter, namespace: 'file' }, ({ path }) => ({ contents, resolveDir: dirname(path) }));
    }
  },
};

function folderOf(name: string): string {
  return dirname(fileURLToPath(import.meta.resolve(name)));
}
