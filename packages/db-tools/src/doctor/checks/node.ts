import { type Check, type Clone, fail, ok } from '../check.ts';
import { readManifest } from '../manifest.ts';
import { isOlder } from '../version.ts';

export const node: Check<Clone> = {
  name: 'node',
  run({ config }) {
    const wanted = readManifest(config.root).engines?.node;
    const minimum = wanted?.match(/^>=\s*([\d.]+)$/)?.[1];
    if (minimum && isOlder(process.versions.node, minimum)) {
      return fail(
        `Node ${process.versions.node} runs here, and package.json asks for ${wanted}.`,
        'Run it with the Node that the install brings: pnpm install, then pnpm db doctor',
      );
    }
    return ok(`Node ${process.versions.node}.`);
  },
};
