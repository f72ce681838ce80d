import http from 'node:http';

/**
 * A small load balancer for tests: sends each request to one of the instances that said to be ready at the last look,
 * in turn. Never tries again, so that what an instance drops is seen. Returns its end.
 */
export function startBalancer(port: number, backends: number[], interval = 100): () => Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  let ready: number[] = [];
  let turn = 0;
  const look = async () => {
    const answers = await Promise.all(backends.map(isReady));
    ready = backends.filter((_, i) => answers[i]);
  };
  const timer = setInterval(look, interval);
  const server = http.createServer((request, response) => {
    const backend = ready[turn++ % ready.length];
    if (backend === undefined) return void response.writeHead(502).end('nothing is ready');
    const { method, url, headers } = request;
    const onward = http.request({ agent, host: '127.0.0.1', port: backend, method, path: url, headers }, (answer) => {
      // Between the balancer and the instance alone.
      const { connection: _, ...kept } = answer.headers;
      response.writeHead(answer.statusCode!, kept);
      answer.pipe(response);
    });
    onward.on('error', (error) => response.destroyed || response.writeHead(502).end(error.message));
    request.pipe(onward);
  });
  server.listen(port, '127.0.0.1');
  return async () => {
    clearInterval(timer);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    agent.destroy();
  };
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(1000) }).catch(
    () => undefined,
  );
  return answer?.ok ?? false;
}
