import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answeredIn } from '../../src/transports/foreign.js';

/** Who listens on a port, by what he says. */
export type Listener =
  | { readonly kind: 'HTTP' | 'TLS' | 'SSH' }
  /** The events port of a speech-to-speech server. */
  | { readonly kind: 'events' }
  /** Something else that speaks; the beginning of what it says. */
  | { readonly kind: 'unknown'; readonly said: string }
  /** It accepts, and hangs up on HTTP and TLS without a word, as our audio ports do. */
  | { readonly kind: 'curt' }
  /** It accepts, and says nothing. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'nobody'; readonly code: string };

/** Milliseconds in which one who speaks first has spoken, and in which an answer has come. */
export interface Patience { readonly banner: number; readonly answer: number }

/** The beginning of a TLS conversation: a ClientHello of TLS 1.2 with two common cipher suites and nothing else. */
const CLIENT_HELLO = Buffer.concat([
  Buffer.from('160301002f0100002b0303', 'hex'), Buffer.alloc(32, 0x5a), Buffer.from('000004c02f009c0100', 'hex'),
]);
const GET = Buffer.from('GET / HTTP/1.0\r\n\r\n');

/**
 * Finds out who listens on a port: waits for a banner, then speaks TLS, and where that is not answered, HTTP on a second
 * connection. To be asked of no port whose server may take us for its only client.
 */
export async function knock(host: string, port: number, { banner = 400, answer = 1_500 }: Partial<Patience> = {}, signal?: AbortSignal): Promise<Listener> {
  const asTls = await converse(host, port, CLIENT_HELLO, { banner, answer }, signal);
  if (asTls.failure !== undefined) return { kind: 'nobody', code: asTls.failure };
  if (asTls.said.length > 0) return judge(asTls.said);
  const asHttp = await converse(host, port, GET, { banner: 0, answer }, signal);
  if (asHttp.said.length > 0) return judge(asHttp.said);
  return { kind: asTls.closed && asHttp.closed ? 'curt' : 'silent' };
}

function judge(said: Buffer): Listener {
  const kind = answeredIn(said);
  if (kind === 'HTTP' || kind === 'TLS' || kind === 'SSH') return { kind };
  const text = said.toString('latin1');
  return /^\{.*"type":"hello"/.test(text) ? { kind: 'events' } : { kind: 'unknown', said: text.slice(0, 60) };
}

interface Conversation { readonly said: Buffer; readonly closed: boolean; readonly failure?: string }

async function converse(host: string, port: number, opening: Buffer, { banner, answer }: Patience, signal?: AbortSignal): Promise<Conversation> {
  const socket = connect({ host, port, signal, timeout: 5_000 });
  socket.on('timeout', () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  try {
    const failure = await once(socket, 'connect').then(() => undefined, (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unreachable'));
    if (failure !== undefined) return { said: Buffer.alloc(0), closed: true, failure };
    // An error is followed by a close, which is all that counts from here on.
    socket.on('error', () => undefined);
    const heard = new Promise<Conversation>((resolve) => {
      socket.once('data', (said: Buffer) => resolve({ said, closed: false }));
      socket.once('close', () => resolve({ said: Buffer.alloc(0), closed: true }));
    });
    const within = (ms: number): Promise<Conversation | undefined> => Promise.race([heard, sleep(ms, undefined, { ref: false })]);
    const first = await within(banner);
    if (first !== undefined) return first;
    socket.write(opening);
    return await within(answer) ?? { said: Buffer.alloc(0), closed: false };
  } finally {
    socket.destroy();
  }
}
