/**
 * A process that plays what comes on its standard input (16 kHz mono PCM) with the native package `speaker`. It is a process
 * of its own because closing that package's speaker blocks for some 400 ms while the sound goes on, and because it writes
 * warnings to the terminal by itself: killed, it is silent at once, and its warnings end in a pipe.
 */
const [device] = process.argv.slice(2);
const { default: Speaker } = await import('speaker');
const format = { channels: 1, bitDepth: 16, sampleRate: 16_000 };
const speaker = new Speaker(device === undefined ? format : { ...format, device });
speaker.on('error', (error: Error) => {
  process.stderr.write(`${error.message}\n`, () => process.exit(1));
});
process.stdin.pipe(speaker);
