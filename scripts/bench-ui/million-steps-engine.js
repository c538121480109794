/**
 * Takes the place of the engine in the page that measures curves: it says that it has trained a million
 * steps, by the same messages and at the pace at which the window takes them in. A real run of that length
 * would take minutes, and the history of a stored one is thinned to what a screen can show.
 */
const STEPS = 1_000_000;
/** Steps told in one message. */
const CHUNK = 20_000;

const post = (message) => self.postMessage(message);
const lossAt = (step) => 2.3 * Math.exp(-step / 250_000) + 0.2 + 0.15 * Math.sin(step / 3000) * Math.sin(step * 12.9898);

function train({ run, doc }) {
  const { batchSize } = doc.training;
  const start = { kind: 'start', model: doc.name, backend: 'wasm', device: 'Benchmark', why: '', whyText: { en: '', zh: '' }, parameters: 1, trainSamples: STEPS * batchSize, testSamples: 0, batchSize, epochs: 1, stepsPerEpoch: STEPS, seed: 1 };
  post({ kind: 'events', run, events: [start, { kind: 'phase', phase: 'training' }] });
  let step = 0;
  const next = () => {
    const events = [];
    for (let i = 0; i < CHUNK && step < STEPS; i++) {
      step++;
      events.push({ kind: 'step', step, epoch: 1, loss: lossAt(step), learningRate: 0.001 });
    }
    if (step === STEPS) events.push({ kind: 'epoch', epoch: 1, step, train: { loss: 0.2 }, seconds: 1, samplesPerSecond: 1 }, { kind: 'phase', phase: 'done' });
    post({ kind: 'events', run, events });
    if (step < STEPS) setTimeout(next, 50);
  };
  setTimeout(next, 0);
  return { parameters: 1, stepsPerEpoch: STEPS, totalSteps: STEPS, totalEpochs: 1, stepsDone: 0, classNames: undefined };
}

function answer({ method, params }) {
  switch (method) {
    case 'info': return { version: 'benchmark', processors: 1, canShareMemory: false, gpu: { unavailable: { en: 'None.', zh: '没有。' } } };
    case 'train': return train(params);
    case 'runs': case 'history': return [];
    case 'command': case 'close': case 'forget': return null;
    default: return undefined;
  }
}

self.onmessage = ({ data }) => {
  if (data.kind === 'start') {
    // Held as long as this worker lives, as the window expects.
    navigator.locks.request(data.lock, () => {
      post({ kind: 'alive' });
      post({ kind: 'ready' });
      return new Promise(() => {});
    });
    return;
  }
  if (data.kind !== 'request') return;
  const result = answer(data);
  if (result === undefined) post({ kind: 'failure', id: data.id, error: { code: 'not-here', text: { en: 'Not in this benchmark.', zh: '此基准测试中没有。' } } });
  else post({ kind: 'result', id: data.id, result });
};
