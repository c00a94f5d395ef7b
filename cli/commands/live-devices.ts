import { BehaviorSubject, distinctUntilChanged, filter, ignoreElements, map, merge, startWith, Subject, switchMap, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { listDevices, type AudioDevice } from '../../src/audio/list-devices.js';
import type { DeviceOptions } from '../../src/audio/systems.js';
import type { ClientSettings } from '../../src/config/settings.js';
import type { AppEvent } from '../views/app-event.js';
import type { LiveSetting } from '../views/settings-view.js';
import { UNSET } from './changeable.js';

/** The devices of a client, which can be others while it runs. */
export interface LiveDevices {
  /** What is to be open: as it was set, and whatever is chosen. */
  readonly input: Observable<DeviceOptions>;
  readonly output: Observable<DeviceOptions>;
  /** Lists them again: devices come and go. */
  readonly refresh: () => void;
  /** Chooses a device; false where that is not what is to be changed. */
  readonly choose: (name: string, value: string) => boolean;
  /** What there is to choose from, each time that is known, and what was chosen. */
  readonly news: Observable<AppEvent>;
}

const kinds = { input_device: 'microphone', output_device: 'speaker' } as const;
type Name = keyof typeof kinds;

/** Lets a microphone and a speaker be chosen that programs of this machine list: what is no device, such as a recording, stays what it is. */
export function liveDevices(
  { audio, inputDevice, outputDevice, mic, speaker }: Pick<ClientSettings, 'audio' | 'inputDevice' | 'outputDevice' | 'mic' | 'speaker'>, list: () => Promise<readonly AudioDevice[]> = listDevices,
): LiveDevices {
  const set = { input_device: inputDevice, output_device: outputDevice } as const;
  const isDevice = audio !== 'tone' && audio !== 'silence';
  const names: readonly Name[] = [...(isDevice && mic === undefined ? ['input_device'] as const : []), ...(isDevice && speaker === undefined ? ['output_device'] as const : [])];
  const rows = new BehaviorSubject<readonly LiveSetting[]>([]);
  const said = new Subject<AppEvent>();
  const again = new Subject<undefined>();
  /** The way to the devices that can be chosen: they are named in its words. */
  let way: NonNullable<DeviceOptions['system']> = isDevice ? audio : 'auto';

  const rowOf = (name: Name, devices: readonly AudioDevice[]): readonly LiveSetting[] => {
    const here = devices.filter(({ system, kind }) => system === way && kind === kinds[name]).map((device) => device.name);
    const origin = set[name] ?? UNSET;
    const shown = rows.value.find((row) => row.name === name);
    const value = shown?.value ?? origin;
    // What was chosen may have been unplugged, and is then waited for.
    const choices = [...new Set([UNSET, origin, ...here, value])];
    return here.length < 2 && shown === undefined ? [] : [{ name, origin, value, choices }];
  };
  const opened = (name: Name): Observable<DeviceOptions> => rows.pipe(
    map((all): string | undefined => all.find((row) => row.name === name)?.value ?? set[name] ?? UNSET),
    distinctUntilChanged(),
    map((device) => (device === (set[name] ?? UNSET) ? optionsOf(isDevice ? audio : 'auto', set[name]) : optionsOf(way, device === UNSET ? undefined : device))),
  );

  return {
    input: opened('input_device'),
    output: opened('output_device'),
    refresh: () => again.next(undefined),
    choose: (name, value) => {
      const row = rows.value.find((one) => one.name === name);
      if (row === undefined) return false;
      if (!row.choices.includes(value)) return true;
      rows.next(rows.value.map((one) => (one === row ? { ...row, value } : one)));
      said.next({ type: 'notice', message: `The ${kinds[name as Name]} is ${value === UNSET ? 'the default one' : value} now.`, at: Date.now() });
      return true;
    },
    news: merge(
      again.pipe(
        startWith(undefined),
        switchMap(list),
        tap((devices) => {
          if (way === 'auto') way = devices[0]?.system ?? 'auto';
          rows.next(names.flatMap((name) => rowOf(name, devices)));
        }),
        ignoreElements(),
      ),
      rows.pipe(filter(({ length }) => length > 0), map((settings): AppEvent => ({ type: 'settings', settings, at: Date.now() }))),
      said,
    ),
  };
}

const optionsOf = (system: NonNullable<DeviceOptions['system']>, device: string | undefined): DeviceOptions => ({ system, ...(device !== undefined && { device }) });
