import { z } from 'zod';
import type { ConversationOptions } from '../conversation.js';
import { SpeechError } from '../errors.js';
import type { SessionChange } from '../session-options.js';
import { SOURCES, type Input, type InputSource } from './door.js';

/** The version of the inputs of a recording. */
export const RECORDING_VERSION = 1;

/** The files of a recording. */
export const FILES = {
  /** What the client sent, and what was sent to it, without the pauses between. */
  microphone: 'microphone.wav',
  reply: 'reply.wav',
  /** What the TTS made, whether or not it was sent. */
  voice: 'voice.wav',
  /** What happened, as `--ui json` prints it. */
  events: 'events.ndjson',
  /** What the conversation learnt of the world, and when. */
  inputs: 'inputs.ndjson',
} as const;

const count = z.int().min(0);
const ms = z.number();
const failure = z.object({
  message: z.string(),
  kind: z.enum(['net', 'device', 'stage', 'config', 'model', 'internal']).exactOptional(),
  code: z.string().exactOptional(), hint: z.string().exactOptional(), stage: z.enum(['vad', 'stt', 'llm', 'tts']).exactOptional(),
});
const speech = z.object({
  threshold: z.number(), endThreshold: z.number(), minSpeech: ms, maxSpeech: ms, preRoll: ms, minSilence: ms,
}).partial();
const tool = z.object({
  name: z.string(), description: z.string(), parameters: z.record(z.string(), z.unknown()),
  acts: z.boolean().exactOptional(), filler: z.string().exactOptional(), timeout: ms.exactOptional(),
});
const session = z.object({
  system: z.string(), chatSize: count, chatTokens: count, language: z.string(), speech, speculate: z.boolean(),
  policy: z.enum(['interrupt', 'ignore', 'queue']), lead: ms, tools: z.array(tool),
  limits: z.object({ stt: ms, firstToken: ms, nextToken: ms, tts: ms }).partial(), differs: z.record(z.string(), z.string()),
}).partial();

const header = z.object({
  recording: z.int().min(1),
  /** Clock time (ms) at which it began. */
  at: count,
  session: count,
  options: z.object({ bargeIn: z.boolean(), watchdog: ms, chunkSize: count, levels: z.boolean(), idleTimeout: ms, session }).partial(),
});
const call = { t: count, call: z.int().min(1) };
const change = session.extend({ engines: z.array(z.enum(['stt', 'llm', 'tts'])) });
const said = <const F extends InputSource, V extends z.ZodType>(from: F, value: V) => z.object({ ...call, from: z.literal(from), value });
const line = z.union([
  /** Bytes, of microphone.wav. */
  said('mic', count),
  said('vad', z.number()),
  said('stt', z.object({ text: z.string(), final: z.boolean(), language: z.string().exactOptional() })),
  said('llm', z.union([z.string(), z.object({ id: z.string(), name: z.string(), args: z.string() })])),
  said('tool', z.string()),
  /** Samples, of voice.wav. */
  said('tts', count),
  said('cancel', z.enum(['no-words', 'interrupted', 'ignored', 'backchannel', 'watchdog', 'asked', 'left'])),
  said('gone', z.literal(true)),
  said('changes', change),
  said('typed', z.string()),
  z.object({ ...call, from: z.enum(SOURCES), error: failure }),
  z.object({ ...call, from: z.enum(SOURCES), end: z.literal(true) }),
  z.object({ sent: count }),
  z.object({ words: z.string().nullable() }),
  z.object({ t: count, over: z.enum(['complete', 'left', 'stopped']), events: count }),
]);

export type Header = z.infer<typeof header>;
/** How a recording ends: `complete` by itself, `left` by somebody, `stopped` before the conversation did; after so many events. */
export interface Over { readonly t: number; readonly over: 'complete' | 'left' | 'stopped'; readonly events: number }

/** The first line: what has to be known to hold the conversation again. Functions among the options cannot be kept. */
export function headerLine(at: number, number: number, { bargeIn, watchdog, chunkSize, levels, idleTimeout, session }: ConversationOptions): string {
  const options = { bargeIn, watchdog, chunkSize, levels, idleTimeout, session: { ...session, changes: undefined, typed: undefined } };
  // JSON has no Infinity; where an option takes it, it is the default.
  return JSON.stringify({ recording: RECORDING_VERSION, at, session: number, options }, (_key, value: unknown) => (value === Infinity ? undefined : value));
}

/** An input as a line; of samples it holds how many there are. */
export function inputLine(input: Input, start: number): string {
  if (!('from' in input)) return JSON.stringify(input);
  const { at, ...said } = input;
  if ('error' in said) return JSON.stringify({ t: at - start, ...said, error: failureOf(said.error) });
  if ('end' in said) return JSON.stringify({ t: at - start, ...said });
  return JSON.stringify({ t: at - start, ...said, value: written(said.value, said.from === 'changes') });
}

function written(value: unknown, isChange: boolean): unknown {
  if (value instanceof Int16Array || value instanceof Uint8Array) return value.length;
  if (!isChange) return value;
  const { stt, llm, tts, ...plain } = value as SessionChange;
  return { ...plain, engines: Object.entries({ stt, llm, tts }).flatMap(([stage, engine]) => (engine === undefined ? [] : [stage])) };
}

function failureOf(thrown: unknown): z.infer<typeof failure> {
  if (!(thrown instanceof SpeechError)) return { message: thrown instanceof Error ? thrown.message : String(thrown) };
  const { message, kind, code, hint, stage } = thrown;
  return { message, kind, code, ...(hint !== undefined && { hint }), ...(stage !== undefined && { stage }) };
}

/** Takes the next so many bytes of a file; undefined where they are not there. */
export type Take = (bytes: number) => Uint8Array | undefined;

/** Reads a first line; undefined where it is none. */
export function readHeader(value: unknown): Header | undefined {
  return header.safeParse(value).data;
}

/** Reads any other line; `cut` where the samples that it speaks of are missing, undefined where it is none. */
export function readInput(value: unknown, start: number, microphone: Take, voice: Take): Input | Over | 'cut' | undefined {
  const read = line.safeParse(value).data;
  if (read === undefined || !('from' in read)) return read;
  const { t, from, call: number } = read;
  const where = { at: start + t, from, call: number };
  if ('error' in read) return { ...where, error: thrownOf(read.error) };
  if ('end' in read) return { ...where, end: true };
  switch (read.from) {
    case 'mic': {
      const bytes = microphone(read.value);
      return bytes === undefined ? 'cut' : { ...where, value: bytes };
    }
    case 'tts': {
      const bytes = voice(read.value * 2);
      return bytes === undefined ? 'cut' : { ...where, value: new Int16Array(Uint8Array.from(bytes).buffer) };
    }
    case 'changes': {
      const { engines, ...plain } = read.value;
      // What a replay door hears of them comes from the recording.
      return { ...where, value: { ...plain, ...Object.fromEntries(engines.map((stage) => [stage, () => []])) } };
    }
    default:
      return { ...where, value: read.value };
  }
}

function thrownOf({ message, kind, code, ...more }: z.infer<typeof failure>): Error {
  return kind === undefined || code === undefined ? new Error(message) : new SpeechError(message, { kind, code, ...more });
}
