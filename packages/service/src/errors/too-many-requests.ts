import { DomainError } from './domain-error.ts';

/** Asked too often; `seconds` until it makes sense to ask again, which also go into Retry-After. */
export function tooManyRequests(seconds: number): DomainError {
  return new DomainError('rate_limited', `Too many of these requests. Try again in ${seconds} s.`, {
    retryAfter: seconds,
  });
}
