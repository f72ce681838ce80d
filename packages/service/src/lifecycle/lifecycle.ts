/** Where the process is in its life; one per application, read by readiness and by the server. */
export class Lifecycle {
  /** From the first signal on: still answering, no longer wanted by a load balancer. */
  draining = false;
}
