import { catchError, concat, defer, map, of } from 'rxjs';
import { onPath } from '../../src/audio/tools.js';
import { tryNative } from '../../src/engines/native-packages.js';
import type { NativePackage } from '../../src/engines/native-packages.js';
import { asSpeechError } from '../../src/errors.js';
import type { SpeechError } from '../../src/errors.js';
import { caution, failed, good, working } from './finding.js';
import type { Check, Finding } from './finding.js';

/** The id of what was found about a package. */
export const nativeId = (name: string): string => `native.${name.replace(/^.*\//, '')}`;

/** Whether packages with native code load on this machine, each in a process that may crash. */
export function checkNative(packages: readonly NativePackage[]): Check {
  return concat(of(working('loading the native packages')), ...packages.map((native) => defer(() => tryNative(native)).pipe(
    map((ms) => good(nativeId(native.name), `${native.name} loads.`, { ms })),
    catchError((error: unknown) => of(lacking(native, asSpeechError(error, { kind: 'stage', stage: native.stage, code: `${native.stage}-failed` })))),
  )));
}

/** What a package that does not load means: for Whisper there is another way, if it can be compiled. */
function lacking({ name, stage }: NativePackage, error: SpeechError): Finding {
  const id = nativeId(name);
  if (error.code === 'stt-no-binary' && onPath('make') && ['c++', 'g++', 'clang++'].some(onPath)) {
    return caution(id, `${name} has no binary for this machine; whisper-node takes over.`, 'Nothing needs to be done: it is compiled once, at the first start.', { code: error.code });
  }
  const finding = failed(id, error);
  const why = error.cause instanceof Error ? ` ${error.cause.message.slice(0, 300)}` : '';
  return { ...finding, text: `${name} does not load. ${error.message}${why}`, advice: error.hint ?? advice[stage] };
}

const reinstall = 'Install the packages again on this machine: npm ci.';
const advice = {
  vad: `${reinstall} Without it there is no voice activity detection.`,
  stt: `${reinstall} Or install make and a C++ compiler, so that whisper-node can take over.`,
  llm: `${reinstall} Or use a server: --llm_backend chat-completions --responses_api_base_url URL.`,
  tts: reinstall,
} as const;
