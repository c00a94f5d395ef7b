import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What Ink 6.8 collects of a picture before it makes text of it, as far as it is of use here. */
interface Output {
  readonly width: number;
  readonly height: number;
  operations: readonly Operation[];
  readonly get: () => { readonly output: string; readonly height: number };
}
type Operation = Write | { readonly type: 'clip'; readonly clip: Clip } | { readonly type: 'unclip' };
interface Write { readonly type: 'write'; readonly x: number; readonly y: number; readonly text: string; readonly transformers: readonly Transformer[] }
type Transformer = (line: string, index: number) => string;
/** Undefined where it does not cut. */
interface Clip { readonly x1: number | undefined; readonly x2: number | undefined; readonly y1: number | undefined; readonly y2: number | undefined }

interface Piece { readonly x: number; readonly text: string }

/** Rows that are kept: of some pictures of a large terminal. */
const MOST = 1_000;

/**
 * Has Ink make text of those rows only that it has not made before. It makes each picture anew, cell by cell, which was two thirds of what a dashboard
 * took: in most pictures a meter is all that has changed. Pictures that are cut at their sides are left to Ink.
 */
export function cacheRows(): Promise<void> {
  return (done ??= cache());
}

let done: Promise<void> | undefined;

async function cache(): Promise<void> {
  const { default: { prototype } } = await import(new URL('output.js', pathToFileURL(createRequire(import.meta.url).resolve('ink'))).href) as { default: { prototype: Output } };
  const { get: anew } = prototype;
  const known = new Map<string, string>();

  const row = (output: Output, pieces: readonly Piece[]): string => {
    const key = `${output.width}\n${pieces.map(({ x, text }) => `${x} ${text}`).join('\n')}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const alone = Object.create(output, {
      height: { value: 1 },
      operations: { value: pieces.map(({ x, text }): Write => ({ type: 'write', x, y: 0, text, transformers: [] })) },
    }) as Output;
    const text = anew.call(alone).output;
    if (known.size >= MOST) known.clear();
    known.set(key, text);
    return text;
  };

  const cached = function (this: Output): ReturnType<Output['get']> {
    const rows = piecesOf(this);
    return rows === undefined ? anew.call(this) : { output: rows.map((pieces) => row(this, pieces)).join('\n'), height: rows.length };
  };
  Object.assign(prototype, { get: cached });
}

/** What is written into each row, in its order; undefined where something is cut at its sides. */
function piecesOf({ operations, height }: Output): Piece[][] | undefined {
  const rows = Array.from({ length: height }, (): Piece[] => []);
  const clips: Clip[] = [];
  for (const operation of operations) {
    if (operation.type === 'clip') {
      if (operation.clip.x1 !== undefined || operation.clip.x2 !== undefined) return undefined;
      clips.push(operation.clip);
    } else if (operation.type === 'unclip') {
      clips.pop();
    } else {
      const { y1 = 0, y2 = height } = clips.at(-1) ?? {};
      const { x, y, text, transformers } = operation;
      const top = Math.max(y, y1);
      text.split('\n').slice(top - y, Math.max(0, y2 - y)).forEach((line, index) => {
        rows[top + index]?.push({ x, text: transformers.reduce((changed, transform) => transform(changed, index), line) });
      });
    }
  }
  return rows;
}
