/** Convolutions of 2×2 to 5×5 taps and both of their gradients by minimal filtering: which functions run one after the other. */
import type { FunctionBuilder } from './assembler.ts';
import { emitFilterMain, emitFilterTransform } from './winograd-filter.ts';
import { emitGradientFinish, emitGradientMain } from './winograd-gradient.ts';
import type { Context } from './winograd-tiles.ts';

/** Functions to run one after the other, with a barrier in between. Parameters: (thread, threads, …buffers, shared scratch, private scratch). */
export function emitWinograd(context: Context, first: FunctionBuilder, second: FunctionBuilder): void {
  if (context.shape.kind === 'filter') {
    emitFilterTransform(context, first);
    emitFilterMain(context, second);
  } else {
    emitGradientMain(context, first);
    emitGradientFinish(context, second);
  }
}
