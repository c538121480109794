/** Coloured shapes: pictures, classes and captions; endless, for each epoch may have its own training pictures. */
import { CAPTION_LENGTH, CAPTION_WORDS, COLOURS, colouredShapesNode, type ColouredShapesParams, SHAPE_SIDE, type ShapeLabels, SHAPES } from '../../nodes/data/coloured-shapes.ts';
import type { DataContext, Samples } from '../dataset.ts';
import { makeShapes, type ShapePictures } from '../shapes/generator.ts';
import { datasetFromNode, TEST_STREAM, TRAIN_STREAM } from './from-node.ts';

/** Pixel bytes to 0 … 1. */
const SCALE = 1 / 255;

const CLASS_NAMES: Readonly<Record<ShapeLabels, readonly string[]>> = {
  shape: SHAPES, colour: COLOURS, both: SHAPES.flatMap((shape) => COLOURS.map((colour) => `${colour} ${shape}`)),
};

function labelsOf({ shapes, colours }: ShapePictures, labels: ShapeLabels): Int32Array {
  switch (labels) {
    case 'shape':
      return shapes;
    case 'colour':
      return colours;
    case 'both':
      return shapes.map((shape, i) => shape * COLOURS.length + (colours[i] ?? 0));
  }
}

async function make(params: ColouredShapesParams, context: DataContext, split: number, epoch: number): Promise<Samples> {
  const count = split === TRAIN_STREAM ? params.trainSamples : params.testSamples;
  const pictures = await makeShapes(params.noise, count, params.seed ?? context.seed, split, epoch);
  return {
    x: { shape: [count, 3, SHAPE_SIDE, SHAPE_SIDE], data: pictures.images, scale: SCALE },
    y: { shape: [count], data: labelsOf(pictures, params.labels) },
    caption: { shape: [count, CAPTION_LENGTH], data: pictures.captions },
  };
}

export const colouredShapes = datasetFromNode(colouredShapesNode, {
  load: async (params, context) => ({
    train: await make(params, context, TRAIN_STREAM, 0),
    ...(params.testSamples === 0 ? {} : { test: await make(params, context, TEST_STREAM, 0) }),
    classNames: CLASS_NAMES[params.labels],
    tokens: { caption: { kind: 'words', words: CAPTION_WORDS } },
  }),
  preprocessing: () => ({ x: { scale: SCALE, shift: 0, from: 'pixel bytes 0 … 255' } }),
  refresh: async (params, context, epoch) => make(params, context, TRAIN_STREAM, params.fresh ? epoch : 0),
});
