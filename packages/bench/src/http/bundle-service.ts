import path from 'node:path';
import { serviceBundle } from '@org/service/build';
import { build } from 'rolldown';

/** Builds what is deployed of a service into `folder`, and returns its main.js. */
export async function bundleService(name: string, folder: string): Promise<string> {
  const bundle = serviceBundle();
  const cwd = path.resolve(import.meta.dirname, '../../../../apps', name);
  await build({ ...bundle, cwd, logLevel: 'silent', output: { ...bundle.output, dir: folder } });
  return path.join(folder, 'main.js');
}
