import { openSession, Tensor } from '../../onnx.js';
import { characters } from './patterns.js';

/** `oov.json`: the letters the network reads and the phonemes it writes; index + 1 is the number of each. */
export interface UnknownWordsAlphabet {
  readonly in: readonly string[];
  readonly out: readonly string[];
  /** Letters of one word at most. */
  readonly maxlen: number;
}

/** Guesses how words are spoken that no dictionary has; undefined where none of the letters is known. */
export async function openUnknownWords(model: string, alphabet: UnknownWordsAlphabet, threads: number): Promise<(word: string) => Promise<string | undefined>> {
  const session = await openSession(model, { threads });
  const numbers = new Map(alphabet.in.map((letter, index) => [letter, index + 1]));
  return async (word) => {
    const letters = characters(word).map((letter) => numbers.get(letter)).filter((number) => number !== undefined).slice(0, alphabet.maxlen);
    if (letters.length === 0) return undefined;
    const output = await session.run({ chars: new Tensor('int64', BigInt64Array.from(letters, BigInt), [1, letters.length]) });
    const labels = Array.from(output[session.outputNames[0] ?? '']?.data ?? [], Number);
    return collapse(labels).map((label) => alphabet.out[label - 1] ?? '').join('');
  };
}

/** CTC: a label counts once however often it is repeated; 0 is the blank that parts two equal ones. */
function collapse(labels: readonly number[]): number[] {
  return labels.filter((label, index) => label !== 0 && label !== labels[index - 1]);
}
