import { createConnection, createServer, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { formatDatabaseUrl, parseDatabaseUrl } from '../../src/connection/url.ts';

/** A TCP proxy in front of PostgreSQL that can lose what the server answers, or all that is said. */
export interface Proxy {
  url: string;
  /**
   * Passes the next client message that contains the text on to the server, loses the answer and cuts the connection.
   */
  cutAfter(text: string): void;
  /** Cuts the connection instead of passing that message on. */
  cutBefore(text: string): void;
  /**
   * From the next client message with the text on, nothing passes in either direction, and nothing is closed either.
   */
  fallSilentAt(text: string): void;
  readonly silent: boolean;
  /** Ends all connections; it does so after the test too. */
  close(): void;
  /** Whether a cut was made. */
  readonly cuts: number;
}

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

export async function startProxy(url: string): Promise<Proxy> {
  const target = parseDatabaseUrl(url);
  const sockets = new Set<Socket>();
  let trap: { text: string; when: 'before' | 'after' } | undefined;
  let cuts = 0;
  let silenceAt: string | undefined;
  let silent = false;
  const server = createServer((client) => {
    const upstream = createConnection(target.port, target.host);
    let deaf = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (chunk) => {
      silent ||= silenceAt !== undefined && chunk.includes(silenceAt);
      if (silent) return;
      const sprung = trap !== undefined && chunk.includes(trap.text);
      if (!sprung) return void upstream.write(chunk);
      const { when } = trap!;
      trap = undefined;
      cuts++;
      if (when === 'before') {
        client.destroy();
        upstream.destroy();
        return;
      }
      deaf = true;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (silent) return;
      if (!deaf) return void client.write(chunk);
      client.destroy();
      upstream.end();
    });
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closers.push(close);
  return {
    url: formatDatabaseUrl({ ...target, host: '127.0.0.1', port }, { withPassword: true }),
    cutAfter: (text) => {
      trap = { text, when: 'after' };
    },
    cutBefore: (text) => {
      trap = { text, when: 'before' };
    },
    fallSilentAt: (text) => {
      silenceAt = text;
    },
    close,
    get silent() {
      return silent;
    },
    get cuts() {
      return cuts;
    },
  };
}
