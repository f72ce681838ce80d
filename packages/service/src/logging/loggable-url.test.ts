import { expect, test } from 'vitest';
import { loggableUrl } from './loggable-url.ts';

test.each([
  ['/v1/files?limit=5&tag=a%20b', '/v1/files?limit=5&tag=a%20b'],
  ['/v1/files?access_token=abc&tag=x', '/v1/files?access_token=[redacted]&tag=x'],
  ['/v1/sessions?email=a@example.com&passWord=a=b&x', '/v1/sessions?email=a@example.com&passWord=[redacted]&x'],
  ['/v1/files?%74oken=abc#api_key=abc', '/v1/files?%74oken=[redacted]#api_key=[redacted]'],
  ['/v1/files?%zz=1&token', '/v1/files?%zz=1&token'],
  ['/v1/tokens/abc=1', '/v1/tokens/abc=1'],
])('of %s the log has no secret', (url, logged) => {
  expect(loggableUrl(url)).toBe(logged);
});
