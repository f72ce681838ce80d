import net from 'node:net';

export interface Network {
  url: string;
  /** How often a client began to send after the server had answered: what a network's delay is paid for. */
  flights: number;
  /** Connections that were opened. */
  connections: number;
  /** Of those, the ones that are open. */
  readonly open: number;
  /** Lets nothing through any more, without a word to either side: what a pulled cable or a dead NAT entry does. */
  freeze(): void;
  /** The network is back, for new connections; those that were frozen stay so. */
  thaw(): void;
  /** Resets every connection, frozen ones too. */
  cut(): void;
  /**
   * Lets the next message of a client with this text through to the server, and resets the connection instead of the
   * answer.
   */
  loseAnswerTo(text: string): void;
  /** Leads new connections to the server of this URL. */
  retarget(url: string): void;
  /** Refuses connections, until `listen`. */
  close(): Promise<void>;
  listen(): Promise<void>;
}

interface Pair {
  client: net.Socket;
  server: net.Socket;
  frozen: boolean;
}

/** A network between a client and the server of `url`, whose faults are ours to make. */
export async function startNetwork(url: string): Promise<Network> {
  let target = new URL(url);
  const pairs = new Set<Pair>();
  let frozen = false;
  let lost: string | undefined;

  const accept = (client: net.Socket) => {
    network.connections++;
    const server = net.connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    client.setNoDelay(true);
    const pair: Pair = { client, server, frozen };
    pairs.add(pair);
    let answered = true;
    let swallow = false;
    client.on('data', (data) => {
      if (pair.frozen) return;
      if (answered) network.flights++;
      answered = false;
      if (lost !== undefined && data.includes(lost)) {
        swallow = true;
        lost = undefined;
      }
      server.write(data);
    });
    server.on('data', (data) => {
      if (pair.frozen) return;
      if (swallow) return end();
      answered = true;
      client.write(data);
    });
    const end = () => {
      pairs.delete(pair);
      client.resetAndDestroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on('error', () => {});
      socket.on('close', () => pair.frozen || end());
    }
  };

  let listener: net.Server | undefined;
  const network: Network = {
    url: '',
    flights: 0,
    connections: 0,
    get open() {
      return pairs.size;
    },
    freeze: () => {
      frozen = true;
      for (const pair of pairs) pair.frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    cut: () => {
      for (const { client, server } of pairs) {
        client.resetAndDestroy();
        server.destroy();
      }
      pairs.clear();
    },
    retarget: (other) => {
      target = new URL(other);
    },
    loseAnswerTo: (text) => {
      lost = text;
    },
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      listener?.close(() => resolve());
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      pairs.clear();
      if (listener) await promise;
      listener = undefined;
    },
    listen: async () => {
      listener = await listenOn(port, accept);
    },
  };
  let port = 0;
  for (let tries = 0; port === 0; tries++) {
    // Not one of those that the system gives to outgoing connections.
    const candidate = 20_000 + Math.floor(Math.random() * 5_000);
    try {
      listener = await listenOn(candidate, accept);
      port = candidate;
    } catch (error) {
      if (tries > 50) throw error;
    }
  }
  const own = new URL(url);
  own.hostname = '127.0.0.1';
  own.port = String(port);
  network.url = own.href;
  return network;
}

function listenOn(port: number, accept: (socket: net.Socket) => void): Promise<net.Server> {
  const { promise, resolve, reject } = Promise.withResolvers<net.Server>();
  const server = net.createServer(accept);
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => resolve(server));
  return promise;
}
