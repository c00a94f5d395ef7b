import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'undici';
import { SpeechError } from '../errors.js';
import { hashFile, megabytes, needSpace } from './disk.js';
import { hubUrl } from './hub-address.js';
import { hubClient, inWords, reasonOf, retryAfter, type HubQuestion, type HubVariables } from './hub-request.js';
import { meter } from './meter.js';
import type { ModelFile, Source } from './model.js';
import { cut, discard, openPart, partsOf, received, startOver, takeUp, type OpenPart, type Part, type Segment } from './part.js';
import { NotHere, putInPlace, sumOf, wrongHash, type Errand } from './source.js';

/** How the hub is dealt with. */
export interface HubLimits {
  /** Milliseconds until the headers of an answer are there. @default 5000 */
  readonly answer: number;
  /** Milliseconds between two pieces of a body. @default 30000 */
  readonly stall: number;
  /** Parts of one file that come at a time. @default 4 */
  readonly connections: number;
  /** Bytes for which a connection of its own is worth while. @default 16 MiB */
  readonly segment: number;
}

export const hubLimits: HubLimits = { answer: 5_000, stall: 30_000, connections: 4, segment: 1 << 24 };

/** How often a download that breaks off is taken up again, as long as each attempt brings something. */
const RESUMES = 5;

/** Seconds that are waited where a server asks for it; one that asks for more is left. */
const LONGEST_WAIT = 120;

const KEPT = 'what has come is kept for the next attempt';

/**
 * Fetches files from a hub. A file comes in segments over several connections at a time, where the server gives ranges,
 * into `<file>.part`; what has come is noted in `<file>.part.json`, and the next attempt asks for the rest. The file gets its
 * name once its sha256 fits.
 */
export async function fetchFromHub(hub: string, source: Extract<Source, { kind: 'hub' }>, errand: Errand, limits: HubLimits, env: HubVariables): Promise<void> {
  const progress = meter(sumOf(errand.files), errand.say);
  const { ask, close } = hubClient(env);
  try {
    let done = 0;
    for (const file of errand.files) {
      const before = done;
      await fetchFile({ url: hubUrl(hub, source, file.name), errand, limits, ask, tell: (count, jump) => progress.set(file.name, before + count, jump) }, file);
      done += file.size;
    }
  } finally {
    await close();
  }
}

/** All that the fetching of one file needs. */
interface Job {
  readonly url: string;
  readonly errand: Errand;
  readonly limits: HubLimits;
  readonly ask: (url: string, question: HubQuestion) => Promise<Response>;
  /** So many bytes of the file are there; `jump` where they did not arrive just now. */
  readonly tell: (count: number, jump: boolean) => void;
}

/** The connection ended before what was asked for had come. */
class BrokenOff extends Error {}

/** The server has another version of the file than that of which something has come, or refuses to go on. */
class OtherVersion extends Error {}

async function fetchFile(job: Job, file: ModelFile): Promise<void> {
  const { errand, limits, tell } = job;
  const { folder, signal } = errand;
  const [name] = partsOf(file.name);
  const part = await takeUp(join(folder, name), file, () => cut(file.size, limits.connections, limits.segment));
  tell(received(part), true);
  await needSpace(folder, file.size - received(part));
  let versions = 1;
  while (received(part) < file.size) {
    const out = await openPart(part, folder, limits.segment / 4);
    try {
      await fetchSegments(job, part, out);
      await out.sync();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NotHere && error.damaged) await discard(part);
      if (!(error instanceof OtherVersion)) throw error;
      await startOver(part);
      if (++versions > 2) throw new NotHere(error.message);
    } finally {
      await out.close();
      if (received(part) === 0) await discard(part);
    }
  }
  const sha256 = await hashFile(part.path, signal);
  if (sha256 !== file.sha256) {
    await discard(part);
    throw wrongHash(file, sha256);
  }
  await putInPlace(part.path, file, folder);
  await discard(part);
}

/**
 * All segments at a time, after the first has found out whether there are ranges. Its failure ends them all. Another that
 * the server will not give at the same time is left for the next call: there are those that count connections.
 */
async function fetchSegments(job: Job, part: Part, out: OpenPart): Promise<void> {
  const controller = new AbortController();
  const signal = AbortSignal.any([job.errand.signal, controller.signal]);
  const runs: Promise<void>[] = [];
  const start = (segment: Segment, onAnswer?: (isWhole: boolean) => void): void => {
    runs.push(fetchSegment({ ...job, errand: { ...job.errand, signal } }, part, segment, out, onAnswer).catch((error: unknown) => {
      if (onAnswer !== undefined || !(error instanceof NotHere) || error.damaged) controller.abort(error);
    }));
  };
  const [first, ...others] = part.segments.filter(({ at, to }) => at < to);
  if (first !== undefined) start(first, (isWhole) => { if (!isWhole) for (const segment of others) start(segment); });
  for (let i = 0; i < runs.length; i++) await runs[i]; // the first adds to them
  // A state that cannot be written costs bytes that come again, and no more.
  if (received(part) > 0) await out.save().catch(() => undefined);
  if (controller.signal.aborted) throw controller.signal.reason;
}

/** @param onAnswer of the first segment: told once of a good answer, and whether it is the whole file */
async function fetchSegment(job: Job, part: Part, asked: Segment, out: OpenPart, onAnswer?: (isWhole: boolean) => void): Promise<void> {
  const { limits, errand } = job;
  let segment = asked;
  let leads = onAnswer;
  for (let attempt = 1, waits = 0; segment.at < segment.to; attempt++) {
    const had = received(part);
    const patience = patient(errand.signal);
    try {
      patience.expect(limits.answer, `no answer within ${limits.answer / 1000} s`);
      const answer = await request(job, part, segment, patience.signal);
      const wait = retryAfter(answer);
      if (wait !== undefined && wait <= LONGEST_WAIT && waits < RESUMES) {
        patience.end();
        attempt--;
        waits++;
        errand.say({ type: 'waiting', source: new URL(answer.url).host, seconds: wait });
        await sleep(wait * 1_000, undefined, { signal: errand.signal });
        continue;
      }
      const isWhole = check(answer, part, segment, leads !== undefined);
      if (isWhole) {
        await startOver(part);
        segment = part.segments[0] ?? segment;
      }
      part.etag ??= tagOf(answer);
      leads?.(isWhole);
      leads = undefined;
      await read(answer, part, segment, out, job, patience);
    } catch (error) {
      errand.signal.throwIfAborted();
      if (!(error instanceof BrokenOff)) throw error;
      if (attempt > RESUMES || received(part) <= had) throw new NotHere(`${error.message}; ${KEPT}`);
    } finally {
      patience.end();
    }
  }
}

function request({ url, ask }: Job, { etag, file }: Part, { at, to }: Segment, signal: AbortSignal): Promise<Response> {
  const isRange = at > 0 || to < file.size;
  return ask(url, {
    signal,
    headers: isRange ? { range: `bytes=${at}-${to < file.size ? to - 1 : ''}`, ...(etag !== undefined && { 'if-range': etag }) } : {},
  });
}

/** Only a strong tag may be asked for again; without one the hash decides. */
function tagOf({ headers }: Response): string | undefined {
  const tag = headers.get('etag') ?? '';
  return tag.startsWith('"') ? tag : undefined;
}

/** Whether the answer is the whole file. Leaves a server that has something else under this name. */
function check(answer: Response, { file, etag }: Part, { at, to }: Segment, mayBeWhole: boolean): boolean {
  const { status, ok, headers } = answer;
  if (status === 416) throw new OtherVersion('it refused to go on');
  if (!ok) throw new NotHere(`it answered ${inWords(status)}`);
  const offers = (bytes: string | null | undefined): void => {
    if (bytes != null && Number(bytes) !== file.size) throw new NotHere(`it offers ${bytes} bytes instead of ${file.size}`);
  };
  const isRange = at > 0 || to < file.size;
  if (status !== 206) {
    offers(headers.get('content-length'));
    if (isRange && !mayBeWhole) throw new OtherVersion('it has another version by now');
    return isRange;
  }
  const [, from, size] = /^bytes (\d+)-\d+\/(\d+)?/.exec(headers.get('content-range') ?? '') ?? [];
  offers(size);
  const tag = tagOf(answer);
  if (Number(from) !== at || (etag !== undefined && tag !== undefined && tag !== etag)) throw new OtherVersion('it sent something else than was asked for');
  return false;
}

async function read(answer: Response, part: Part, segment: Segment, out: OpenPart, { errand, limits, tell }: Job, patience: Patient): Promise<void> {
  const { file } = part;
  const awaitMore = (): void => patience.expect(limits.stall, `nothing came for ${limits.stall / 1000} s after ${megabytes(received(part))}; ${KEPT}`);
  awaitMore();
  try {
    for await (const piece of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      if (segment.at + piece.length > segment.to) throw new NotHere(segment.to === file.size ? `its ${file.name} is longer than ${file.size} bytes` : 'it sent more than was asked for', true);
      await out.write(segment, piece);
      tell(received(part), false);
      awaitMore();
    }
  } catch (error) {
    if (error instanceof NotHere || error instanceof SpeechError) throw error;
    errand.signal.throwIfAborted();
    throw patience.signal.aborted ? patience.signal.reason : new BrokenOff(`the connection broke off after ${megabytes(received(part))} (${reasonOf(error)})`);
  }
  if (segment.at < segment.to) throw new BrokenOff(`the connection broke off after ${megabytes(received(part))}`);
}

interface Patient {
  /** Aborted with the caller's signal, or when what was expected did not come. */
  readonly signal: AbortSignal;
  readonly expect: (ms: number, otherwise: string) => void;
  /** Lets go of the request: of a body nobody reads to its end, too. */
  readonly end: () => void;
}

/** Patience with one request. */
function patient(caller: AbortSignal): Patient {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: AbortSignal.any([caller, controller.signal]),
    expect: (ms, otherwise) => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new NotHere(otherwise)), ms);
    },
    end: () => {
      clearTimeout(timer);
      controller.abort();
    },
  };
}
