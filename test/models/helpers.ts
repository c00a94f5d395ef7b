import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { lastValueFrom, tap } from 'rxjs';
import { onTestFinished } from 'vitest';
import type { Model, Source } from '../../src/models/model.js';
import { pull, type PullNews, type PullOptions } from '../../src/models/pull.js';
import { freePort } from '../fixtures/free-port.js';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes that look like nothing in particular, the same for the same seed. */
export function bytes(length: number, seed = 1): Buffer {
  let state = seed;
  return Buffer.from(Uint8Array.from({ length }, () => (state = Math.imul(state, 1_664_525) + 1_013_904_223) >>> 24));
}

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'models-test-'));
  // A pull that was let go of may still be noting what has come.
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  return path;
}

/** A model of these files. */
export function modelOf(files: Record<string, Uint8Array>, ...sources: Source[]): Model {
  return {
    name: 'parrot', use: 'tts', title: 'A parrot', licence: 'MIT', languages: 'English', sources,
    files: Object.entries(files).map(([name, content]) => ({ name, size: content.length, sha256: sha256(content) })),
  };
}

export const hubOf = (...names: string[]): Source => ({ kind: 'hub', repository: 'birds/parrot', paths: Object.fromEntries(names.map((name) => [name, name])) });

export interface Served {
  readonly hub: string;
  readonly requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[];
}

/** A server on the loopback that is gone after the test. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse, count: number) => unknown): Promise<Served> {
  const requests: Served['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers });
    void answer(request, response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { hub: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Where nobody listens. */
export async function nobody(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

/** Answers as a good server does: the whole, or the range that was asked for if it is still of the same version. */
export function answerWith(content: Uint8Array, etag = '"one"'): (request: IncomingMessage, response: ServerResponse) => void {
  return ({ headers }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    const fits = from !== undefined && (headers['if-range'] === undefined || headers['if-range'] === etag);
    const [begin, end] = fits ? [Number(from), to === '' ? content.length : Number(to) + 1] : [0, content.length];
    response.writeHead(fits ? 206 : 200, {
      etag,
      'content-length': end - begin,
      ...(fits && { 'content-range': `bytes ${begin}-${end - 1}/${content.length}` }),
    });
    response.end(content.subarray(begin, end));
  };
}

export interface Pulled {
  readonly news: PullNews[];
  readonly ready: Extract<PullNews, { type: 'ready' }>;
}

/** Pulls to the end. */
export async function pulled(model: Model, options: PullOptions, news: PullNews[] = []): Promise<Pulled> {
  const last = await lastValueFrom(pull(model, options).pipe(tap((each) => news.push(each))));
  if (last.type !== 'ready') throw new Error(`the last news is ${last.type}`);
  return { news, ready: last };
}

export const reasons = (news: readonly PullNews[]): string[] => news.flatMap((each) => (each.type === 'skipped' ? [each.reason] : []));

/** A wheel: a zip archive with these members. */
export const wheel = (members: Record<string, Uint8Array>): Uint8Array => zipSync(members);

/**
 * An executable that takes pip's place. `script` is for the shell; it finds the wanted package in $name, the folder for
 * its wheel in $target, and gives a wheel by `give FILE`.
 */
export function fakePip(script: string): string {
  const path = join(folder(), 'pip');
  writeFileSync(path, `#!/bin/sh
if [ "$1" = --version ]; then echo 'pip 99 from nowhere (python 3.99)'; exit; fi
args="$*"
name="\${2%%==*}"
while [ "$1" != -d ]; do shift; done
target="$2"
give() { cp "$1" "$target/$name-1.0-py3-none-any.whl"; }
${script}
`);
  chmodSync(path, 0o755);
  return path;
}
