import type { Stage } from '../errors.js';
import { llmRows } from './llm/rows.js';
import type { Row, Rows } from './row.js';
import { sttRows } from './stt/rows.js';
import { ttsRows } from './tts/rows.js';
import { vadRows } from './vad/rows.js';

/** Every engine there is. A new one is its file, its row, and a call of its port's contract. */
export const registry = { vad: vadRows, stt: sttRows, llm: llmRows, tts: ttsRows } as const satisfies { readonly [S in Stage]: Rows<S> };

export type Registry = typeof registry;

const stages: Readonly<Record<Stage, Rows<Stage>>> = registry;

/** All rows, stage by stage. */
export const allRows: readonly Row<Stage>[] = Object.values(stages).flatMap((rows) => Object.values(rows));

/** Names of the engines of a stage. */
export type EngineName<S extends Stage> = keyof Registry[S];
