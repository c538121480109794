/** The layers of a large graph, found apart from the window: a thousand nodes take seconds. */
import { type LayersQuestion, layersOf } from './layers.ts';

addEventListener('message', ({ data }: MessageEvent<LayersQuestion>) => postMessage(layersOf(data)));
