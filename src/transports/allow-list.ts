import { BlockList, isIP } from 'node:net';
import { SpeechError } from '../errors.js';

/**
 * Tells whether an address may connect. Loopback always may: whoever is on this machine needs no port to reach it.
 *
 * @param networks addresses and networks in CIDR notation, such as `192.0.2.7`, `198.51.100.0/24` or `2001:db8::/32`
 * @throws SpeechError of kind `config`, code `bad-network`, for what is neither.
 */
export function allowList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of ['127.0.0.0/8', '::1', ...networks]) {
    const [address = '', prefix] = network.trim().split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const bits = family === 'ipv6' ? 128 : 32;
    const length = prefix === undefined ? bits : /^\d+$/u.test(prefix) ? Number(prefix) : NaN;
    if (isIP(address) === 0 || !(length <= bits)) {
      throw new SpeechError(`"${network}" is neither an address nor a network.`, { kind: 'config', code: 'bad-network', hint: 'Write --allow 192.0.2.7 or --allow 198.51.100.0/24, several with commas between them.' });
    }
    list.addSubnet(address, length, family);
  }
  // An IPv4 address that came over an IPv6 socket (::ffff:192.0.2.7) is found among the IPv4 ones by Node itself.
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
