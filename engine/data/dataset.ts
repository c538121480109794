/** What a dataset is: named arrays of samples, loaded or made once, then gathered on the device by index. */
import type { ParamValue } from '../graph/document.ts';
import type { Text } from '../text.ts';
import type { TensorType } from '../nodes/node-type.ts';
import type { Platform } from '../platform/platform.ts';
import type { Playable } from './environments/experience.ts';
import type { TokenCoding } from './text/token-coding.ts';

/** One number for all, or one for each channel, which is axis 1. */
export type PerChannel = number | readonly number[];

/** One port's samples: first axis is the sample. u8 images are 0…255 and become value/255 on the device. */
export interface SampleArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array | Int32Array;
  /** Applied on the device to every element: value · scale + shift. */
  readonly scale?: PerChannel;
  readonly shift?: PerChannel;
}
/** How raw samples become what a port gives: value · scale + shift. */
export interface Preprocessing {
  readonly scale: PerChannel;
  readonly shift: PerChannel;
  /** What the raw samples are, in a few words for people. */
  readonly from?: string;
}
/** Arrays by port name (`x`, `y`), all with the same number of samples. */
export type Samples = Readonly<Record<string, SampleArray>>;

export interface LoadedData {
  readonly train: Samples;
  readonly test?: Samples;
  /** For messages, plots and the exported model's metadata. */
  readonly classNames?: readonly string[];
  /** How the whole numbers of a port become text, by port. */
  readonly tokens?: Readonly<Record<string, TokenCoding>>;
  /**
   * Present where samples follow each other in time: so many of those that come next share numbers with a sample.
   * What is held back for validation is then the end, with so many samples in front of it left out.
   */
  readonly overlap?: number;
  /** Environments: every epoch's samples, the first's too, come of playing with the network as it is then. `train` are those of a player who knows nothing. */
  readonly playable?: Playable;
}

export interface DataContext {
  readonly platform: Platform;
  /** `--datasets` or NETLOOM_DATASETS: a folder or URL that is asked first. */
  readonly source?: string;
  readonly seed: number;
  readonly onProgress?: (progress: { readonly what: Text; readonly done: number; readonly total: number | undefined }) => void;
  readonly signal?: AbortSignal;
}

export interface Dataset {
  readonly id: string;
  /** Port types that the parameters alone determine (batch axis N), for checks before anything is loaded. */
  describe(params: Readonly<Record<string, ParamValue>>): Readonly<Record<string, TensorType>>;
  load(params: Readonly<Record<string, ParamValue>>, context: DataContext): Promise<LoadedData>;
  /** What `load` will say of its arrays' scale and shift, by port, without loading: an exported model must tell it. Ports that are not named are fed as they are. */
  preprocessing?(params: Readonly<Record<string, ParamValue>>): Readonly<Record<string, Preprocessing>>;
  /** Whether it reads a file of the user's own, which may have changed since it was read last. */
  readsFile?(params: Readonly<Record<string, ParamValue>>): boolean;
  /** Endless sets: fresh training samples for an epoch (0 is what `load` gave). Depends on (params, seed, epoch) alone. */
  refresh?(params: Readonly<Record<string, ParamValue>>, context: DataContext, epoch: number): Promise<Samples>;
}
