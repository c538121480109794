/** Environments: cart-pole against the equations of motion, the grid against value iteration, samples against their definitions. */
import { describe, expect, test } from 'vitest';
import { dataset } from '../../engine/data/datasets/index.ts';
import type { Samples } from '../../engine/data/dataset.ts';
import { CART_POLE, cartPole } from '../../engine/data/environments/cart-pole.ts';
import { indifferent, playEpoch, type Turn } from '../../engine/data/environments/experience.ts';
import { gridWorld } from '../../engine/data/environments/grid-world.ts';
import { epsilonGreedy, greedy, playEpisodes, type Policy, sampled } from '../../engine/data/environments/play.ts';
import { Random } from '../../engine/data/random.ts';
import type { LearningParams } from '../../engine/nodes/data/environment-parts.ts';
import { memoryPlatform } from './memory-platform.ts';

const LEARNING: LearningParams = { method: 'policy-gradient', samples: 120, limit: 40, discount: 0.9, exploration: 0.1, explorationEpochs: 10, memory: 300, seed: null };
const numbers = (samples: Samples, port: string): number[] => [...(samples[port]?.data ?? [])];
/** [samples, width] as rows. */
function rows(samples: Samples, port: string): number[][] {
  const { shape: [count = 0], data } = samples[port]!;
  const width = data.length / count;
  return Array.from({ length: count }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
}

describe('cart-pole', () => {
  const environment = cartPole({ limit: 200 });

  test('a step obeys Newton for the cart and for the pole', () => {
    const { gravity, cartMass, poleMass, halfLength, force, interval } = CART_POLE;
    for (const [i, state] of [[0.3, -0.7, 0.11, 0.9], [-1.2, 2, -0.19, -1.5], [0, 0, 0, 0]].entries()) {
      const action = i % 2;
      const next = environment.step(state, action).state;
      const [, speed = 0, angle = 0, turning = 0] = state;
      const [acceleration, turn] = [1, 3].map((k) => ((next[k] ?? 0) - (state[k] ?? 0)) / interval) as [number, number];
      expect(next[0]).toBeCloseTo((state[0] ?? 0) + interval * speed, 12);
      expect(next[2]).toBeCloseTo(angle + interval * turning, 12);
      // Momentum along the track; angular momentum about the joint, of a rod of length 2l.
      const push = (cartMass + poleMass) * acceleration + poleMass * halfLength * (turn * Math.cos(angle) - turning ** 2 * Math.sin(angle));
      expect(push).toBeCloseTo(action === 1 ? force : -force, 9);
      expect((4 / 3) * poleMass * halfLength ** 2 * turn + poleMass * halfLength * acceleration * Math.cos(angle)).toBeCloseTo(poleMass * gravity * halfLength * Math.sin(angle), 9);
    }
  });

  test('an episode ends when the pole falls, at the end of the track or at the limit', async () => {
    expect(environment.step([0, 0, 0.2, 1], 1).ends).toBe(true);
    expect(environment.step([0, 0, -0.2, -1], 0).ends).toBe(true);
    expect(environment.step([2.39, 1, 0, 0], 1).ends).toBe(true);
    expect(environment.step([2.3, 1, 0.1, 0], 1)).toMatchObject({ ends: false, reward: 1 });
    const player = { random: new Random(1) };
    const [always] = await playEpisodes(environment, [player], indifferent(environment), () => 1);
    expect(always?.ended).toBe(true);
    expect(always?.actions.length).toBeLessThan(12);
    // Against the fall: pushing to where the pole leans and moves keeps it up for long.
    const lean: Policy = async ({ data }) => Float32Array.from({ length: data.length / 2 }, (_, i) => (i % 2) * ((data[4 * (i >> 1) + 2] ?? 0) + 0.5 * (data[4 * (i >> 1) + 3] ?? 0)));
    const [upright] = await playEpisodes(environment, [player], lean, greedy);
    expect(upright).toMatchObject({ ended: false });
    expect(upright?.actions.length).toBe(200);
  });
});

describe('the grid world', () => {
  test.each([{ rows: 6, columns: 6, walls: 0.2, layout: 1 }, { rows: 4, columns: 9, walls: 0.6, layout: 5 }, { rows: 2, columns: 2, walls: 0, layout: 0 }])('%o: every cell has a way, and its length is what value iteration finds', (params) => {
    const grid = gridWorld({ ...params, limit: 50 });
    const cells = params.rows * params.columns;
    let values = new Array<number>(cells).fill(0);
    for (let sweep = 0; sweep <= cells; sweep++) {
      values = values.map((_, cell) => (cell === cells - 1 ? 0 : Math.max(...[0, 1, 2, 3].map((action) => {
        const { state: [next = 0], reward, ends } = grid.step([cell], action);
        return reward + (ends ? 0 : 0.5 * (values[next] ?? 0));
      }))));
    }
    for (const [cell = 0] of grid.starts) expect(1 + Math.log(values[cell] ?? 0) / Math.log(0.5)).toBeCloseTo(grid.distances[cell] ?? Number.NaN, 9);
    const count = grid.walls.reduce((sum, wall) => sum + wall, 0);
    expect(count).toBeLessThanOrEqual(params.walls * cells);
    expect(count).toBeGreaterThanOrEqual(Math.min(Math.floor(params.walls * cells), cells / 4));
    expect(grid.starts.length + count + 1).toBe(cells);
  });

  test('walls and edges stop a step; the picture shows player, goal and walls', () => {
    const grid = gridWorld({ rows: 3, columns: 3, walls: 0.2, layout: 3, limit: 9 });
    const wall = grid.walls.indexOf(1);
    expect(wall).toBeGreaterThanOrEqual(0);
    expect(grid.step([0], 0).state).toEqual([0]);
    expect(grid.step([0], 3).state).toEqual([0]);
    if (wall % 3 > 0) expect(grid.step([wall - 1], 1).state).toEqual([wall - 1]);
    expect(grid.step([7], 1)).toEqual({ state: [8], reward: 1, ends: true });
    const picture = new Float32Array(29);
    grid.observe([4], picture, 1);
    expect([...picture.subarray(1, 10)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect([...picture.subarray(10, 19)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect([...picture.subarray(19, 28)]).toEqual([...grid.walls]);
  });
});

describe('choices', () => {
  test('follow the softmax, the exploration or the largest number', () => {
    const values = Float32Array.of(0, Math.log(2), Math.log(5));
    const counts = (choose: typeof greedy): number[] => {
      const random = new Random(3);
      const tally = [0, 0, 0];
      for (let i = 0; i < 8000; i++) tally[choose(values, random)]! += 1 / 8000;
      return tally;
    };
    [1, 2, 5].forEach((odds, i) => expect(counts(sampled)[i]).toBeCloseTo(odds / 8, 1.5));
    [0.1, 0.1, 0.8].forEach((share, i) => expect(counts(epsilonGreedy(0.3))[i]).toBeCloseTo(share, 1.5));
    expect(greedy(Float32Array.of(1, 3, 3), new Random(1))).toBe(1);
    // Logits beyond the exponential's range.
    expect(sampled(Float32Array.of(-2000, 1000), new Random(1))).toBe(1);
  });
});

describe('samples for the policy gradient', () => {
  const environment = cartPole({ limit: 40 });
  const turn: Turn = { epoch: 2, seed: 7, memory: {}, policy: indifferent(environment) };

  test('are whole episodes with their discounted returns, less the mean at each step, over the deviation', async () => {
    const { samples, figures, memory } = await playEpoch({ environment, learning: LEARNING }, turn);
    expect(samples['x']?.shape).toEqual([120, 4]);
    expect(memory).toEqual({});
    // Played again, episode by episode, with the reward of 1 summed in closed form.
    const lengths: number[] = [];
    const states: number[][] = [];
    for (let k = 0; lengths.length % 3 !== 0 || lengths.reduce((sum, n) => sum + n, 0) < 120; k++) {
      const [episode] = await playEpisodes(environment, [{ random: new Random(7, 1, 2, k) }], turn.policy, sampled);
      lengths.push(episode?.actions.length ?? 0);
      states.push(...(episode?.states.slice(0, -1).map((state) => [...Float32Array.from(state)]) ?? []));
    }
    expect(rows(samples, 'x')).toEqual(states.slice(0, 120));
    const returns = lengths.map((length) => Array.from({ length }, (_, t) => (1 - 0.9 ** (length - t)) / (1 - 0.9)));
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(mean(returns.flat().map((value) => (value - mean(returns.flat())) ** 2)));
    const wanted = returns.flatMap((own) => own.map((value, t) => (value - mean(returns.filter(({ length }) => length > t).map((other) => other[t] ?? 0))) / deviation)).slice(0, 120);
    numbers(samples, 'value').forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 5));
    expect(figures.episode_steps).toBeCloseTo(mean(lengths), 9);
    expect(figures.episode_return).toBe(figures.episode_steps);
  });

  test('are the same for equal seed and epoch alone', async () => {
    const play = async (change: Partial<Turn>, seed: number | null = null): Promise<number[]> => numbers((await playEpoch({ environment, learning: { ...LEARNING, seed } }, { ...turn, ...change })).samples, 'x');
    expect(await play({})).toEqual(await play({}));
    expect(await play({})).not.toEqual(await play({ epoch: 3 }));
    expect(await play({})).not.toEqual(await play({ seed: 8 }));
    expect(await play({}, 7)).toEqual(await play({ seed: 9 }, 7));
  });
});

describe('samples for Q-learning', () => {
  const environment = gridWorld({ rows: 3, columns: 3, walls: 0, layout: 1, limit: 40 });
  const learning: LearningParams = { ...LEARNING, method: 'q-learning' };
  /** What each action is worth to this network: a number of the cell and the action. */
  const worth = (cell: number, action: number): number => Math.fround(Math.sin(3 * cell + action));
  const policy: Policy = async ({ shape: [count = 0], data }) => Float32Array.from({ length: 4 * count }, (_, i) => worth(data.subarray(27 * (i >> 2), 27 * (i >> 2) + 9).indexOf(1), i % 4));

  test('are steps from memory, with the reward and what the network thinks of the next cell as the target', async () => {
    let memory: Samples = {};
    const played = [];
    for (let epoch = 0; epoch < 4; epoch++) {
      const result = await playEpoch({ environment, learning }, { epoch, seed: 1, memory, policy });
      memory = result.memory;
      played.push(result);
    }
    // The last 300 of 480 steps are remembered.
    for (const name of ['state', 'action', 'reward', 'next', 'ends']) expect(memory[name]?.shape).toEqual([300, 1]);
    expect(numbers(memory, 'state').slice(0, 180)).toEqual(numbers(played[2]!.memory, 'state').slice(120));
    expect(numbers(played[0]!.memory, 'state')).toEqual(rows(played[0]!.samples, 'x').map((picture) => picture.slice(0, 9).indexOf(1)));
    const { samples } = played[3]!;
    const known = new Set(numbers(memory, 'state').map((cell, i) => `${cell} ${numbers(memory, 'action')[i]}`));
    let ends = 0;
    rows(samples, 'x').forEach((picture, i) => {
      const cell = picture.slice(0, 9).indexOf(1);
      const action = numbers(samples, 'action')[i] ?? 0;
      expect(known).toContain(`${cell} ${action}`);
      const { state: [next = 0], reward, ends: over } = environment.step([cell], action);
      if (over) ends++;
      expect(numbers(samples, 'value')[i]).toBeCloseTo(over ? 1 : reward + 0.9 * Math.max(...[0, 1, 2, 3].map((a) => worth(next, a))), 5);
    });
    expect(ends).toBeGreaterThan(0);
  });

  test('an episode that was broken off is not over: its last step has a future', async () => {
    const endless = { ...environment, step: (state: readonly number[], action: number) => ({ ...environment.step(state, action), ends: false }) };
    const { memory } = await playEpoch({ environment: endless, learning }, { epoch: 0, seed: 1, memory: {}, policy });
    expect(numbers(memory, 'ends').every((end) => end === 0)).toBe(true);
  });
});

test.each(['cart-pole', 'grid-world'])('the %s as a dataset: types as promised, the same for the same seed, actions by name', async (id) => {
  const set = dataset(id);
  if (set === undefined) throw new Error(`no dataset ${id}`);
  const load = (seed: number) => set.load({ samples: 50 }, { platform: memoryPlatform(), seed });
  const { train, classNames, playable, test: held } = await load(3);
  expect(held).toBeUndefined();
  for (const [port, type] of Object.entries(set.describe({ samples: 50 }))) expect(train[port]?.shape).toEqual(type.shape.map((n) => (n === 'N' ? 50 : n)));
  expect(numbers(train, 'action').every((action) => action >= 0 && action < (classNames?.length ?? 0))).toBe(true);
  expect(classNames).toEqual(playable?.environment.actionNames);
  expect((await load(3)).train).toEqual(train);
  expect((await load(4)).train).not.toEqual(train);
  await expect(set.load({ discount: 1.5 }, { platform: memoryPlatform(), seed: 1 })).rejects.toThrow(/'discount' is 1.5, but must be a number from 0 to 1/);
});
