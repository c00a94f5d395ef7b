import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SpeechError } from '../../../errors.js';
import { splitSentences } from '../sentences.js';
import { createLexicon, type Dictionary } from './lexicon.js';
import { createNormalizer, type WordTables } from './normalize.js';
import { characters } from './patterns.js';
import { createPhonemizer } from './phonemes.js';
import { splitPhonemes } from './split-phonemes.js';
import { createTagger, type TaggerModel } from './tagger.js';
import { createTokenizer } from './tokenize.js';
import { openUnknownWords, type UnknownWordsAlphabet } from './unknown-words.js';

/** Readings of unknown words that are remembered. */
const MOST_REMEMBERED = 2000;

/** Turns a sentence into the pieces the network takes: phoneme ids, 0 at both ends. A sentence without any sound gives none. */
export interface TextFrontEnd {
  sentences(text: string): string[];
  ids(sentence: string): Promise<number[][]>;
}

/** Reads the dictionaries and models of the text front end; `path` gives each file's place. */
export async function openText(path: (name: string) => string, threads: number): Promise<TextFrontEnd> {
  const [tables, exceptions, tagger, gold, silver, vocabulary, alphabet] = await Promise.all([
    json<WordTables>(path('normalize.json')),
    json<Record<string, string[]>>(path('tokenizer_exceptions.json')),
    json<TaggerModel>(path('tagger.json.gz')),
    json<Dictionary>(path('lexicon_us_gold.json.gz')),
    json<Dictionary>(path('lexicon_us_silver.json.gz')),
    json<Record<string, number>>(path('vocab.json')),
    json<UnknownWordsAlphabet>(path('oov.json')),
  ]);
  const guess = await openUnknownWords(path('oov.onnx'), alphabet, threads);
  const normalize = createNormalizer(tables);
  const phonemize = createPhonemizer({ tokenize: createTokenizer(exceptions), tag: createTagger(tagger), lexicon: createLexicon(gold, silver) });
  const titles = new Set(Object.keys(tables.titles));
  const numbers = new Map(Object.entries(vocabulary));
  const remembered = new Map<string, string | undefined>();

  // The network answers later, the rules at once: words it has not answered yet are asked for, then the rules run again.
  async function phonemes(sentence: string): Promise<string> {
    const normalized = normalize(sentence);
    for (;;) {
      const missing = new Set<string>();
      const result = phonemize(normalized, (word) => {
        if (!remembered.has(word)) missing.add(word);
        return remembered.get(word);
      });
      if (missing.size === 0) return result;
      if (remembered.size > MOST_REMEMBERED) remembered.clear();
      for (const word of missing) remembered.set(word, await guess(word));
    }
  }

  return {
    sentences: (text) => splitSentences(text, titles),
    async ids(sentence) {
      const pieces = splitPhonemes(await phonemes(sentence)).filter((piece) => /\p{L}/u.test(piece));
      return pieces.map((piece) => [0, ...characters(piece).map((sign) => numbers.get(sign)).filter((number) => number !== undefined), 0]);
    },
  };
}

async function json<T>(file: string): Promise<T> {
  try {
    const bytes = await readFile(file);
    return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as T;
  } catch (cause) {
    throw new SpeechError(`The file ${basename(file)} of the voice cannot be read.`, {
      kind: 'model', code: 'model-unreadable', stage: 'tts', cause, hint: 'Remove it and fetch it once more: speech-to-speech models pull.',
    });
  }
}
