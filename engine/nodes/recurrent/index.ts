/** Recurrent layers: they walk along a sequence and remember. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { GRU } from './gru.ts';
import { LSTM } from './lstm.ts';
import { RNN } from './rnn.ts';

export const recurrentNodes: readonly AnyNodeType[] = [RNN, LSTM, GRU];
