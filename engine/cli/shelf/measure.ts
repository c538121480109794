/** How each figure of the shelf is taken from a trained model. What they are called: `graph/templates/measures.ts`. */
import type { Figure, MeasureId } from '../../graph/templates/measures.ts';
import { FailedError } from '../errors.ts';
import { distanceToLeastSquares } from './least-squares.ts';
import { episodeSteps, shortestPaths } from './played.ts';
import { recognised } from './recognised.ts';
import type { Trained } from './train-template.ts';

type Measurement = (trained: Trained, split: Figure['split']) => number | Promise<number>;

/** What the run itself reports under this name at its end. */
const reported = (name: string): Measurement => ({ result }, split) => {
  const value = result[split]?.[name];
  if (value === undefined) throw new FailedError(`The run reports no ${name} of its ${split} samples; it reports ${Object.keys(result[split] ?? {}).join(', ') || 'nothing'}.`);
  return value;
};

const MEASUREMENTS: Readonly<Record<MeasureId, Measurement>> = {
  accuracy: reported('accuracy'),
  loss: reported('loss'),
  rmse: reported('rmse'),
  'match-accuracy': reported('match_accuracy'),
  recognised,
  'closed-form': distanceToLeastSquares,
  'episode-steps': episodeSteps,
  'shortest-paths': shortestPaths,
};

export const measure = async ({ measure: id, split }: Figure, trained: Trained): Promise<number> => MEASUREMENTS[id](trained, split);
