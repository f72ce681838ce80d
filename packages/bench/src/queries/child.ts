import type { BenchClient, OpenClient, Operation } from './client.ts';

export interface Order {
  operation: Operation;
  count: number;
}

/** Microseconds of CPU that this process took for each operation. */
export type Answer = number;

const IN_FLIGHT = 8;

/** One client in a process of its own, so that no other's code or garbage is counted with it. */
const [, , module, url] = process.argv;
const { default: open } = (await import(module!)) as { default: OpenClient };
const client = await open(url!);
process.on('message', async ({ operation, count }: Order) => {
  if (count === 0) {
    await client.close();
    process.disconnect?.();
    return;
  }
  process.send?.(await measure(client, operation, count));
});
process.send?.(0);

async function measure(client: BenchClient, operation: Operation, count: number): Promise<Answer> {
  const before = process.cpuUsage();
  let next = 0;
  const worker = async () => {
    while (next < count) await client[operation](valueFor(operation, next++));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Spread over the table, the same for each client. */
function valueFor(operation: Operation, index: number): number {
  return 1 + ((index * 7_919) % (operation === 'point' || operation === 'list' ? 200_000 : 10_000));
}
