/** Which charts and lines there are, what they are scaled to, and what is written into files. */
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../engine/protocol.ts';
import { chartsOf, fullRange, position, valueRange } from '../../../renderer/plots/curve-lines.ts';
import { curvesCsv, curvesSvg } from '../../../renderer/plots/curves-files.ts';
import { createCurvesView, within } from '../../../renderer/plots/curves-view.ts';
import { linearTicks, logTicks, tickText } from '../../../renderer/plots/ticks.ts';
import { RunNumbers } from '../../../renderer/run/series.ts';
import type { RunRecord } from '../../../renderer/run/run-store.ts';
import { record, startEvent } from '../run/fixtures.ts';

/** Ten steps an epoch. */
function trained(id: string, epochs: number, part: Partial<RunRecord> = {}): { readonly run: RunRecord; readonly numbers: RunNumbers } {
  const numbers = new RunNumbers();
  for (let step = 1; step <= epochs * 10; step++) {
    numbers.feed({ kind: 'step', step, epoch: Math.ceil(step / 10), loss: 2 / step, learningRate: 0.1 });
    if (step % 10 === 0) numbers.feed({ kind: 'epoch', epoch: step / 10, step, train: { loss: 3 / step, accuracy: 0.5 }, test: { loss: 4 / step, accuracy: 0.25 }, seconds: 1, samplesPerSecond: 1 });
  }
  return { run: record({ id, started: startEvent({ stepsPerEpoch: 10, epochs }) as Extract<RunEvent, { kind: 'start' }>, ...part }), numbers };
}
function shelf(...all: ReturnType<typeof trained>[]) {
  return { runs: all.map(({ run }) => run), seriesOf: (id: string) => all.find(({ run }) => run.id === id)?.numbers };
}
const lineNames = (charts: ReturnType<typeof chartsOf>): string[] => charts.map(({ key, lines }) => `${key}: ${lines.map(({ run, split, series }) => `${run} ${split} ${series.per}`).join(', ')}`);

describe('charts', () => {
  it('are one per metric; by step the training loss is that of the steps', () => {
    const { runs, seriesOf } = shelf(trained('a', 2), trained('b', 1));
    expect(lineNames(chartsOf(runs, seriesOf, { xAxis: 'step', learningRate: true }))).toEqual([
      'loss: a train step, a test epoch, b train step, b test epoch', 'accuracy: a train epoch, a test epoch, b train epoch, b test epoch', 'learning-rate: a train step, b train step',
    ]);
  });
  it('have by epoch the means of the epochs, whatever the number of steps in each', () => {
    const { runs, seriesOf } = shelf(trained('a', 2), trained('b', 1, { visible: false }));
    const charts = chartsOf(runs, seriesOf, { xAxis: 'epoch', learningRate: false });
    expect(lineNames(charts)).toEqual(['loss: a train epoch, a test epoch', 'accuracy: a train epoch, a test epoch']);
    expect(fullRange(charts)).toEqual({ min: 0, max: 2 });
  });
  it('are scaled to what is seen, and never below zero without need', () => {
    const { runs, seriesOf } = shelf(trained('a', 5));
    const [loss] = chartsOf(runs, seriesOf, { xAxis: 'step', learningRate: false });
    for (const { curve } of loss!.lines) curve.update(0);
    const all = valueRange(loss!.lines, { min: 0, max: 50 }, false);
    expect(all.min).toBe(0);
    expect(all.max).toBeGreaterThan(2);
    const part = valueRange(loss!.lines, { min: 40, max: 50 }, false);
    expect(part.max).toBeLessThan(0.12);
    const log = valueRange(loss!.lines, { min: 0, max: 50 }, true);
    expect(log.min).toBeGreaterThan(0);
    expect(position(log.min, log, true)).toBe(0);
    expect(position(0, log, true)).toBeLessThan(0);
    expect(valueRange([], { min: 0, max: 1 }, false)).toEqual({ min: 0, max: 1 });
  });
});

describe('the stretch that is shown', () => {
  const full = { min: 0, max: 1000 };
  const open = () => createCurvesView({ getItem: () => null, setItem: () => {} });
  it('keeps the place under the pointer while it is zoomed, and follows again when all is seen', () => {
    const view = open();
    view.zoom(0.5, 250, full);
    expect(view.getState().range).toEqual({ min: 125, max: 625 });
    view.zoom(0.5, 250, full);
    expect(view.getState().range).toEqual({ min: 187.5, max: 437.5 });
    view.zoom(100, 250, full);
    expect(view.getState().range).toBeUndefined();
  });
  it('does not leave what there is', () => {
    const view = open();
    view.show({ min: 100, max: 200 }, full);
    view.pan(-500, full);
    expect(view.getState().range).toEqual({ min: 0, max: 100 });
    view.pan(5000, full);
    expect(view.getState().range).toEqual({ min: 900, max: 1000 });
    expect(within({ min: -10, max: 2000 }, full)).toEqual(full);
    view.follow();
    view.pan(10, full);
    expect(view.getState().range).toBeUndefined();
  });
  it('comes back as it was looked at, and takes nothing strange', () => {
    let kept = '';
    const view = createCurvesView({ getItem: () => null, setItem: (_key, value) => { kept = value; } });
    view.set({ smoothing: 0.5, logarithmic: true });
    view.show({ min: 1, max: 2 }, full);
    expect(createCurvesView({ getItem: () => kept, setItem: () => {} }).getState()).toMatchObject({ smoothing: 0.5, logarithmic: true, range: undefined });
    expect(createCurvesView({ getItem: () => '{"smoothing":7,"xAxis":"week"}', setItem: () => {} }).getState()).toMatchObject({ smoothing: 0.9, xAxis: 'step' });
    expect(createCurvesView({ getItem: () => '[', setItem: () => {} }).getState().smoothing).toBe(0.9);
  });
});

describe('files', () => {
  it('hold every number as CSV', () => {
    const { runs, seriesOf } = shelf(trained('a', 2));
    const lines = curvesCsv(runs, seriesOf, () => 'Run 1, "first"').trimEnd().split('\r\n');
    expect(lines[0]).toBe('run,metric,split,step,epoch,value');
    expect(lines).toContain('"Run 1, ""first""",loss,train,10,1,0.20000000298023224');
    expect(lines).toContain('"Run 1, ""first""",accuracy,test,20,2,0.25');
    // 20 losses and rates of steps, 4 metrics of 2 epochs.
    expect(lines).toHaveLength(1 + 40 + 8);
  });

  const colors = { background: '#fff', text: '#111', quiet: '#555', grid: '#ddd', accent: '#00f', runs: ['#f00', '#0a0'], font: 'system-ui, "Segoe UI"' };
  const picture = (range?: { min: number; max: number }) => {
    const { runs, seriesOf } = shelf(trained('a', 3), trained('b', 3, { color: 1 }));
    const charts = chartsOf(runs, seriesOf, { xAxis: 'step', learningRate: false });
    for (const { lines } of charts) for (const { curve } of lines) curve.update(0.5);
    return curvesSvg({
      title: 'Digits <CNN> & more', charts, titleOfChart: ({ key }) => key, legend: [{ color: 0, text: 'Run 1 · lr 0.01' }, { color: 1, text: 'Run 2' }], splits: [{ split: 'train', title: 'Train' }, { split: 'test', title: 'Test' }],
      xTitle: 'Step', range, logarithmic: false, colors, dash: (split) => (split === 'test' ? [2, 3] : []),
    });
  };
  it('are drawings of real lines, with title, axes and legend', () => {
    const { svg, width, height } = picture();
    expect(svg).toContain('Digits &lt;CNN&gt; &amp; more');
    expect(svg).not.toContain('NaN');
    expect(svg).toContain('Run 1 · lr 0.01');
    expect([width, height].every((each) => each > 100)).toBe(true);
    // Of each run: two splits in two charts, and the raw loss behind the smoothed one.
    expect(svg.match(/<polyline/g)).toHaveLength(10);
    expect(svg.match(/stroke="#f00"/g)).toHaveLength(5);
    expect(svg.match(/<polyline[^>]*stroke-dasharray="2 3"/g)).toHaveLength(4);
    expect(svg).toContain('font-family="system-ui, &quot;Segoe UI&quot;"');
    const points = /<polyline points="([^"]*)"/.exec(svg)![1]!.split(' ');
    expect(points).toHaveLength(30);
  });
  it('show the stretch that is looked at', () => {
    const points = /<polyline points="([^"]*)"/.exec(picture({ min: 10, max: 20 }).svg)![1]!.split(' ');
    // Steps 10 to 20 and one before; beyond the end there is none between 20 and 20.
    expect(points).toHaveLength(12);
  });
});

describe('ticks', () => {
  it('are round numbers', () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(3, 1880, 4)).toEqual([500, 1000, 1500]);
    expect(linearTicks(1, 1, 4)).toEqual([]);
    expect(logTicks(0.02, 3)).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
    expect(logTicks(1e-6, 1)).toEqual([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]);
  });
  it('are written short', () => {
    expect([0, 0.25, 1500, 25_000, 1_000_000, 0.0001, 0.00025].map(tickText)).toEqual(['0', '0.25', '1500', '25k', '1M', '1e-4', '2.5e-4']);
  });
});
