import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createViewer, lineOf, MOST_WAITING } from '../../../src/transports/events/viewer.js';
import { rawViewer, type RawViewer } from '../../fixtures/viewer.js';

const undo: (() => unknown)[] = [];
afterEach(() => undo.splice(0).forEach((step) => step()));

/** Both ends of one connection. */
async function pair(): Promise<{ socket: Socket; far: RawViewer }> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const far = await rawViewer(typeof address === 'object' && address !== null ? address.port : 0);
  const [socket] = await accepted;
  undo.push(() => server.close(), () => socket.destroy(), () => far.socket.destroy());
  return { socket, far };
}

it('R13: a viewer who stops reading loses levels first, gets the latest of each session when he reads again, and is told how many he missed', async () => {
  const { socket, far } = await pair();
  const left: string[] = [];
  const viewer = createViewer(socket, { token: undefined, onCommand: () => undefined, onForeign: () => undefined, onLeft: (reason) => left.push(reason) });
  const level = (session: number, rms: number): void => viewer.tellLevels(session, lineOf({ type: 'levels', session, mic: { rms, peak: 0 }, at: 0 }));
  far.socket.pause();
  const words = lineOf({ type: 'notice', message: 'words '.repeat(1_000), at: 0 });
  let told = 0;
  // The kernel takes what it can; from then on something waits here.
  for (; socket.writableLength === 0; told++) {
    viewer.tell(words);
    await sleep(1);
  }

  for (let n = 1; n <= 1_000; n++) for (const session of [1, 2]) level(session, -n);
  viewer.forget(2);
  const waiting = socket.writableLength;
  viewer.tell(words);
  expect(socket.writableLength).toBe(waiting + words.length);
  expect(waiting).toBeLessThan(MOST_WAITING);
  expect(left).toEqual([]);

  far.socket.resume();
  await far.until(({ type }) => type === 'levels');
  expect(far.lines.slice(0, -2).map(({ type }) => type)).toEqual(Array.from({ length: told + 1 }, () => 'notice'));
  expect(far.lines.slice(-2)).toMatchObject([{ type: 'dropped', levels: 1_999 }, { type: 'levels', session: 1, mic: { rms: -1_000 } }]);

  level(1, -7);
  await far.until((line) => line.type === 'levels' && (line['mic'] as { rms: number }).rms === -7);
  expect(far.lines.filter(({ type }) => type === 'dropped')).toHaveLength(1);
});
