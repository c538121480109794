/** Asks the worker that runs exported files; one worker per file, gone afterwards with all its memory. */
import type { OnnxAnswer, OnnxQuestion } from './onnx-check-worker.ts';

/** A runtime that has not answered by then hangs: ms. */
const LIMIT = 60_000;

export function verifyOnnx(question: OnnxQuestion): Promise<OnnxAnswer> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./onnx-check-worker.ts', import.meta.url), { type: 'module' });
    const end = (answer: OnnxAnswer): void => {
      clearTimeout(limit);
      worker.terminate();
      resolve(answer);
    };
    const limit = setTimeout(() => end({ kind: 'failed', message: `no answer within ${LIMIT / 1000} s` }), LIMIT);
    worker.onmessage = (event: MessageEvent<OnnxAnswer>) => end(event.data);
    worker.onerror = (event) => end({ kind: 'failed', message: event.message || 'the worker did not start' });
    worker.postMessage(question);
  });
}
