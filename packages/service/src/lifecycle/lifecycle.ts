/** Where the process is in its life; one per application, read by readiness and by the server. */
export class Lifecycle {
  readonly #abort = new AbortController();

  /** From the first signal on: still answering, no longer wanted by a load balancer. */
  get draining(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Aborted when draining begins. */
  get ending(): AbortSignal {
    return this.#abort.signal;
  }

  drain(): void {
    this.#abort.abort();
  }
}
