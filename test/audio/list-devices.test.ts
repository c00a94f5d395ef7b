import { describe, expect, it } from 'vitest';
import { listDevicesCommand } from '../../cli/commands/list-devices.js';
import { listDevices, parseAlsa, parseFfmpeg, parsePulse } from '../../src/audio/list-devices.js';
import { fakeTools } from '../fixtures/fake-tools.js';

const SOURCES = `Source #0
	State: RUNNING
	Name: spk.monitor
	Description: Monitor of Virtual speaker
	Driver: module-null-sink.c

Source #2
	State: SUSPENDED
	Name: alsa_input.usb-Maker_Mic-00.mono-fallback
	Description: Maker Mic Mono
`;

describe('the lists of devices', () => {
  it('are read as pactl writes them', () => {
    expect(parsePulse(SOURCES)).toEqual([
      { name: 'spk.monitor', description: 'Monitor of Virtual speaker' },
      { name: 'alsa_input.usb-Maker_Mic-00.mono-fallback', description: 'Maker Mic Mono' },
    ]);
  });

  it('are read as arecord writes them, without what only converts', () => {
    expect(parseAlsa('null\n    Discard all samples\ndefault\n    Default Audio Device\nspeex\n    Plugin\nplughw:CARD=Mic,DEV=0\n    Maker Mic, USB Audio\n    Hardware device\n')).toEqual([
      { name: 'default', description: 'Default Audio Device' },
      { name: 'plughw:CARD=Mic,DEV=0', description: 'Maker Mic, USB Audio, Hardware device' },
    ]);
  });

  it('are read as ffmpeg writes them on macOS, cameras left out, and on Windows', () => {
    expect(parseFfmpeg('[AVFoundation indev @ 0x1] AVFoundation video devices:\n[AVFoundation indev @ 0x1] [0] Camera\n[AVFoundation indev @ 0x1] AVFoundation audio devices:\n[AVFoundation indev @ 0x1] [0] Built-in Microphone\n'))
      .toEqual([{ name: '0', description: 'Built-in Microphone' }]);
    expect(parseFfmpeg('[dshow @ 01] "Camera" (video)\n[dshow @ 01]   Alternative name "@device"\n[dshow @ 01] "Microphone (USB)" (audio)\n'))
      .toEqual([{ name: 'Microphone (USB)', description: 'Microphone (USB)' }]);
  });
});

describe.runIf(process.platform === 'linux')('--list_devices', () => {
  const shown = async (audio: 'auto' | 'alsa' = 'auto'): Promise<string> => {
    let text = '';
    const stdout = { write: (part: string) => { text += part; return true; } };
    expect(await listDevicesCommand({ audio }, { stdout } as unknown as Parameters<typeof listDevicesCommand>[1])).toBe(0);
    return text;
  };

  it('says what to install where nothing lists them', async () => {
    await fakeTools();
    expect(await shown()).toContain('pulseaudio-utils');
  });

  it('gives flags that can be pasted, marks the default, and lets no control character out', async () => {
    const tools = await fakeTools();
    await tools.add('pactl', `case "$1-$2" in
info-) echo 'Default Source: odd name' ;;
list-sources) printf 'Source #1\\n\\tName: odd name\\n\\tDescription: Mic \\033[31m\\n' ;;
esac`);
    const text = await shown();
    expect(text).toContain(`* Mic `);
    expect(text).toContain(`--audio pulse --input_device 'odd name'`);
    expect(text).not.toContain('\u001B');
    expect(await shown('alsa')).toContain('No program here lists devices');
  });

  it('is empty where a program fails', async () => {
    const tools = await fakeTools();
    await tools.add('pactl', 'exit 1');
    await tools.add('arecord', 'exit 1');
    expect(await listDevices()).toEqual([]);
  });
});
