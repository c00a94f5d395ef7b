// The few calls of WASI preview 1 that Flite makes, with one file that lives in memory: no folder of the machine is opened
// to it, a killed process leaves nothing behind, and Node's own experimental implementation is not needed.

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const STDERR = 2;
const ROOT = 3;
const FILE = 4;
const DIRECTORY_TYPE = 3;
const FILE_TYPE = 4;

/** What a run of the program left behind. */
export interface Outcome {
  readonly exitCode: number;
  /** The one file it wrote. */
  readonly file: Uint8Array;
  readonly errors: string;
}

/** A program that is ready to be run, once. */
export type Program = (args: readonly string[]) => Outcome;

class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit code ${code}`);
  }
}

/** Makes a fresh instance of the module; running it blocks the thread. */
export function createProgram(module: WebAssembly.Module): Program {
  let args: readonly Uint8Array[] = [];
  let memory: { readonly buffer: ArrayBuffer } = { buffer: new ArrayBuffer(0) };
  let file = new Uint8Array(1 << 20);
  let length = 0;
  let position = 0;
  let errors = '';

  const view = (): DataView => new DataView(memory.buffer);
  const bytes = (at: number, count: number): Uint8Array => new Uint8Array(memory.buffer, at, count);

  const write = (chunk: Uint8Array): void => {
    const end = position + chunk.length;
    if (end > file.length) {
      const larger = new Uint8Array(Math.max(end, file.length * 2));
      larger.set(file);
      file = larger;
    }
    file.set(chunk, position);
    position = end;
    length = Math.max(length, end);
  };

  const calls = {
    args_sizes_get(count: number, size: number) {
      view().setUint32(count, args.length, true);
      view().setUint32(size, args.reduce((sum, arg) => sum + arg.length, 0), true);
      return SUCCESS;
    },
    args_get(pointers: number, texts: number) {
      let at = texts;
      args.forEach((arg, index) => {
        view().setUint32(pointers + 4 * index, at, true);
        bytes(at, arg.length).set(arg);
        at += arg.length;
      });
      return SUCCESS;
    },
    clock_time_get(_clock: number, _precision: bigint, at: number) {
      view().setBigUint64(at, BigInt(Date.now()) * 1_000_000n, true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    fd_fdstat_get(descriptor: number, at: number) {
      if (descriptor > FILE) return BAD_DESCRIPTOR;
      bytes(at, 24).fill(0);
      view().setUint8(at, descriptor === ROOT ? DIRECTORY_TYPE : FILE_TYPE);
      bytes(at + 8, 16).fill(0xff); // All rights: there is nothing to protect.
      return SUCCESS;
    },
    fd_fdstat_set_flags: () => SUCCESS,
    fd_prestat_get(descriptor: number, at: number) {
      if (descriptor !== ROOT) return BAD_DESCRIPTOR;
      view().setUint32(at, 0, true);
      view().setUint32(at + 4, 1, true);
      return SUCCESS;
    },
    fd_prestat_dir_name(_descriptor: number, at: number) {
      view().setUint8(at, '/'.charCodeAt(0));
      return SUCCESS;
    },
    fd_read(_descriptor: number, _parts: number, _count: number, read: number) {
      view().setUint32(read, 0, true);
      return SUCCESS;
    },
    fd_seek(descriptor: number, offset: bigint, whence: number, at: number) {
      if (descriptor !== FILE) return BAD_DESCRIPTOR;
      position = Number(offset) + ([0, position, length][whence] ?? 0);
      view().setBigUint64(at, BigInt(position), true);
      return SUCCESS;
    },
    fd_write(descriptor: number, parts: number, count: number, written: number) {
      let total = 0;
      for (let index = 0; index < count; index++) {
        const chunk = bytes(view().getUint32(parts + 8 * index, true), view().getUint32(parts + 8 * index + 4, true));
        if (descriptor === FILE) write(chunk);
        else if (descriptor === STDERR) errors += new TextDecoder().decode(chunk);
        total += chunk.length;
      }
      view().setUint32(written, total, true);
      return SUCCESS;
    },
    path_open(...values: unknown[]) {
      position = length = 0;
      view().setUint32(Number(values[8]), FILE, true);
      return SUCCESS;
    },
    proc_exit(code: number): never {
      throw new Exit(code);
    },
  };

  const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: calls });
  const start = exports['_start'] as () => void;
  memory = exports['memory'] as typeof memory;

  return (given) => {
    args = given.map((arg) => new TextEncoder().encode(`${arg}\0`));
    let exitCode = 0;
    try {
      start();
    } catch (thrown) {
      if (!(thrown instanceof Exit)) throw thrown;
      exitCode = thrown.code;
    }
    return { exitCode, file: file.subarray(0, length), errors };
  };
}
