import { listDevices, type AudioDevice } from '../../src/audio/list-devices.js';
import type { ClientSettings } from '../../src/config/settings.js';
import { sanitise } from '../../src/sanitise.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';

/** `--list_devices`: the microphones and speakers of this machine, in words that `--audio`, `--input_device` and `--output_device` take. */
export async function listDevicesCommand({ audio }: Pick<ClientSettings, 'audio'>, { stdout }: Pick<Io, 'stdout'>): Promise<number> {
  const devices = (await listDevices()).filter(({ system }) => audio === 'auto' || audio === system);
  stdout.write(devices.length === 0 ? `${NONE}\n` : table(devices));
  return exitCodes.ok;
}

const NONE = 'No program here lists devices. Install pulseaudio-utils (pactl), alsa-utils (arecord) or, on macOS and Windows, ffmpeg.';

/** Lines to read, and flags to paste. */
function table(devices: readonly AudioDevice[]): string {
  const flag = { microphone: '--input_device', speaker: '--output_device' } as const;
  const lines = (['microphone', 'speaker'] as const).flatMap((kind) => {
    const rows = devices.filter((device) => device.kind === kind);
    if (rows.length === 0) return [];
    return [`${kind}s`, ...rows.flatMap(({ system, name, description, preset }) => [
      `  ${preset ? '*' : ' '} ${description}`, `      --audio ${system} ${flag[kind]} ${quoted(name)}`,
    ]), ''];
  });
  return [...lines, '* is taken where none is named.', ''].map(sanitise).join('\n');
}

/** As a shell takes it for one word. */
function quoted(name: string): string {
  return /^[\w.,:=@/+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
