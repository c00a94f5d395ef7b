import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { sanitise } from '../../src/sanitise.js';

const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;

/** Has everything that Node writes to stderr, or by `console`, told as lines instead, until the function it gives back is called. */
export function quietTerminal(told: (line: string) => void): () => void {
  let rest = '';
  const take = (text: string): void => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') told(sanitise(line));
  };
  const sink = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      take(chunk.toString());
      done();
    },
  });
  // eslint-disable-next-line @typescript-eslint/unbound-method -- It is put back where it was taken from.
  const { write } = process.stderr;
  const quiet = new Console({ stdout: sink, stderr: sink });
  const before = { ...console };
  for (const name of METHODS) console[name] = (...words: unknown[]) => quiet[name](...words);
  process.stderr.write = (chunk: string | Uint8Array, ...others: unknown[]): boolean => {
    take(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const done = others.find((one) => typeof one === 'function') as (() => void) | undefined;
    if (done !== undefined) process.nextTick(done);
    return true;
  };
  return () => {
    Object.assign(console, before);
    process.stderr.write = write;
    if (rest !== '') take('\n');
  };
}
