/** A walk over a grid with walls: from any free cell to the goal in the last corner, in as few steps as can be. */
import type { GridWorldParams } from '../../nodes/data/grid-world.ts';
import { permutation, Random } from '../random.ts';
import type { Environment, State } from './environment.ts';

/** Row and column of each action's step. */
const MOVES = [[-1, 0], [0, 1], [1, 0], [0, -1]] as const;
/** Planes of a picture of the grid. */
const PLAYER = 0;
const GOAL = 1;
const WALLS = 2;

export interface GridWorld extends Environment {
  /** 1 where a cell is a wall, row by row. */
  readonly walls: Uint8Array;
  /** Steps of the shortest way from each cell to the goal; Infinity for walls. */
  readonly distances: readonly number[];
  /** Every state that an episode may begin in. */
  readonly starts: readonly State[];
}

export function gridWorld({ rows, columns, walls: share, layout, limit }: Pick<GridWorldParams, 'rows' | 'columns' | 'walls' | 'layout' | 'limit'>): GridWorld {
  const cells = rows * columns;
  const goal = cells - 1;
  const walls = new Uint8Array(cells);
  /** The cell that a step leads to; a wall or an edge stops it. */
  const moved = (cell: number, action: number): number => {
    const [down, right] = MOVES[action] ?? [0, 0];
    const row = Math.floor(cell / columns) + down;
    const column = (cell % columns) + right;
    const next = row * columns + column;
    return row < 0 || row >= rows || column < 0 || column >= columns || walls[next] === 1 ? cell : next;
  };
  const measure = (): number[] => {
    const steps = new Array<number>(cells).fill(Infinity);
    steps[goal] = 0;
    // Breadth first; a step that is possible is possible backwards.
    for (const queue = [goal]; queue.length > 0;) {
      const cell = queue.shift() ?? goal;
      for (const action of MOVES.keys()) {
        const next = moved(cell, action);
        if (steps[next] !== Infinity) continue;
        steps[next] = (steps[cell] ?? 0) + 1;
        queue.push(next);
      }
    }
    return steps;
  };
  // A wall stays where it cuts no cell off from the goal.
  let left = Math.floor(share * cells);
  for (const cell of permutation(cells, new Random(layout, rows, columns))) {
    if (left === 0 || cell === goal) continue;
    walls[cell] = 1;
    if (measure().every((steps, at) => steps < Infinity || walls[at] === 1)) left--;
    else walls[cell] = 0;
  }
  const starts = Array.from({ length: goal }, (_, cell) => cell).filter((cell) => walls[cell] === 0).map((cell) => [cell]);
  return {
    stateSize: 1,
    observationShape: [3, rows, columns],
    actionNames: ['↑', '→', '↓', '←'],
    limit,
    walls,
    distances: measure(),
    starts,
    start: (random) => starts[random.below(starts.length)] ?? [0],
    step([cell = 0], action) {
      const next = moved(cell, action);
      return { state: [next], reward: next === goal ? 1 : 0, ends: next === goal };
    },
    observe([cell = 0], into, offset) {
      into.fill(0, offset, offset + 3 * cells);
      into[offset + PLAYER * cells + cell] = 1;
      into[offset + GOAL * cells + goal] = 1;
      into.set(walls, offset + WALLS * cells);
    },
  };
}
