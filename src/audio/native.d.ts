/** What is used of it here; the package brings no types. */
declare module 'node-record-lpcm16' {
  import type { ChildProcessByStdio } from 'node:child_process';
  import type { Readable } from 'node:stream';

  const lpcm16: {
    readonly record: (options: {
      readonly sampleRate: number;
      readonly channels: number;
      readonly audioType: 'raw' | 'wav';
      readonly recorder: 'arecord' | 'rec' | 'sox';
      readonly device?: string;
    }) => { readonly process: ChildProcessByStdio<null, Readable, Readable> };
  };
  export { lpcm16 as default };
}

/** What is used of it here; the package is optional, and absent where it could not be built. */
declare module 'speaker' {
  import type { Writable } from 'node:stream';

  const Speaker: new (format: {
    readonly channels: number;
    readonly bitDepth: number;
    readonly sampleRate: number;
    readonly device?: string;
  }) => Writable;
  export { Speaker as default };
}
