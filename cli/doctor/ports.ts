import { concat, concatAll, defer, from, of } from 'rxjs';
import { SpeechError } from '../../src/errors.js';
import { openDoor } from '../../src/transports/door.js';
import type { DoorOptions } from '../../src/transports/door.js';
import { exitCodes } from '../exit.js';
import { bad, caution, failed, good, working } from './finding.js';
import type { Check, Finding } from './finding.js';
import { holderOf } from './holder.js';
import { knock } from './knock.js';
import type { Listener, Patience } from './knock.js';

export interface PortOptions extends DoorOptions {
  readonly id: string;
  /** Where a server of ours that runs here already would tell its events. */
  readonly eventsPort: number;
  readonly patience?: Partial<Patience>;
}

/** Whether a port of the server can be bound; and where it is in use, who listens there and which process that is. */
export function checkPort(options: PortOptions): Check {
  const { id, host, port, use } = options;
  if (port === 0) return of(good(id, `The ${use} port is any that is free.`, { port }));
  return defer(async (): Promise<Check> => {
    try {
      const door = await openDoor(options, (socket) => socket.destroy());
      door.close();
      return of(good(id, `The ${use} port ${port} on ${host} is free.`, { host, port }));
    } catch (error) {
      if (!(error instanceof SpeechError) || error.code !== 'port-in-use') return of(failed(id, error));
      return concat(of(working(`asking who listens on port ${port}`)), from(taken(options)));
    }
  }).pipe(concatAll());
}

/** Commands that are speech-to-speech servers: ours, installed or from a checkout, and the reference. */
const SERVER = /speech[-_]to[-_]speech|dist\/cli\/main\.js|s2s_pipeline/;

async function taken({ id, host, port, use, portFlag, eventsPort, patience }: PortOptions): Promise<Finding> {
  const holder = await holderOf(port);
  const by = holder === undefined ? '' : ` by process ${holder.pid} (${holder.command.slice(0, 80)})`;
  const facts = { host, port, holder: holder?.pid, command: holder?.command };
  const near = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  // The reference ends when its first client has left: a server that is known by its name is not knocked at.
  const known = holder !== undefined && SERVER.test(holder.command);
  if (known || (await knock(near, eventsPort, patience)).kind === 'events') {
    return caution(id, `The ${use} port ${port} is held${by}: a speech-to-speech server is running here already.`, `Use that one, stop it before you start another, or choose other ports with ${portFlag}.`, { ...facts, listener: 'speech-to-speech' });
  }
  const listener = await knock(near, port, patience);
  return bad(id, exitCodes.portInUse, `The ${use} port ${port} on ${host} is in use${by}: ${who(listener)}.`, `Stop that program, or choose another port with ${portFlag}.`, { ...facts, listener: listener.kind });
}

/** A listener in words. */
export function who(listener: Listener): string {
  switch (listener.kind) {
    case 'HTTP':
      return 'a web server (HTTP) listens there';
    case 'TLS':
      return 'an encrypted server (TLS) listens there';
    case 'SSH':
      return 'an SSH server listens there';
    case 'events':
      return 'the events port of a speech-to-speech server is there';
    case 'unknown':
      return `something else listens there, and says "${listener.said}"`;
    case 'curt':
      return 'what listens there hangs up on strangers, as a speech-to-speech server does';
    case 'silent':
      return 'what listens there accepts connections and says nothing';
    case 'nobody':
      return `nobody answers there (${listener.code})`;
  }
}
