/** Starts the sound server of the tests, to try things by hand: `tsx scripts/sound-server.ts`, and what it prints goes into another shell. */
import { soundServer } from '../test/fixtures/sound-server.js';

const server = await soundServer();
process.stdout.write(`${Object.entries(server.env).map(([name, value]) => `export ${name}=${value}`).join('\n')}
# Speak:  pacat --playback --device=micsim --raw --format=s16le --rate=16000 --channels=1 < speech.raw   (or paplay --device=micsim speech.wav)
# Hear:   parec --device=spk.monitor --file-format=wav heard.wav
# Echo:   pactl load-module module-loopback source=spk.monitor sink=micsim latency_msec=100
`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
