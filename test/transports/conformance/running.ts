import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ports } from '../../fixtures/clients.js';
import { Broken } from './sentence.js';
import type { Running } from './visit.js';

/** A command that is a server, started when it is needed. */
export interface Command {
  readonly start: () => Promise<Running>;
  /** Starts it where it does not run. */
  readonly ensure: () => Promise<void>;
  /** Ends what was started and is still there, and waits for it. */
  readonly end: () => Promise<void>;
}

/** Starts a server and waits until both its ports are bound, which is seen without connecting. One runs at a time. */
export function newCommand([file = '', ...args]: readonly string[], ports: Ports, patience: number): Command {
  let running: { readonly kill: () => void; readonly exited: Promise<number | null> } | undefined;

  const end = async (): Promise<void> => {
    running?.kill();
    await running?.exited;
    running = undefined;
  };

  const start = async (): Promise<Running> => {
    await end();
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
    const exited = Promise.race([
      once(child, 'close').then(([code]) => code as number | null),
      once(child, 'error').then(([error]: unknown[]) => { said += String(error); return null; }),
    ]);
    const one = { kill: () => child.kill('SIGKILL'), exited };
    running = one;
    void exited.then(() => {
      if (running === one) running = undefined;
    });
    for (const until = performance.now() + patience; !await areTaken(ports);) {
      if (running !== one) throw new Broken(`the command ended before its ports were bound:\n${said}`);
      if (performance.now() > until) throw new Broken(`the command has not bound its ports:\n${said}`);
      await sleep(50);
    }
    return { ports, exited, signal: (name) => void child.kill(name) };
  };

  return {
    start, end,
    ensure: async () => {
      if (running === undefined) await start();
    },
  };
}

/** Whether somebody listens on both. A connection would be taken for the first client, so it is tried to listen there. */
async function areTaken({ host, micPort, replyPort }: Ports): Promise<boolean> {
  const taken = await Promise.all([micPort, replyPort].map((port) => new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(true));
    probe.listen({ host, port }, () => probe.close(() => resolve(false)));
  })));
  return taken.every((one) => one);
}
