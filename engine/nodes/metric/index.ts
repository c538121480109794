/** Metrics. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { accuracy } from './accuracy.ts';
import { confusion } from './confusion.ts';
import { maeMetric } from './mae-metric.ts';
import { matchAccuracy } from './match-accuracy.ts';
import { precisionRecallF1 } from './precision-recall-f1.ts';
import { r2 } from './r2.ts';
import { rmse } from './rmse.ts';
import { topKAccuracy } from './top-k-accuracy.ts';

export const metricNodes: readonly AnyNodeType[] = [accuracy, topKAccuracy, matchAccuracy, precisionRecallF1, confusion, maeMetric, rmse, r2];
