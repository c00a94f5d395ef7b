import { styleText } from 'node:util';
import type { CancelReason } from '../../src/events.js';
import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';
import { clock } from './clock.js';
import { bytes, echoWords, stopwatch } from './durations.js';
import { latencyLine } from './latency.js';
import { differsWords } from './settings-view.js';

export interface PlainOptions {
  /** @default false */
  readonly colour?: boolean;
  /** For terminals without Unicode. @default false */
  readonly ascii?: boolean;
  /** What the conversation of a watchdog waits for: see `waitingFor`. */
  readonly waiting?: string;
}

/** How a kind of news looks: never by colour alone. */
interface Look { readonly symbol: string; readonly ascii: string; readonly colour: 'green' | 'cyan' | 'blue' | 'yellow' | 'red' | 'gray' | 'magenta' }

const looks = {
  good: { symbol: '●', ascii: '*', colour: 'green' },
  hearing: { symbol: '◉', ascii: 'o', colour: 'cyan' },
  heard: { symbol: '‹', ascii: '<', colour: 'cyan' },
  answered: { symbol: '›', ascii: '>', colour: 'magenta' },
  fact: { symbol: '·', ascii: '-', colour: 'gray' },
  shut: { symbol: '■', ascii: '#', colour: 'blue' },
  warning: { symbol: '!', ascii: '!', colour: 'yellow' },
  bad: { symbol: '✖', ascii: 'x', colour: 'red' },
} as const satisfies Record<string, Look>;

interface Line { readonly look: Look; readonly word: string; readonly text?: string }

/**
 * An event as a readable line, or as two where an answer brings its latency; `undefined` for what changes too often to be
 * read. `12:03:33  ‹ heard       "what is the capital of France"   turn 2`
 */
export function plainLine(event: AppEvent, { colour = false, ascii = false, waiting }: PlainOptions = {}): string | undefined {
  const lines = linesOf(event, waiting);
  if (lines.length === 0) return undefined;
  const where = 'turn' in event ? `   turn ${event.turn}` : '';
  return lines.map(({ look, word, text = '' }) => {
    const paint = (part: string) => (colour ? styleText(look.colour, part, { validateStream: false }) : part);
    const words = text === '' && where === '' ? word : word.padEnd(13);
    return `${clock(event.at)}  ${paint(`${ascii ? look.ascii : look.symbol} ${words}`)}${sanitise(text)}${where}`.trimEnd();
  }).join('\n');
}

function linesOf(event: AppEvent, waiting: string | undefined): Line[] {
  switch (event.type) {
    case 'listening':
      return [{ look: looks.good, word: 'listening' }];
    case 'speech.started':
      return [{ look: looks.hearing, word: 'hearing you' }];
    case 'speech.stopped':
      return event.accepted
        ? [{ look: looks.hearing, word: 'speech ended', text: `${seconds(event.voiced)} of speech${event.reason === 'length' ? ', cut at the longest utterance' : ''}` }]
        : [{ look: looks.fact, word: 'ignored', text: `only ${seconds(event.voiced)} of speech` }];
    case 'typed':
      return [];
    case 'transcript':
      if (!event.final) return [];
      return event.text.trim() === ''
        ? [{ look: looks.fact, word: 'heard', text: 'no words' }]
        : [{ look: looks.heard, word: 'heard', text: `"${event.text}"${event.language === undefined ? '' : ` (${event.language})`}` }];
    case 'reply.done':
      return [
        { look: looks.answered, word: 'answered', text: `"${event.text}" (${seconds(event.length)} of speech)` },
        ...(event.latency ? [{ look: looks.fact, word: 'latency', text: latencyLine(event.latency) }] : []),
      ];
    case 'cancelled':
      return [{ look: looks.fact, word: 'cancelled', text: `${cancelWords[event.reason]}${event.heard === undefined ? '' : `; ${seconds(event.heard)} of the answer were heard`}` }];
    case 'failed': {
      // A client that cannot go on ends the program, which says so on stderr.
      if (!('turn' in event)) return [];
      const hint = event.hint === undefined ? '' : ` ${event.hint}`;
      return [{ look: looks.bad, word: 'failed', text: `${event.stage}: ${event.message} (${event.code})${hint}` }];
    }
    case 'gate': {
      return event.open
        ? [{ look: looks.good, word: 'gate open', text: `${event.reason}${missed(event.dropped, 'of microphone audio was dropped meanwhile')}` }]
        : [{ look: looks.shut, word: 'gate closed', text: event.reason }];
    }
    case 'watchdog':
      return watchdogLines(event.remaining, event.fired, waiting);
    case 'tool.asked':
      return [{ look: looks.warning, word: 'asking', text: `whether ${event.tools.join(' and ')} may be used` }];
    case 'tool.decided':
      return [event.decision === 'yes'
        ? { look: looks.good, word: 'allowed', text: event.tools.join(' and ') }
        : { look: looks.shut, word: 'not allowed', text: `${event.tools.join(' and ')}${event.decision === 'late' ? ': the answer came too late' : ''}` }];
    case 'tool.called':
      return [{ look: looks.fact, word: 'tool', text: `${event.tool} ${event.args}` }];
    case 'tool.done':
      return [{ look: event.ok ? looks.fact : looks.warning, word: event.ok ? 'tool done' : 'tool failed', text: `${event.tool} after ${seconds(event.ms)}: ${event.result}` }];
    case 'warning':
      return [{ look: looks.warning, word: 'warning', text: event.message }];
    case 'notice':
      return [{ look: looks.fact, word: 'notice', text: event.message }];
    case 'loading':
      return [{ look: looks.fact, word: 'loading', text: `${event.stage} ${event.engine}` }];
    case 'loaded':
      return [{ look: looks.fact, word: 'ready', text: `${event.stage} ${event.engine} after ${seconds(event.ms)}` }];
    case 'serving':
      return [{ look: looks.good, word: 'serving', text: `microphone on ${address(event.recv)}, replies on ${address(event.send)}` }];
    case 'connecting':
      // The line before has said when it is tried again.
      return event.attempt > 0 ? [] : [{ look: looks.fact, word: 'connecting', text: `to ${event.host}, ports ${event.sendPort} and ${event.recvPort}` }];
    case 'connected':
      return [{ look: looks.good, word: 'connected', text: 'peer' in event ? `${event.peer}, session ${event.session}` : `to the server${missed(event.missed, 'of microphone audio was lost meanwhile')}` }];
    case 'waiting':
      return [event.lacks === 'microphone'
        ? { look: looks.fact, word: 'waiting', text: `${event.peer} has opened the reply port; its microphone has yet to come` }
        : { look: looks.fact, word: 'waiting', text: `${event.peer} is heard, and would hear no answer: its reply port has yet to come` }];
    case 'paired':
      return [{ look: looks.good, word: 'paired', text: `${event.peer}: its reply port has come, it hears answers` }];
    case 'disconnected': {
      const retry = 'retryIn' in event ? `; trying again in ${seconds(event.retryIn)}` : '';
      return [{ look: looks.fact, word: 'disconnected', text: `${'peer' in event ? `${event.peer}: ` : ''}${event.reason.replace(/\.$/, '')}${retry}` }];
    }
    case 'refused':
      return [{ look: looks.warning, word: 'refused', text: `${event.peer}: ${event.reason}` }];
    case 'muted':
      return [{ look: event.muted ? looks.shut : looks.good, word: event.muted ? 'muted' : 'unmuted', text: event.by === 'user' ? 'by you' : event.muted ? 'while the reply plays' : `the reply has been played${missed(event.dropped, 'of microphone audio was not sent meanwhile')}` }];
    case 'underrun':
      // One that comes every second would flood the screen: it is told of the 1st, 2nd, 4th, 8th …
      return Number.isInteger(Math.log2(event.count))
        ? [{ look: looks.warning, word: 'underrun', text: `the reply came too late to be heard without a gap (${event.count} so far); ${event.jitter} ms are collected first now` }]
        : [];
    case 'cut':
      return [{ look: looks.fact, word: 'cut', text: `${seconds(event.unheard)} of the answer are not played` }];
    case 'device':
      return [event.lost
        ? { look: looks.warning, word: 'device', text: `${event.reason.replace(/\.$/, '')}; trying again in ${seconds(event.retryIn)}` }
        : { look: looks.good, word: 'device', text: `the ${event.device} is back` }];
    case 'echo':
      return [{ look: looks.fact, word: 'echo', text: `the microphone hears the speaker: ${echoWords(event)} without its echo` }];
    case 'guard':
      return [event.trusted
        ? { look: looks.good, word: 'echo gone', text: 'answers can be interrupted' }
        : { look: looks.fact, word: 'echo', text: 'answers cannot be interrupted before the echo of the speaker is known' }];
    case 'mic.ended':
      return [{ look: looks.fact, word: 'microphone', text: 'has ended' }];
    case 'recorder':
      return [event.on
        ? { look: looks.warning, word: 'RECORDING', text: `everything that is said is kept in ${event.folder}. Tell those who speak.` }
        : { look: looks.fact, word: 'not recorded', text: 'any more: what is said from now on is not kept' }];
    case 'recording': {
      const { on, folder, reason, ms, bytes: size } = event;
      // How much it is by now changes too often to be read.
      if (on) return ms === undefined ? [{ look: looks.warning, word: 'RECORDING', text: `everything that is said, into ${folder}` }] : [];
      const amount = ms === undefined || size === undefined ? '' : `; ${stopwatch(ms)}, ${bytes(size)} in ${folder}`;
      return [{ look: looks.fact, word: 'recorded', text: `${reason ?? 'the recording has ended'}${amount}` }];
    }
    case 'telling':
      return [{ look: looks.good, word: 'telling', text: `events on ${address(event.events)}` }];
    case 'viewer.joined':
      return [{ look: looks.fact, word: 'watched', text: `by ${event.peer}` }];
    case 'viewer.left':
      return [{ look: looks.fact, word: 'unwatched', text: `${event.peer}: ${event.reason}` }];
    case 'watching':
      return [{ look: looks.good, word: 'watching', text: address(event) }];
    case 'watch.lost':
      return [{ look: looks.fact, word: 'lost', text: `${event.reason.replace(/\.$/, '')}; trying again in ${seconds(event.retryIn)}` }];
    case 'dropped':
      return [{ look: looks.fact, word: 'dropped', text: `${event.levels} levels: this viewer is slow` }];
    case 'accepted':
      return [{ look: looks.good, word: 'accepted', text: event.command }];
    case 'error':
      return [{ look: looks.bad, word: 'refused', text: `${event.message} (${event.code})` }];
    case 'unknown':
      return [{ look: looks.fact, word: 'unknown', text: event.name === '' ? 'a line that is no event' : `an event "${event.name}", which a newer program may know` }];
    case 'changed':
      return [{ look: looks.good, word: 'changed', text: differsWords(event.differs) }];
    case 'settings':
    case 'hello':
    case 'replay':
    case 'snapshot':
    case 'reply.started':
    case 'reply.text':
    case 'reply.audio':
    case 'playing':
    case 'levels':
    case 'traffic':
    case 'wire':
    case 'progress':
    case 'health':
      return [];
  }
}

export const cancelWords: Readonly<Record<CancelReason, string>> = {
  'no-words': 'no words were heard',
  interrupted: 'you spoke again',
  ignored: 'another answer was under way',
  backchannel: 'too short to interrupt the answer',
  watchdog: 'it took too long',
  asked: 'as asked for',
  left: 'the client left',
};

function missed(ms: number | undefined, what: string): string {
  return ms ? `; ${seconds(ms)} ${what}` : '';
}

/** Seconds before the watchdog fires at which a line reminds of it. */
const reminders: ReadonlySet<number> = new Set([20, 10, 5, 3, 2, 1]);

function watchdogLines(remaining: number, fired: boolean, waiting: string | undefined): Line[] {
  if (fired) return [{ look: looks.bad, word: 'watchdog', text: 'the answer took too long: given up, listening again' }];
  const left = Math.round(remaining / 1000);
  return reminders.has(left) ? [{ look: looks.warning, word: 'watchdog', text: `${waiting === undefined ? '' : `not listening: waiting for ${waiting}; `}listening again in ${left} s, whatever happens` }] : [];
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function address({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
