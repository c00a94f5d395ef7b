import type { Model } from './model.js';

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

/** What the piper voices share: recordings that are free, and a network that may have begun as another voice. */
const FROM_LESSAC = 'It was trained on from the voice "lessac", whose recordings (Blizzard 2013) are licensed for research only; whether that binds those who use this voice is not settled.';
const FROM_UNKNOWN = 'Its model card says what it was trained on from; many voices of this repository began as "lessac", whose recordings are licensed for research only.';

type Fingerprint = readonly [size: number, sha256: string];

/**
 * A voice for the program piper: a network and the JSON that describes it. The licence is that of the recordings, as its
 * model card has it.
 */
function piper(name: string, languages: string, licence: string, terms: string | undefined, network: Fingerprint, description: Fingerprint): Model {
  const [locale = '', speaker = '', quality = ''] = name.split('-');
  const path = `${locale.slice(0, 2)}/${locale}/${speaker}/${quality}`;
  const files = ([['.onnx', network], ['.onnx.json', description]] as const).map(([end, [size, sha256]]) => ({ name: `${name}${end}`, size, sha256 }));
  return {
    name, use: 'tts', licence, languages, files, unverified: true,
    title: `${speaker}, a voice for piper`,
    ...(terms !== undefined && { terms: `The recordings are ${licence}. ${terms} https://huggingface.co/rhasspy/piper-voices/blob/main/${path}/MODEL_CARD` }),
    sources: [{ kind: 'hub', repository: 'rhasspy/piper-voices', paths: Object.fromEntries(files.map((file) => [file.name, `${path}/${file.name}`])) }],
  };
}

/**
 * Voices for the program piper, one a language: a language's own voice is the first of it. Sizes and sha256 are those that
 * the hub publishes of the files of `rhasspy/piper-voices`.
 */
export const piperVoices: readonly Model[] = [
  piper('en_US-kristin-medium', 'English', 'public domain', undefined,
    [63_531_379, '5849957f929cbf720c258f8458692d6103fff2f0e3d3b19c8259474bb06a18d4'], [4_968, '5681426d4aead22195de70531eeeeddb46493cfaffc5764b2ea3db73428b651c']),
  piper('de_DE-thorsten-medium', 'German', 'CC0-1.0', FROM_LESSAC,
    [63_201_294, '7e64762d8e5118bb578f2eea6207e1a35a8e0c30595010b666f983fc87bb7819'], [4_819, '974adee790533adb273a1ac88f49027d2a1b8f0f2cf4905954a4791e79264e85']),
  piper('fr_FR-siwis-medium', 'French', 'CC-BY-4.0', FROM_LESSAC,
    [63_201_294, '641d1ab097da2b81128c076810edb052b385decc8be3381814802a64a73baf99'], [4_875, '39479916c2db192b5ac9764daddd0c744d83e023ad890c6976c0633ae4df8959']),
  piper('es_ES-davefx-medium', 'Spanish', 'CC0-1.0', FROM_UNKNOWN,
    [63_201_294, '6658b03b1a6c316ee4c265a9896abc1393353c2d9e1bca7d66c2c442e222a917'], [4_817, '0e0dda87c732f6f38771ff274a6380d9252f327dca77aa2963d5fbdf9ec54842']),
  piper('it_IT-paola-medium', 'Italian', 'CC0-1.0', FROM_UNKNOWN,
    [63_511_038, '6fc918b5a0ea6137382833dddfa567bffbe6a5060c02043c87192ee59c04210c'], [7_099, 'aea19c0a7fce29fbc359b93f10e7902854401e4c95ae2ea328ae516b15d296cf']),
  piper('pt_BR-faber-medium', 'Portuguese', 'CC0-1.0', FROM_LESSAC,
    [63_201_294, '858555e3a064209c57088fe6bd70c4c3dc54d03eaa00c45d5ecaf43a33f95aa7'], [4_855, '7e694de195ae3fc36dd732c445eb04fb49b649854893cb5506b978f0d50a1d6f']),
  piper('ru_RU-denis-medium', 'Russian', 'CC0-1.0', FROM_UNKNOWN,
    [63_201_294, '15fab56e11a097858ee115545d0f697fc2a316c41a291a5362349fb870411b0a'], [4_823, '831c860dac0b5073eaa81610a0a638ec23d90a6cf8e5f871b4485c2cec3767c8']),
];

/** The embedded voice, and those of piper. */
export const voiceModels: readonly Model[] = [
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
  ...piperVoices,
];
