const cleaners = new Set<() => void>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `clean`, which must be synchronous, when this process exits, or gets a signal that nobody else handles and that
 * would end it. The answer takes that back.
 */
export function onUnplannedEnd(clean: () => void): () => void {
  if (cleaners.size === 0) listen();
  cleaners.add(clean);
  return () => {
    cleaners.delete(clean);
    if (cleaners.size === 0) unlisten();
  };
}

function listen(): void {
  process.on('exit', cleanAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', cleanAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function onSignal(signal: NodeJS.Signals): void {
  // Whoever else listens decides what happens; if that is the end, "exit" comes.
  if (process.listenerCount(signal) > 1) return;
  cleanAll();
  process.kill(process.pid, signal);
}

function cleanAll(): void {
  unlisten();
  for (const clean of cleaners) clean();
  cleaners.clear();
}
