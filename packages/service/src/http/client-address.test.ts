import { expect, test } from 'vitest';
import { addressToCount } from './client-address.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (address, counted) => {
  expect(addressToCount(address)).toBe(counted);
});

test.each(['', 'unknown', '10.0.0', "1' or '1'='1", '1.2.3.4:80'])('%j gives way to the connection', (forwarded) => {
  expect(addressToCount(forwarded, '203.0.113.9')).toBe('203.0.113.9');
});
