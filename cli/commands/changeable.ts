import type { BargeInPolicy } from '../../operators/index.js';
import type { ServerSettings } from '../../src/config/settings.js';
import type { SessionChange } from '../../src/session-options.js';
import type { LiveSetting } from '../views/settings-view.js';
import { sessionOptions } from './conversation.js';

/** How settings are, in the words of their flags. */
export type Values = Readonly<Record<string, string>>;

/** Numbers in words, from one to another. */
const steps = (from: number, to: number, by: number): readonly string[] => Array.from({ length: Math.round((to - from) / by) + 1 }, (_, n) => String(Number((from + n * by).toFixed(2))));

const THRESHOLDS = steps(0.2, 0.95, 0.05);
const SPEEDS = steps(0.5, 2, 0.1);
const ADAPTIVE = 'adaptive';
const SILENCES = [ADAPTIVE, '200', '300', '400', '500', '600', '700', '800', '1000', '1500', '2000'];
const POLICIES: readonly BargeInPolicy[] = ['interrupt', 'ignore', 'queue'];

/** What can be changed about how it is spoken: the voices there are to choose from, the one that speaks where none was named, and whether the speed can be. */
export interface Speaking { readonly voices: readonly string[]; readonly usual?: string | undefined; readonly speed: boolean }

/** The settings that can be changed while a server runs, as they are at its start. */
export function changeable(settings: ServerSettings, { voices, usual = UNSET, speed }: Speaking, interruptible: boolean): readonly LiveSetting[] {
  const voice = settings.voice ?? usual;
  return [
    ...(voices.length < 2 ? [] : [row('voice', voice, voices.includes(voice) ? voices : [voice, ...voices])]),
    ...(speed ? [row('speed', String(settings.speed ?? 1), SPEEDS)] : []),
    row('thresh', String(settings.thresh), THRESHOLDS),
    row('min_silence_ms', String(settings.minSilenceMs ?? ADAPTIVE), SILENCES),
    row('speculate', sessionOptions(settings).speculate === true ? 'on' : 'off', ['off', 'on']),
    ...(interruptible ? [row('policy', 'interrupt', POLICIES)] : []),
  ];
}

/** A voice that nobody has named, and that has no name. */
export const UNSET = 'default';

/** A setting that is at its origin, which is among the choices, at its place where they are numbers. */
function row(name: string, origin: string, choices: readonly string[]): LiveSetting {
  if (choices.includes(origin)) return { name, origin, value: origin, choices };
  const above = choices.findIndex((choice) => Number(choice) > Number(origin));
  return { name, origin, value: origin, choices: above < 0 ? [...choices, origin] : choices.toSpliced(above, 0, origin) };
}

export const valuesOf = (rows: readonly LiveSetting[]): Values => Object.fromEntries(rows.map(({ name, value }) => [name, value]));

/** All that differs from the start, as sessions take it. */
export function changeTo(values: Values, rows: readonly LiveSetting[], settings: ServerSettings): SessionChange {
  const { thresh, min_silence_ms: silence, speculate, policy } = values;
  const { speech, speculate: ahead } = sessionOptions({
    ...settings, thresh: Number(thresh), minSilenceMs: silence === ADAPTIVE ? undefined : Number(silence), speculate: speculate === 'on' ? 'on' : 'off',
  });
  return {
    ...(speech && { speech }), ...(ahead !== undefined && { speculate: ahead }), ...(policy !== undefined && { policy: policy as BargeInPolicy }),
    differs: Object.fromEntries(rows.flatMap(({ name, origin }) => (values[name] === undefined || values[name] === origin ? [] : [[name, values[name]]]))),
  };
}
