import { map, type Observable, take } from 'rxjs';
import type { Stage } from '../errors.js';
import { supervise } from './child.js';

/** A package with native code, and the process that loads it; started without arguments, that does nothing more. */
export interface NativePackage {
  readonly name: string;
  /** The stage that cannot do without it. */
  readonly stage: Stage;
  readonly file: URL;
}

export const nativePackages: readonly NativePackage[] = [
  { name: 'onnxruntime-node', stage: 'vad', file: new URL('./onnx-child.js', import.meta.url) },
  { name: '@napi-rs/whisper', stage: 'stt', file: new URL('./stt/whisper-child.js', import.meta.url) },
  { name: 'node-llama-cpp', stage: 'llm', file: new URL('./llm/llama-child.js', import.meta.url) },
];

/** Loads a native package in a process of its own, so that one that crashes is an error and not the end; emits ms when it has loaded. */
export function tryNative({ name, stage, file }: NativePackage): Observable<number> {
  const began = performance.now();
  return supervise({ name, stage, file, cancel: 'kill' }).pipe(take(1), map(() => Math.round(performance.now() - began)));
}
