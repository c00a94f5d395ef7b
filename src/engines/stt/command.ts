import { concat, connect, defaultIfEmpty, defer, map, NEVER, of, ReplaySubject, switchMap, take, tap, toArray, type Observable } from 'rxjs';
import { int16ToBytes } from '../../audio/pcm.js';
import { wavBytes } from '../../audio/wav.js';
import type { Loaded, Stt, Transcript } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { requireProgram, runProgram } from '../program.js';
import { heardWhole } from './collected.js';
import { heard } from './heard.js';

export interface CommandOptions {
  /** The program and its arguments; see `commandWords`. */
  readonly words: readonly string[];
  /** What it reads from stdin: a WAV file, once the utterance is over, or raw samples while it is spoken. Both are 16 kHz, 16 bit, mono. @default 'wav' */
  readonly input?: 'wav' | 'pcm';
  /** Milliseconds it may take from the end of the utterance. @default 30000 */
  readonly patience?: number;
}

/** Bytes of text that a program may write: more is no transcript. */
const MOST = 1 << 20;

/**
 * Any program as a recogniser. It is run anew for every utterance, without a shell, gets the audio through stdin and says
 * what it heard on stdout; cancelling kills it. A program that cannot be found fails loading with an error of kind `config`.
 */
export function command({ words, input = 'wav', patience }: CommandOptions): Loaded<Stt> {
  const [name = ''] = words;
  const run = (audio: Observable<Uint8Array>): Observable<Transcript> => {
    let size = 0;
    return runProgram({ stage: 'stt', words, input: audio, ...(patience === undefined ? {} : { patience }) }).pipe(
      tap(({ length }) => {
        size += length;
        if (size > MOST) throw new SpeechError(`The program ${name} writes without an end.`, { kind: 'stage', stage: 'stt', code: 'stt-program-failed' });
      }),
      toArray(),
      map((written) => ({ text: heard(Buffer.concat(written).toString()), final: true })),
    );
  };
  const whole = heardWhole((audio) => run(of(wavBytes(audio))));
  // The program is started by the first frame, which it gets, too; no frame, no program.
  const live: Stt = (utterance) => utterance.pipe(connect(
    (frames) => frames.pipe(take(1), switchMap(() => run(frames.pipe(map(int16ToBytes)))), defaultIfEmpty({ text: '', final: true })),
    { connector: () => new ReplaySubject(Infinity) },
  ));
  return defer(() => {
    requireProgram(name, 'stt', 'transcribe', 'Check --stt_command: its first word is a program on PATH, or the path of one that may be run.');
    return concat(of(input === 'pcm' ? live : whole), NEVER);
  });
}
