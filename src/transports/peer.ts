import { isIPv6, type Socket } from 'node:net';

/** Address and port of the other side, for screens: `192.0.2.7:50312`, `[2001:db8::7]:50312`. */
export function peerOf(socket: Socket): string {
  return written(addressOf(socket), socket.remotePort);
}

/** Address and port of this side, as the other side writes them. */
export function localOf(socket: Socket): string {
  return written(plain(socket.localAddress), socket.localPort);
}

/** Whether both come from one machine. Loopback is one machine in either family; a mapped IPv4 address is that address. */
export function sameMachine(one: Socket, other: Socket): boolean {
  const [a, b] = [addressOf(one), addressOf(other)];
  return a === b || (isLoopback(a) && isLoopback(b));
}

function addressOf(socket: Socket): string {
  return plain(socket.remoteAddress);
}

function plain(address = 'unknown'): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function written(address: string, port = 0): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
