/** What a person sees of a run: the status line on a terminal and the lines in a pipe. */
import { describe, expect, test } from 'vitest';
import { sameText } from '../../engine/text.ts';
import { Progress } from '../../engine/cli/progress.ts';
import { type Terminal, knowsUnicode, toAscii } from '../../engine/cli/terminal.ts';
import { counted, formatBar, formatBytes, formatDuration, formatLoss, formatMetric, formatTable, wrap } from '../../engine/cli/text.ts';

function fakeTerminal(interactive: boolean, columns = 120) {
  const lines: string[] = [];
  const shown: string[] = [];
  const terminal: Terminal = { interactive, columns, out: (line) => lines.push(line), err: (line) => lines.push(`! ${line}`), status: (line) => shown.push(line) };
  return { terminal, lines, shown };
}

function runSteps(progress: Progress, clock: { now: number }, from: number, to: number, loss: (step: number) => number, msPerStep = 100): void {
  for (let step = from; step <= to; step++) {
    clock.now += msPerStep;
    progress.show({ kind: 'step', step, epoch: 1, loss: loss(step), learningRate: 0.1 });
  }
}

describe('Progress', () => {
  test('a terminal sees share, loss, rate and time left in one line that fits', () => {
    const clock = { now: 1000 };
    const { terminal, shown, lines } = fakeTerminal(true);
    const progress = new Progress(terminal, { unit: 'images', totalSteps: 100, stepsDone: 0, batchSize: 32, now: () => clock.now });
    progress.show({ kind: 'start', model: 'm', backend: 'wasm', device: 'CPU', why: 'no GPU', whyText: sameText('no GPU'), parameters: 10, trainSamples: 320, testSamples: 0, batchSize: 32, epochs: 10, stepsPerEpoch: 10, seed: 1 });
    runSteps(progress, clock, 1, 50, () => 0.5);
    // 10 steps a second of 32 images; 50 steps left are 5 s.
    expect(shown.at(-1)).toContain('epoch 1/10  50 %  loss 0.5000  320 images/s  5.0 s left');
    for (const line of shown) expect(line.length).toBeLessThan(120);
    progress.show({ kind: 'epoch', epoch: 1, step: 50, train: { loss: 0.4, accuracy: 0.9 }, test: { loss: 0.5, accuracy: 0.875 }, seconds: 5, samplesPerSecond: 320 });
    expect(lines.at(-1)).toBe('epoch 1/10  train loss 0.4000  accuracy 90.00 %  |  test loss 0.5000  accuracy 87.50 %  |  5.0 s, 320 images/s');
    runSteps(progress, clock, 51, 52, () => 0.5);
    expect(shown.at(-1)).toContain('accuracy 87.50 %');
  });
  test('a terminal of 80 columns has the bar and whole lines', () => {
    const clock = { now: 1000 };
    const { terminal, shown, lines } = fakeTerminal(true, 80);
    const progress = new Progress(terminal, { unit: 'images', totalSteps: 100, stepsDone: 0, batchSize: 32, now: () => clock.now });
    progress.show({ kind: 'start', model: 'Digits with a small CNN', backend: 'wasm', device: 'CPU · 2 threads', why: 'no Vulkan driver is installed (libvulkan.so.1)', whyText: sameText(''), parameters: 56714, trainSamples: 12000, testSamples: 2000, batchSize: 64, epochs: 10, stepsPerEpoch: 188, seed: 1 });
    progress.show({ kind: 'epoch', epoch: 1, step: 50, train: { loss: 0.4, accuracy: 0.9 }, test: { loss: 0.5, accuracy: 0.875 }, seconds: 5, samplesPerSecond: 320 });
    runSteps(progress, clock, 51, 60, () => 0.5);
    expect(lines.slice(-2)).toEqual(['epoch 1/10  train loss 0.4000  accuracy 90.00 %', '            test loss 0.5000  accuracy 87.50 %  |  5.0 s, 320 images/s']);
    expect(shown.at(-1)).toMatch(/^█+[▉-▏]?░+ {2}epoch 1\/10 {2}60 % {2}loss 0\.5000 {2}320 images\/s {2}4\.0 s left$/u);
    for (const line of [...lines, ...shown]) expect(line.length, line).toBeLessThanOrEqual(80);
    // The words of a broken line are all there.
    expect(lines.join(' ')).toContain('no Vulkan driver is installed (libvulkan.so.1)); batch 64, 188 steps per epoch, seed 1');
  });
  test('a narrow terminal gets no bar and no wrapped line', () => {
    const clock = { now: 0 };
    const { terminal, shown } = fakeTerminal(true, 30);
    const progress = new Progress(terminal, { unit: 'images', totalSteps: 100, stepsDone: 0, batchSize: 32, now: () => clock.now });
    runSteps(progress, clock, 1, 30, () => 2);
    for (const line of shown) expect(line.length).toBeLessThan(30);
  });
  test('a pipe gets a line at times and never a control character', () => {
    const clock = { now: 0 };
    const { terminal, lines } = fakeTerminal(false);
    const progress = new Progress(terminal, { unit: 'samples', totalSteps: 1000, stepsDone: 0, batchSize: 1, now: () => clock.now });
    runSteps(progress, clock, 1, 500, (step) => 1 / step);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.length).toBeLessThanOrEqual(6);
    // oxlint-disable-next-line no-control-regex
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f]/);
  });
  test('errors and warnings are told', () => {
    const { terminal, lines } = fakeTerminal(false);
    const progress = new Progress(terminal, { unit: 'samples', totalSteps: 10, stepsDone: 0, batchSize: 1 });
    progress.show({ kind: 'error', code: 'loss-not-finite', message: 'The loss is NaN at step 3.', text: sameText('The loss is NaN at step 3.'), advice: 'Lower the learning rate.' });
    progress.show({ kind: 'warning', code: 'gpu-lost', message: 'The GPU is gone.', text: sameText('The GPU is gone.') });
    expect(lines).toEqual(['! error: The loss is NaN at step 3.\nLower the learning rate.', '! warning: The GPU is gone.']);
  });
});

describe('terminals without Unicode', () => {
  test('are told by the locale', () => {
    expect(knowsUnicode({ LANG: 'C' })).toBe(false);
    expect(knowsUnicode({ LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' })).toBe(false);
    expect(knowsUnicode({ LANG: 'C.utf8' })).toBe(true);
    expect(knowsUnicode({ LANG: 'C', LC_ALL: '', LC_CTYPE: 'zh_CN.UTF-8' })).toBe(true);
    expect(knowsUnicode({})).toBe(true);
  });
  test('get bars and lines in ASCII', () => {
    for (const share of [0, 0.33, 0.51, 0.77, 1]) expect(toAscii(`${formatBar(share, 10)} …`)).toMatch(/^[#.]{10} \.\.\.$/);
    expect(toAscii('CPU · 2 threads')).toBe('CPU - 2 threads');
    expect(toAscii('runs/图')).toBe('runs/图');
  });
});

describe('text', () => {
  test('losses', () => {
    expect(formatLoss(2.302585)).toBe('2.303');
    expect(formatLoss(0.00001234)).toBe('1.234e-5');
    expect(formatLoss(0)).toBe('0.000');
    expect(formatLoss(Number.NaN)).toBe('NaN');
  });
  test('metrics', () => {
    expect(formatMetric('accuracy', 0.98765)).toBe('98.77 %');
    expect(formatMetric('rmse', 0.98765)).toBe('0.9877');
  });
  test('durations', () => {
    expect([0.04, 0.999, 9.96, 59.4, 60, 3599, 3661, Number.NaN].map(formatDuration)).toEqual(['40 ms', '1.0 s', '10.0 s', '59 s', '1:00 min', '59:59 min', '1:01:01 h', '?']);
  });
  test('bytes', () => expect([12, 1500, 11_000_000].map(formatBytes)).toEqual(['12 bytes', '1.5 KB', '11.0 MB']));
  test('bars are as wide as asked, whatever the share', () => {
    for (const share of [-1, 0, 0.001, 0.33, 0.5, 0.999, 1, 2]) expect([...formatBar(share, 10)]).toHaveLength(10);
    expect(formatBar(0.5, 4)).toBe('██░░');
  });
  test('tables align', () => expect(formatTable([['name', 'n'], ['a', '1'], ['bb', '200']])).toEqual(['name    n', 'a       1', 'bb    200']));
  test('one and many', () => expect([counted(1, 'step'), counted(1880, 'step'), counted(0, 'class', 'classes')]).toEqual(['1 step', '1,880 steps', '0 classes']));
  test('wrap', () => expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']));
});
