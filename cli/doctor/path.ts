import { lookup } from 'node:dns/promises';
import { concat, concatAll, concatMap, connect, defer, filter, from, ignoreElements, merge, mergeAll, of, takeUntil, tap } from 'rxjs';
import { errorCode } from '../../src/models/disk.js';
import { answeredIn } from '../../src/transports/foreign.js';
import { exitCodes } from '../exit.js';
import { answerFindings, heardFindings } from './answer-findings.js';
import { call } from './call.js';
import type { Call, CallOptions } from './call.js';
import { events } from './events.js';
import type { Told } from './events.js';
import { bad, failed, good, working } from './finding.js';
import type { Check, Finding } from './finding.js';
import { knock } from './knock.js';
import type { Listener, Patience } from './knock.js';
import { who } from './ports.js';

export interface PathOptions extends CallOptions {
  /** The words of the probe. */
  readonly words: string;
  /** Where the server would tell what it hears. */
  readonly eventsPort: number;
  /** Whether the user named that port, and so expects it to be there. */
  readonly eventsWanted?: boolean;
  readonly patience?: Partial<Patience>;
}

/** Examines the way to a server and back: the name, the ports, and a spoken question, which has to be answered. */
export function checkPath(options: PathOptions): Check {
  const { host } = options;
  return concat(of(working(`looking up ${host}`)), defer(async (): Promise<Check> => {
    try {
      const addresses = [...new Set((await lookup(host, { all: true })).map(({ address }) => address))];
      const found = good('path.name', addresses.includes(host) ? `${host} is an address.` : `${host} is ${addresses.join(' and ')}.`, { host, addresses });
      return concat(of(found), called(options));
    } catch (error) {
      return of(bad('path.name', exitCodes.error, `There is no host named ${host} (${errorCode(error) ?? 'unknown'}).`, 'Check the name after --host, and the network.', { host }));
    }
  }).pipe(concatAll()));
}

function called(options: PathOptions): Check {
  const { host, eventsPort } = options;
  return defer(() => {
    const told: Told[] = [];
    const listening = events(host, eventsPort).pipe(tap((event) => told.push(event)), ignoreElements());
    return call(options).pipe(
      connect((news) => merge(news, listening.pipe(takeUntil(news.pipe(filter(({ type }) => type === 'call')))))),
      concatMap((news): Check => (news.type === 'call' ? outcome(options, news, told) : of(news))),
    );
  });
}

function outcome(options: PathOptions, made: Call, told: readonly Told[]): Check {
  const { host, sendPort, recvPort } = options;
  if (made.joined === undefined) return concat(of(working('asking who listens there')), from(doors(options, made)).pipe(mergeAll()));
  const joined = good('path.ports', `Both ports of ${host} accept, within ${made.joined} ms.`, { sendPort, recvPort, ms: made.joined });
  const stranger = strangerIn(made);
  if (stranger !== undefined) return of(joined, foreign(options, stranger));
  if (made.stray.length > 0) return of(joined, crossed(options, 'what the server sends arrives on its microphone port'));
  if (made.reply.length > 0) return from([joined, ...answerFindings(made), ...heardFindings(options, told)]);
  if (!made.hungUp) return concat(of(joined, working('asking who listens there')), from(unanswered(options, told)).pipe(mergeAll()));
  if (made.spoken === 0) return of(joined, busy(options));
  return made.lastVoiced === undefined
    ? concat(of(joined), crossedOr(options))
    : of(joined, ...heardFindings(options, told), bad('path.answer', exitCodes.error, `${host} hung up without an answer.`, `Its log says why. ${trouble(told)}`.trim()));
}

/** Says of each port who is there; and where both accept by now, why they did not before. */
async function doors({ host, sendPort, recvPort, patience }: PathOptions, { error }: Call): Promise<Finding[]> {
  const [mic, reply] = await Promise.all([knock(host, sendPort, patience), knock(host, recvPort, patience)]);
  const findings = [door('path.send_port', host, sendPort, '--send_port', mic), door('path.recv_port', host, recvPort, '--recv_port', reply)];
  return findings.some(({ verdict }) => verdict === 'bad') ? findings : [failed('path.ports', error), ...findings];
}

function door(id: string, host: string, port: number, flag: string, listener: Listener): Finding {
  const facts = { host, port, listener: listener.kind };
  if (listener.kind !== 'nobody') return good(id, `${host}:${port} accepts: ${who(listener)}.`, facts);
  return listener.code === 'ECONNREFUSED'
    ? bad(id, exitCodes.error, `Nobody listens on ${host}:${port}.`, `Start the server there; it opens its ports when its models are loaded. One that listens on its own loopback only is not reached from elsewhere: start it with --recv_host 0.0.0.0 --send_host 0.0.0.0. Or name another port with ${flag}.`, { ...facts, code: listener.code })
    : bad(id, exitCodes.error, `${host}:${port} cannot be reached (${listener.code}).`, 'Check the network, and that no firewall keeps the port shut.', { ...facts, code: listener.code });
}

function strangerIn({ stray, reply }: Call): string | undefined {
  return answeredIn(stray) ?? answeredIn(reply);
}

function foreign({ host, sendPort, recvPort }: PathOptions, protocol: string): Finding {
  return bad('path.protocol', exitCodes.error, `What listens on ports ${sendPort} and ${recvPort} of ${host} is no speech-to-speech server: it speaks ${protocol}.`,
    'Check --host, --send_port and --recv_port.', { protocol });
}

function busy({ host }: PathOptions): Finding {
  return bad('path.busy', exitCodes.error, `${host} hung up at once: it is serving another client and has no room for one more, or does not let this machine in.`, 'Try again when the other client has left; or look at the server\'s --max_sessions and --allow.');
}

function crossed({ sendPort, recvPort }: PathOptions, proof: string): Finding {
  return bad('path.crossed', exitCodes.error, `The two ports are crossed: ${proof}.`,
    `Use --send_port ${recvPort} --recv_port ${sendPort}. (What the client calls send_port the server calls recv_port.)`);
}

/** A server that hangs up on the first words: it may have heard them on the wrong port. Whether that is so, shows when they are swapped. */
function crossedOr(options: PathOptions): Check {
  const { sendPort, recvPort } = options;
  return concat(of(working('trying it with the ports swapped')), call({ ...options, sendPort: recvPort, recvPort: sendPort }).pipe(
    concatMap((news): Check => {
      if (news.type === 'working') return of(news);
      return strangerIn(news) === undefined && news.reply.length > 0 ? of(crossed(options, 'the server hears and answers when they are swapped')) : from(hungUp(options));
    }),
  ));
}

async function hungUp(options: PathOptions): Promise<Finding> {
  const listener = await knock(options.host, options.sendPort, options.patience);
  return spoken(listener) === undefined
    ? bad('path.answer', exitCodes.error, `${options.host} hung up while it was spoken to.`, 'It may be no speech-to-speech server, or serve another client by now; its log says why.', { listener: listener.kind })
    : foreign(options, listener.kind);
}

async function unanswered(options: PathOptions, told: readonly Told[]): Promise<Finding[]> {
  const { host, sendPort, recvPort, timing } = options;
  const listeners = told.length > 0 ? [] : await Promise.all([sendPort, recvPort].map((port) => knock(host, port, options.patience)));
  const protocol = listeners.map(spoken).find((name) => name !== undefined);
  if (protocol !== undefined) return [foreign(options, protocol)];
  const silent = listeners.length > 0 && listeners.every(({ kind }) => kind === 'silent');
  return [...heardFindings(options, told), bad('path.answer', exitCodes.error, `No answer came from ${host} within ${(timing?.patience ?? 45_000) / 1000} s.`,
    silent
      ? 'What listens there says nothing at all: check that it is a speech-to-speech server, and that --send_port and --recv_port are not crossed.'
      : `Look at the server: whether it heard the question, and whether its language model answers. ${trouble(told)}`.trim(),
    { listeners: listeners.map(({ kind }) => kind) })];
}

function spoken({ kind }: Listener): string | undefined {
  return kind === 'HTTP' || kind === 'TLS' || kind === 'SSH' ? kind : undefined;
}

/** What the server itself told of having gone wrong. */
function trouble(told: readonly Told[]): string {
  const failure = told.findLast(({ type, message }) => type === 'failed' && typeof message === 'string');
  return failure === undefined ? '' : `It says: ${String(failure['message'])}`;
}
