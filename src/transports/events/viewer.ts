import type { Socket } from 'node:net';
import type { ToldEvent } from '../../event-schema.js';
import { jsonLine } from '../../json-line.js';
import { createSniffer } from '../foreign.js';
import { peerOf } from '../peer.js';
import { createJudge, type Command } from './commands.js';
import { createLines } from './lines.js';

export interface ViewerOptions {
  readonly token: string | undefined;
  readonly onCommand: (command: Command) => void;
  /** Another protocol was spoken on the port; the viewer leaves right after. */
  readonly onForeign: (reason: string) => void;
  /** Called once, when the viewer has gone or was let go. */
  readonly onLeft: (reason: string) => void;
}

/** Somebody who watches. */
export interface Viewer {
  readonly peer: string;
  /** Sends a line, which waits for a viewer who is slow; one who is too slow is let go. */
  readonly tell: (line: Buffer) => void;
  /** Sends levels, of which a slow viewer gets the latest of each session, and none of one that has ended. */
  readonly tellLevels: (session: number | undefined, line: Buffer) => void;
  readonly forget: (session: number | undefined) => void;
  readonly leave: (reason: string) => void;
}

/** Bytes of lines that may wait for one viewer, beside those the kernel holds. */
export const MOST_WAITING = 262_144;
/** Bytes of a line that a viewer may send, and lines of one second. */
export const LONGEST_COMMAND = 65_536;
export const MOST_COMMANDS = 500;
/** Milliseconds for the last lines of a viewer who is let go. */
const GRACE = 1_000;

/** An event that is for one viewer only, as the line that goes out. */
export function lineOf(event: ToldEvent): Buffer {
  return Buffer.from(`${jsonLine(event)}\n`);
}

export function createViewer(socket: Socket, { token, onCommand, onForeign, onLeft }: ViewerOptions): Viewer {
  const peer = peerOf(socket);
  const judge = createJudge(token);
  const levels = new Map<number | undefined, Buffer>();
  let dropped = 0;
  let commands = { since: 0, count: 0 };
  let over = false;

  const leave = (reason: string): void => {
    if (over) return;
    over = true;
    levels.clear();
    socket.destroySoon();
    const end = setTimeout(() => socket.destroy(), GRACE);
    socket.on('close', () => clearTimeout(end));
    onLeft(reason);
  };
  const tell = (line: Buffer): void => {
    if (over) return;
    if (socket.writableLength + line.length <= MOST_WAITING) {
      socket.write(line, catchUp);
      return;
    }
    socket.resetAndDestroy();
    leave(`slow reader: more than ${MOST_WAITING} bytes of events wait for it`);
  };
  const catchUp = (): void => {
    if (over || socket.writableLength > 0 || levels.size === 0) return;
    const lines = [...levels.values()];
    levels.clear();
    if (dropped > 0) tell(lineOf({ type: 'dropped', levels: dropped, at: Date.now() }));
    dropped = 0;
    lines.forEach(tell);
  };
  const inTime = (): boolean => {
    const now = performance.now();
    if (now - commands.since > 1_000) commands = { since: now, count: 0 };
    commands.count += 1;
    return commands.count <= MOST_COMMANDS;
  };
  const refuse = (code: string, message: string): void => tell(lineOf({ type: 'error', code, message, at: Date.now() }));

  const lines = createLines({
    most: LONGEST_COMMAND,
    onLine: (line) => {
      if (over || line.length === 0) return;
      if (!inTime()) {
        refuse('too-many-lines', `A second may have ${MOST_COMMANDS} lines.`);
        leave(`it sent more than ${MOST_COMMANDS} lines in a second`);
        return;
      }
      const verdict = judge(line);
      if ('code' in verdict) {
        refuse(verdict.code, verdict.message);
        return;
      }
      if ('command' in verdict) onCommand(verdict.command);
      tell(lineOf({ type: 'accepted', command: verdict.accepted, at: Date.now() }));
    },
    onTooLong: () => {
      refuse('line-too-long', `A line may have ${LONGEST_COMMAND} bytes.`);
      leave(`it sent a line of more than ${LONGEST_COMMAND} bytes`);
    },
  });
  const sniffer = createSniffer(lines, (name) => {
    const reason = `${name} was spoken on the events port`;
    onForeign(reason);
    leave(reason);
  });

  socket.on('error', (error: NodeJS.ErrnoException) => leave(error.code === 'EPIPE' ? 'it left' : `its connection broke (${error.code ?? error.message})`));
  socket.on('end', () => leave('it left'));
  socket.on('close', () => leave('it left'));
  socket.on('data', (bytes: Buffer) => {
    if (!over) sniffer.push(bytes);
  });
  socket.resume();

  return {
    peer,
    tell,
    tellLevels: (session, line) => {
      if (over) return;
      if (socket.writableLength === 0) {
        socket.write(line, catchUp);
        return;
      }
      if (levels.has(session)) dropped += 1;
      levels.set(session, line);
    },
    forget: (session) => {
      if (levels.delete(session)) dropped += 1;
    },
    leave,
  };
}
