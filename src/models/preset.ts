import { findModel } from './catalog.js';
import { megabytes } from './disk.js';
import type { MachineFacts } from './machine.js';
import { sumOf } from './source.js';
import { piperVoices } from './voice-models.js';

export const presets = ['fast', 'balanced', 'quality', 'multilingual', 'auto'] as const;

export type Preset = (typeof presets)[number];

/** What a preset sets, under the names of the settings; what is left out stays as it is. */
export interface PresetSettings {
  readonly sttModel: string;
  readonly llmModel: string;
  readonly language?: 'auto';
  readonly tts?: 'piper' | 'espeak-ng';
}

export interface PresetChoice {
  /** What `auto` came to; else what was asked for. */
  readonly name: Exclude<Preset, 'auto'>;
  readonly settings: PresetSettings;
  /** What was chosen and why, in one line. */
  readonly line: string;
}

/** The least that a model is of use with. */
interface Least {
  readonly model: string;
  /** Bytes of memory of the whole machine. */
  readonly memory: number;
  /** Speed of one thread, for Whisper; of all but one, for the language model. The machine of the measurements is 1 a thread. */
  readonly speed: number;
}

/**
 * From the best down, the last for any machine. Whisper runs on one thread: 0.25 s (tiny), 0.4 s (base) for a short sentence
 * where the speed is 1, and small about three times that. The 0.5B model writes 40 tokens a second a thread; what the others
 * do is taken from their size, as nobody has measured them: 1.5B 18, 4B 8. Speech needs about 15 not to wait.
 */
const whisper: readonly Least[] = [
  { model: 'small', memory: 4e9, speed: 0.8 }, { model: 'base', memory: 3e9, speed: 0.5 }, { model: 'tiny', memory: 0, speed: 0 },
];
const language: readonly Least[] = [
  { model: 'qwen3-4b', memory: 8e9, speed: 2.5 }, { model: 'qwen2.5-1.5b', memory: 4e9, speed: 0.8 }, { model: 'qwen2.5-coder-0.5b', memory: 0, speed: 0 },
];

/** Where each preset begins to look in the lists above. */
const beginsAt: Readonly<Record<PresetChoice['name'], { readonly whisper: number; readonly language: number }>> = {
  fast: { whisper: 2, language: 2 }, balanced: { whisper: 1, language: 1 }, quality: { whisper: 0, language: 0 }, multilingual: { whisper: 0, language: 0 },
};

/** Bytes that are left free on a disk. */
const RESERVE = 1e9;

/**
 * The models for a machine. Pure.
 *
 * @param spoken the language of the settings: a code, or `auto`
 */
export function choosePreset(preset: Preset, facts: MachineFacts, spoken: string): PresetChoice {
  const threads = Math.max(1, facts.cores - 1) * facts.speed;
  const name = preset !== 'auto' ? preset : threads >= 2.5 ? 'quality' : threads >= 0.8 ? 'balanced' : 'fast';
  const family = spoken.toLowerCase().split(/[-_]/)[0] ?? 'en';
  const isEnglish = family === 'en' && name !== 'multilingual';
  const sttOf = (size: string): string => (isEnglish ? `${size}.en` : size);

  let room = facts.room - RESERVE;
  const fits = (speed: number, nameOf: (model: string) => string) => (least: Least): boolean => {
    const size = sumOf(findModel(nameOf(least.model)).files);
    return facts.memory >= least.memory && speed >= least.speed && size <= room;
  };
  const best = (list: readonly Least[], from: number, speed: number, nameOf = (model: string): string => model): string => {
    const { model } = list.slice(from).find(fits(speed, nameOf)) ?? list.at(-1) ?? { model: '' };
    room -= sumOf(findModel(nameOf(model)).files);
    return model;
  };
  const stt = sttOf(best(whisper, beginsAt[name].whisper, facts.speed, (size) => `whisper-${sttOf(size)}`));
  const llmModel = best(language, beginsAt[name].language, threads);
  const tts = voiceFor(family, facts);
  const settings: PresetSettings = { sttModel: stt, llmModel, ...(name === 'multilingual' && { language: 'auto' }), ...(tts !== undefined && { tts }) };
  const machine = `${facts.cores} ${facts.cores === 1 ? 'core' : 'cores'} of speed ${facts.speed.toFixed(1)}, ${megabytes(facts.memory)} of memory and room for ${megabytes(facts.room)}`;
  const voice = tts ?? (family === 'en' || family === 'auto' ? 'hibari' : `hibari, which speaks English only, as there is no piper with a voice for ${family} and no espeak-ng here`);
  return { name, settings, line: `preset ${preset}${preset === 'auto' ? `, which is ${name} here` : ''}: whisper ${stt}, ${llmModel}, ${voice}, because of ${machine}` };
}

/** Who speaks a language; undefined for the embedded voice, which knows English. */
function voiceFor(family: string, { programs }: MachineFacts): PresetSettings['tts'] {
  if (family === 'en' || family === 'auto') return undefined;
  if (programs.piper && piperVoices.some(({ name }) => name.startsWith(`${family}_`))) return 'piper';
  return programs.espeak ? 'espeak-ng' : undefined;
}
