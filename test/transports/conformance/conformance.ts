import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { int16ToBytes } from '../../../src/audio/pcm.js';
import { readWav } from '../../../src/audio/wav.js';
import { SpeechError } from '../../../src/errors.js';
import { openDoors, type Pair } from '../../fixtures/doors.js';
import { say } from '../../fixtures/voices.js';
import { clientSentences } from './client-sentences.js';
import type { Meeting } from './meeting.js';
import { conformanceOptions, HELP, type Options } from './options.js';
import { newCommand } from './running.js';
import { judge, within, type Sentence, type Verdict } from './sentence.js';
import { serverSentences } from './server-sentences.js';
import { line, totals } from './table.js';
import { acquaint, newVisit, type Manners, type ServerSubject } from './visit.js';

/** Where the program writes. */
export interface Output {
  readonly out: (text: string) => void;
  /** What is not a result: what somebody should do, and what went wrong. */
  readonly note: (text: string) => void;
}

/** Judges the program that the arguments name, prints the verdicts and resolves with the exit code. */
export async function conformance(argv: readonly string[], { out, note }: Output): Promise<number> {
  let options: Options | undefined;
  try {
    options = conformanceOptions(argv);
  } catch (error) {
    if (!(error instanceof SpeechError)) throw error;
    note(`error: ${error.message}\n${error.hint ?? ''}\n`);
    return 2;
  }
  if (options === undefined) {
    out(HELP);
    return 0;
  }
  const verdicts: Verdict[] = [];
  const judged = options.profile === 'server' ? judgeServer(options, note) : judgeClient(options, note);
  for await (const verdict of judged) {
    verdicts.push(verdict);
    if (!options.json) out(`${line(verdict)}\n`);
  }
  const sum = totals(verdicts);
  out(options.json ? `${JSON.stringify({ profile: options.profile, verdicts, totals: sum }, null, 2)}\n` : `\n${sum.pass} passed, ${sum.fail} failed, ${sum.known} known differences, ${sum.skip} skipped\n`);
  return sum.fail > 0 ? 1 : 0;
}

function chosen<S>(sentences: readonly Sentence<S>[], { section }: Options): readonly Sentence<S>[] {
  return sentences.filter(({ id }) => section === undefined || id.startsWith(`${section}.`));
}

async function* judgeServer(options: Options, note: Output['note']): AsyncGenerator<Verdict> {
  const { host, micPort, replyPort, speed, patience, quiet, reference } = options;
  const ports = { host, micPort, replyPort };
  const command = options.command.length === 0 ? undefined : newCommand(options.command, ports, patience);
  const subject: ServerSubject = { ports, voice: await question(options), speed, patience, quiet, ...(command === undefined ? {} : { start: command.start }) };
  try {
    await command?.ensure();
    const manners = await acquaint(subject).catch((error: unknown): Manners | undefined => {
      note(`The server did not answer the first question (${error instanceof Error ? error.message : String(error)}); what needs an answer is skipped.\n`);
      return undefined;
    });
    for (const sentence of chosen(serverSentences, options)) {
      // The client before has left; a server may need a moment to notice.
      await sleep(quiet);
      await command?.ensure();
      const visit = newVisit({ ...subject, manners });
      const verdict = await judge(sentence, visit, reference);
      await visit.end();
      if (verdict.result === 'fail' || verdict.result === 'known') await command?.end();
      yield verdict;
    }
  } finally {
    await command?.end();
  }
}

async function* judgeClient(options: Options, note: Output['note']): AsyncGenerator<Verdict> {
  const { host, style, patience, quiet, reference } = options;
  const doors = await openDoors(options.micPort, options.replyPort, host);
  const { micPort, replyPort } = doors.ports;
  note(`Start the client now, for example: listen-and-play --host ${host} --send_port ${micPort} --recv_port ${replyPort}\n`);
  let pair = doors.pair();
  let here: Pair | undefined;
  let begun = false;
  const met = async (): Promise<Pair> => (here = await within(patience, pair, 'no client has connected to both ports'));
  const meeting: Meeting = {
    style, patience, quiet, doors,
    meet: async () => {
      if (here?.mic.destroyed) pair = doors.pair();
      if (begun && here?.mic.destroyed !== false) note('Start the client again.\n');
      begun = true;
      return met();
    },
    again: () => {
      pair = doors.pair();
      here = undefined;
      return met();
    },
    dismiss: async () => note('Stop the client now (Ctrl-C).\n'),
  };
  try {
    for (const sentence of chosen(clientSentences, options)) yield await judge(sentence, meeting, reference);
  } finally {
    await doors.close();
  }
}

/** The question, without the silence around it. */
async function question({ speech }: Options): Promise<Uint8Array> {
  const samples = speech === undefined ? say('What is the capital of France?', 'rms') : readWav(await readFile(speech), speech).samples;
  const loud = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 20;
  const from = samples.findIndex((sample) => Math.abs(sample) > loud);
  return int16ToBytes(samples.slice(from, samples.findLastIndex((sample) => Math.abs(sample) > loud) + 1));
}
