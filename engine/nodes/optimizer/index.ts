/** Optimizers. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { adadelta } from './adadelta.ts';
import { adagrad } from './adagrad.ts';
import { adam } from './adam.ts';
import { adamw } from './adamw.ts';
import { lion } from './lion.ts';
import { nadam } from './nadam.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

export const optimizerNodes: readonly AnyNodeType[] = [adam, sgd, adamw, rmsprop, nadam, lion, adagrad, adadelta];
