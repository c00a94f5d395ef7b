import { conformance } from './conformance.js';

process.exitCode = await conformance(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(text),
});
