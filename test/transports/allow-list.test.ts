import { describe, expect, it } from 'vitest';
import { allowList } from '../../src/transports/allow-list.js';

describe('allowList', () => {
  it.each([
    ['192.0.2.7', true], ['192.0.2.8', false], ['198.51.100.255', true], ['198.51.101.0', false],
    ['::ffff:192.0.2.7', true], ['::ffff:192.0.2.8', false], ['2001:db8::9', true], ['2001:db9::9', false],
    ['127.0.0.1', true], ['127.9.9.9', true], ['::1', true], ['::ffff:127.0.0.1', true], ['unknown', false],
  ])('%s may connect: %s', (address, may) => {
    expect(allowList(['192.0.2.7', ' 198.51.100.0/24', '2001:db8::/32'])(address)).toBe(may);
  });

  it.each(['', 'localhost', '192.0.2.0/33', '192.0.2.0/', '192.0.2.0/x', '2001:db8::/129', '192.0.2'])('takes "%s" for no network', (network) => {
    expect(() => allowList([network])).toThrow(expect.objectContaining({ kind: 'config', code: 'bad-network' }));
  });
});
