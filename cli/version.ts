import { createRequire } from 'node:module';

/** The version of this package. */
export function version(): string {
  return own().version;
}

/** The versions of Node it runs on, `>=20.19` for one. */
export function nodeVersions(): string {
  return own().engines.node;
}

function own(): { version: string; engines: { node: string } } {
  return createRequire(import.meta.url)('speech-to-speech-rx/package.json') as ReturnType<typeof own>;
}
