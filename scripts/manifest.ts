/** Run by scripts/build: `node scripts/manifest.js DRIVERS_FOLDER` writes the list that drivers are checked against. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../drivers/contract/fault.ts';
import { manifestOf } from '../drivers/registry/integrity.ts';
import { formatManifest, MANIFEST_FILE, parseManifest } from '../drivers/registry/manifest.ts';

const folder = process.argv[2] ?? '';
const text = formatManifest(await manifestOf(folder));
// A file whose name has another form would pass here and be refused in the field: better to fail in the build.
if (parseManifest(text) === undefined) throw new Fault('driver/manifest');
await writeFile(join(folder, MANIFEST_FILE), text);
