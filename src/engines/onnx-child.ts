import { serveCalls } from './child-side.js';

// The process in which it is tried whether onnxruntime-node loads, see `nativePackages`.
serveCalls(async () => {
  await import('./onnx.js');
  return () => [];
});
