export interface Load {
  /** Of the moment before it is called. */
  take(): { requests: number; failures: string[] };
  stop(): Promise<void>;
}

/** A user who asks every service again and again, on 4 connections each, where `front` says. */
export async function startLoad(front: (service: string) => string): Promise<Load> {
  const send = async (method: string, address: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(address, { method, headers, body: JSON.stringify(body) });
    if (answer.status !== 201) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { token: string };
  };
  await untilReady(['identity', 'files', 'credits'].map((name) => `${front(name)}/health/ready`));
  const ada = { email: 'ada@example.org', password: 'correct horse battery', name: 'Ada' };
  await send('POST', `${front('identity')}/v1/users`, ada);
  const { email, password } = ada;
  const { token } = await send('POST', `${front('identity')}/v1/sessions`, { email, password });
  const addresses = [
    `${front('identity')}/v1/users/me`,
    `${front('files')}/v1/files?limit=5`,
    `${front('credits')}/v1/balance`,
  ];
  let requests = 0;
  let failures: string[] = [];
  let stopped = false;
  const ask = async (address: string) => {
    while (!stopped) {
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } }).catch(
        (error: Error) => error,
      );
      requests++;
      if (answer instanceof Error) failures.push(`${address}: ${answer.cause ?? answer.message}`);
      else if (answer.status !== 200) failures.push(`${address}: ${answer.status} ${await answer.text()}`);
      else await answer.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const workers = Promise.all(addresses.flatMap((address) => [1, 2, 3, 4].map(() => ask(address))));
  return {
    take() {
      const taken = { requests, failures };
      requests = 0;
      failures = [];
      return taken;
    },
    async stop() {
      stopped = true;
      await workers;
    },
  };
}

/**
 * Does `act` under the load, tells how many requests there were, and throws what failed of them, or that there were
 * fewer than `least`.
 */
export async function expectNoFailures(
  load: Load,
  promise: string,
  act: () => Promise<void>,
  least = 50,
): Promise<void> {
  load.take();
  await act();
  const { requests, failures } = load.take();
  if (failures.length > 0 || requests < least) {
    throw new Error(`${promise}: ${failures.length} of ${requests} failed:\n${failures.slice(0, 5).join('\n')}`);
  }
  console.log(`ok    ${promise}: 0 of ${requests} requests failed`);
}

async function untilReady(addresses: string[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await Promise.all(addresses.map((address) => fetch(address)))).every(({ ok }) => ok)) {
    if (Date.now() > deadline) throw new Error('The services are not ready behind the balancer after 30 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
