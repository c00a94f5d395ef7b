import { readFileSync } from 'node:fs';
import { from, of } from 'rxjs';
import { wordErrorRate } from '../../../dist/cli/word-error-rate.js';
import { inWords } from '../../../dist/src/engines/tts/english/in-words.js';
import type { Engines, Loaded } from '../../../dist/src/engines.js';
import { registry } from '../../../dist/src/engines/registry.js';
import { modelsOf, settled, type Row } from '../../../dist/src/engines/row.js';
import { joined } from '../../contracts/tts.js';
import { embeddedServer } from '../../fixtures/embedded-server.js';
import { descendants } from '../../fixtures/program.js';
import { modelHere } from '../../real/models-here.js';
import type { Sentence } from './sentences.js';
import type { Subject } from './subjects.js';

/** What one sentence took, in ms. */
interface Took { readonly first: number; readonly whole: number; readonly audio: number }

/** What one way of running an engine costs: medians over all that it said or heard. */
export interface Cost {
  /** Milliseconds to the first audio, or to the transcript. */
  readonly wait: number;
  /** Milliseconds of work for a millisecond of audio. */
  readonly realTimeFactor: number;
  /** Bytes its processes took at most, together. */
  readonly memory: number;
}

/** One sentence in one voice. */
export interface Spoken { readonly sentence: Sentence; readonly audio: Int16Array }

export async function speakAll(name: keyof typeof registry.tts, subject: Subject, sentences: readonly Sentence[]): Promise<{ readonly spoken: readonly Spoken[]; readonly cost: Cost }> {
  const spoken: Spoken[] = [];
  const cost = await running(registry.tts[name], subject, async (tts, note) => {
    for (const sentence of sentences) {
      const began = performance.now();
      let first = 0;
      const chunks: Int16Array[] = [];
      await new Promise<void>((resolve, reject) => from(tts(sentence.written)).subscribe({
        next: (chunk) => {
          first ||= performance.now() - began;
          chunks.push(chunk);
        },
        error: reject,
        complete: resolve,
      }));
      const audio = joined(chunks);
      note({ first, whole: performance.now() - began, audio: audio.length / 16 });
      spoken.push({ sentence, audio });
    }
  });
  return { spoken, cost };
}

/** The texts heard, in the order of what was spoken. */
export async function hearAll(name: keyof typeof registry.stt, subject: Subject, spoken: readonly Spoken[]): Promise<{ readonly heard: readonly string[]; readonly cost: Cost }> {
  const heard: string[] = [];
  const cost = await running(registry.stt[name], subject, async (stt, note) => {
    for (const { audio } of spoken) {
      const began = performance.now();
      let text = '';
      await new Promise<void>((resolve, reject) => from(stt(of(audio))).subscribe({ next: (transcript) => { text = transcript.text; }, error: reject, complete: resolve }));
      const whole = performance.now() - began;
      note({ first: whole, whole, audio: audio.length / 16 });
      heard.push(text);
    }
  });
  return { heard, cost };
}

/** The share of all words that were heard wrongly, everything compared in words: see `asSpoken`. */
export function errorRate(said: readonly Sentence[], heard: readonly string[]): number {
  const wanted = said.map((sentence) => asSpoken(sentence.said ?? sentence.written));
  const words = wanted.map((text) => text.split(' ').length);
  const errors = wanted.reduce((sum, text, index) => sum + wordErrorRate(text, asSpoken(heard[index] ?? '')) * words[index]!, 0);
  return errors / words.reduce((sum, count) => sum + count, 0);
}

/**
 * Text as the words that are compared. Recognisers write the same words in many ways, as "$42.50" or "forty-two dollars and fifty cents":
 * all of it is put in words. The "and" within a number, which is said or not, does not count; nor do case, punctuation and hyphens.
 */
export function asSpoken(text: string): string {
  const written = text
    .replace(/(\d{1,2})[ .]?(\d\d) ?([ap])\.?m\b/gi, '$1:$2 $3m') // "3.05 pm"
    .replace(/\d[\d-]{5,}\d/g, (digits) => Array.from(digits.replaceAll('-', '')).join(' ')); // "555-1234567"
  return inWords(written).toLowerCase()
    .replace(/\b(hundred|thousand|dollars|euros) and\b/g, '$1')
    .replace(/\b([ap])\.? ?m\b\.?/g, '$1m')
    .replace(/\ba half\b/g, 'one half')
    .replaceAll('kilometre', 'kilometer')
    .replace(/['’]/g, '').split(/[^\p{L}\p{N}]+/u).filter(Boolean).join(' ');
}

/** Loads an engine, does the work, and lets go of it. What it works with is a server of ours where it asks one. */
async function running<S extends 'stt' | 'tts'>(row: Row<S>, subject: Subject, work: (engine: Engines[S], note: (took: Took) => void) => Promise<void>): Promise<Cost> {
  const server = subject.server ? await embeddedServer(row.stage) : undefined;
  const options = settled({ ...subject.options, ...(server && { sttBaseUrl: server.url, ttsBaseUrl: server.url }) });
  const files = Object.fromEntries(await Promise.all(modelsOf(row, options).map(async (name) => [name, await modelHere(name)] as const)));
  const took: Took[] = [];
  let memory = 0;
  const watching = setInterval(() => { memory = Math.max(memory, memoryOfChildren()); }, 50);
  try {
    await holding(row.load(options, files), (engine) => work(engine, (one) => took.push(one)));
  } finally {
    clearInterval(watching);
    await server?.stop();
  }
  return { wait: median(took.map(({ first }) => first)), realTimeFactor: median(took.map(({ whole, audio }) => whole / audio)), memory };
}

/** Holds a resource while it is worked with. */
function holding<E>(resource: Loaded<E>, work: (engine: E) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const held = resource.subscribe({ next: (engine) => void work(engine).then(resolve, reject).finally(() => held.unsubscribe()), error: reject });
  });
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Bytes that what we have started takes, but for the process that guards it; each at its peak so far. */
function memoryOfChildren(): number {
  const guards = new Set(descendants(process.pid, 'const groups = new Set'));
  return descendants(process.pid).filter((pid) => !guards.has(pid)).reduce((sum, pid) => {
    try {
      return sum + 1_024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      return sum; // It has ended meanwhile.
    }
  }, 0);
}
