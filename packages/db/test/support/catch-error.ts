/** What `work` throws; undefined when it succeeds. */
export async function catchError(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
}
