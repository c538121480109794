/**
 * Text by a trained language model: a prompt is gone on with, token by token, or gaps are filled. A model
 * that writes must not look ahead, for what stands behind a place is not there yet; so a text that is shorter
 * than the window stands at its start, and the prediction is read at its last place.
 */
import { breathe } from '../data/breathe.ts';
import { Random } from '../data/random.ts';
import { MASK_NAME, type TokenCoding, type TokenCodings, type Tokenizer, tokenizerOf, UNKNOWN } from '../data/text/token-coding.ts';
import { type LanguageModel, languageModelIn } from '../graph/language-model.ts';
import { DataError, type DeviceModel } from './device-model.ts';
import { Predictor } from './predictor.ts';

export interface WriteOptions {
  /** What is gone on with. Empty: a new line. */
  readonly prompt: string;
  /** Tokens to write. */
  readonly length: number;
  /** Probabilities are taken to the power of 1 / temperature: below 1 the likely becomes likelier. 0: always the likeliest. */
  readonly temperature: number;
  /** Choose among so many of the likeliest only; 0: among all. */
  readonly topK: number;
  readonly seed: number;
  /** Ends the writing early: what is there by then is the answer. */
  readonly isCancelled?: () => boolean;
  /** After each token. */
  readonly onProgress?: (done: number, total: number) => void;
}
export interface WrittenText {
  /** Without the prompt. */
  readonly text: string;
  /** Characters of the prompt that the vocabulary lacks: the model has seen "unknown" in their place. */
  readonly unknown: readonly string[];
}

/** One likely content of a gap. */
export interface Candidate {
  readonly name: string;
  readonly probability: number;
}
/** A piece of a sentence as it was given, or a gap with what was put in. */
export interface FilledPart {
  readonly text: string;
  /** Of a gap: the likeliest first. */
  readonly candidates?: readonly Candidate[];
  /** Of a gap whose content is known. */
  readonly truth?: string;
}
export interface FilledText {
  readonly parts: readonly FilledPart[];
  readonly unknown: readonly string[];
}

/** A probability below the smallest f32 has rounded to 0; its logarithm must be a number. */
const LEAST_PROBABILITY = 1e-38;
/** How far a prediction may move by rounding alone when tokens behind its place change. A share of probability. */
const SAME = 1e-5;
/** Candidates that are told of each gap. */
const MOST_CANDIDATES = 5;

export class TextModel {
  readonly language: LanguageModel;
  readonly #predictor: Predictor;
  readonly #coding: TokenCoding;
  readonly #tokenizer: Tokenizer;
  /** Tokens that may be written: those that stand for text. */
  readonly #writable: readonly number[];
  #probed = false;

  /** Throws DataError where the graph is no language model, or the tokens' meaning was not kept with the run. */
  constructor(device: DeviceModel, codings: TokenCodings | undefined) {
    const language = languageModelIn(device.model.graph);
    if ('problem' in language) throw new DataError(language.problem);
    const coding = codings?.[`${language.source}.${language.port}`];
    if (coding === undefined) throw new DataError({ en: `What the tokens of '${language.label}' mean was not kept with this model: it was trained on given arrays, or by an older version. Train it again.`, zh: `该模型没有保存“${language.label}”的词元含义：它是用给定的数组或由旧版本训练的。请重新训练。` });
    this.language = language;
    this.#predictor = new Predictor(device, language);
    this.#coding = coding;
    this.#tokenizer = tokenizerOf(coding);
    this.#writable = writableTokens(coding, this.#tokenizer, language.classes);
  }

  /** Throws DataError for a model that fills gaps or looks ahead. */
  async write(options: WriteOptions): Promise<WrittenText> {
    const { asks, window } = this.language;
    if (asks !== 'next-token') throw new DataError({ en: 'This model was trained to fill gaps, not to go on with a text: give it a sentence with gaps.', zh: '该模型学习的是填空，而不是续写文本：请给它一个带空缺的句子。' });
    await this.#requireCausal();
    const { length, seed } = options;
    const given = this.#tokenizer.encode(options.prompt);
    const tokens = given.length > 0 ? Array.from(given) : [this.#opening()];
    const start = tokens.length;
    const random = new Random(seed);
    while (tokens.length < start + length && options.isCancelled?.() !== true) {
      const seen = tokens.slice(-window);
      const place = seen.length - 1;
      const probabilities = await this.#ask(Int32Array.from({ length: window }, (_, i) => seen[i] ?? 0));
      tokens.push(drawToken(this.#writable, (token) => probabilities[token * window + place] ?? 0, options, random));
      options.onProgress?.(tokens.length - start, length);
      await breathe();
    }
    return { text: this.#tokenizer.decode(tokens.slice(start)), unknown: unknownCharacters(this.#coding, options.prompt) };
  }

  /** `sentence` has a `□` for each token that is asked for; all gaps are filled at once. Throws DataError. */
  async fill(sentence: string): Promise<FilledText> {
    const { asks, window, label } = this.language;
    const mask = this.#coding.kind === 'words' ? undefined : this.#coding.mask;
    if (asks !== 'masked-tokens' || mask === undefined) throw new DataError({ en: 'This model was trained to go on with a text, not to fill gaps: give it a prompt.', zh: '该模型学习的是续写文本，而不是填空：请给它一个开头。' });
    const pieces = sentence.split(MASK_NAME);
    if (pieces.length < 2) throw new DataError({ en: `The sentence has no gap: put a ${MASK_NAME} for each token that is to be filled in.`, zh: `句子中没有空缺：请在每个要填的词元处放一个 ${MASK_NAME}。` });
    const tokens = pieces.flatMap((piece, i) => [...(i === 0 ? [] : [mask]), ...this.#tokenizer.encode(piece)]);
    if (tokens.length > window) throw new DataError({ en: `The sentence has ${tokens.length} tokens, but '${label}' gave the model windows of ${window}. Take a shorter one.`, zh: `句子有 ${tokens.length} 个词元，而“${label}”的窗口只有 ${window} 个。请用短一些的句子。` });
    return { parts: await this.#filled(pieces, tokens, mask), unknown: unknownCharacters(this.#coding, sentence.replaceAll(MASK_NAME, '')) };
  }

  /** A window as the data has it: what hides behind its masks stands in `targets`. */
  async fillWindow(tokens: Int32Array, targets: ArrayLike<number>): Promise<FilledText> {
    const mask = this.#coding.kind === 'words' ? undefined : this.#coding.mask;
    if (mask === undefined) throw new DataError({ en: `'${this.language.label}' hides no tokens.`, zh: `“${this.language.label}”不遮住词元。` });
    const gaps = Array.from(tokens.keys()).filter((place) => tokens[place] === mask);
    const pieces = [...gaps, tokens.length].map((end, i) => this.#tokenizer.decode(tokens.subarray(i === 0 ? 0 : (gaps[i - 1] ?? 0) + 1, end)));
    return { parts: await this.#filled(pieces, Array.from(tokens), mask, gaps.map((place) => this.#tokenizer.decode([targets[place] ?? -1]))), unknown: [] };
  }

  /** Between the pieces stand the gaps, in the order of their places. */
  async #filled(pieces: readonly string[], tokens: readonly number[], mask: number, truths?: readonly string[]): Promise<readonly FilledPart[]> {
    const { window } = this.language;
    // Behind the end nothing is known, which is what a mask says.
    const probabilities = await this.#ask(Int32Array.from({ length: window }, (_, i) => tokens[i] ?? mask));
    const gaps = tokens.flatMap((token, place) => (token === mask ? [place] : []));
    return pieces.flatMap((piece, i): FilledPart[] => {
      const place = gaps[i - 1];
      const text = piece === '' ? [] : [{ text: piece }];
      if (place === undefined) return text;
      const ranked = this.#writable.map((token) => ({ token, probability: probabilities[token * window + place] ?? 0 })).sort((a, b) => b.probability - a.probability).slice(0, MOST_CANDIDATES);
      const truth = truths?.[i - 1];
      return [{
        text: this.#tokenizer.decode(ranked.slice(0, 1).map(({ token }) => token)),
        candidates: ranked.map(({ token, probability }) => ({ name: this.#tokenizer.names[token] ?? '', probability })),
        ...(truth === undefined ? {} : { truth }),
      }, ...text];
    });
  }

  /** [classes, window]: probabilities by token and place. */
  async #ask(window: Int32Array): Promise<Float32Array> {
    const { probabilities } = await this.#predictor.predict({ [this.language.source]: { shape: [1, window.length], data: window } });
    if (probabilities === undefined) throw new Error(`The predictor gave no probabilities of '${this.language.source}'.`);
    return probabilities.data;
  }

  /** A text begins as a line does, where there are lines; else with any token that there is. */
  #opening(): number {
    const [line = 0] = this.#tokenizer.encode('\n');
    return this.#writable.includes(line) ? line : (this.#writable[0] ?? 0);
  }

  /**
   * Tokens at the end of a window are changed, and predictions in front of them must not move. That holds
   * for whatever a graph is made of: attention without a causal mask, both directions of an LSTM, a centred convolution.
   */
  async #requireCausal(): Promise<void> {
    if (this.#probed) return;
    const { window, classes } = this.language;
    const random = new Random(window, classes);
    const some = (): number => this.#writable[random.below(this.#writable.length)] ?? 0;
    const first = Int32Array.from({ length: window }, some);
    const before = Float32Array.from(await this.#ask(first));
    const half = window >> 1;
    for (const cut of new Set([1, half, half + 1, window - 1].filter((place) => place >= 1 && place < window))) {
      const other = first.map((token, place) => (place < cut ? token : (this.#writable[(this.#writable.indexOf(token) + 1 + random.below(this.#writable.length - 1)) % this.#writable.length] ?? 0)));
      const after = await this.#ask(other);
      for (let token = 0; token < classes; token++) {
        for (let place = 0; place < cut; place++) {
          if (Math.abs((after[token * window + place] ?? 0) - (before[token * window + place] ?? 0)) <= SAME) continue;
          throw new DataError({
            en: `This network looks ahead: its prediction at place ${place + 1} changes with tokens from place ${cut + 1} on, so that it cannot write what is not there yet. Make its attention causal, its recurrent layers one-directional, and pad its convolutions in front only.`,
            zh: `该网络会向后偷看：第 ${place + 1} 个位置的预测随第 ${cut + 1} 个及其后的词元而变，因此无法写出尚不存在的内容。请把注意力设为因果的、循环层设为单向的，卷积只在前端填充。`,
          });
        }
      }
    }
    this.#probed = true;
  }
}

/** Neither masks nor free numbers nor "unknown". */
function writableTokens(coding: TokenCoding, { names }: Tokenizer, classes: number): readonly number[] {
  const mask = coding.kind === 'words' ? undefined : coding.mask;
  const used = coding.kind === 'byte-pairs' ? 256 + coding.merges.length : names.length;
  return names.flatMap((name, token) => (name === '' || name === UNKNOWN || token === mask || token >= Math.min(classes, used) ? [] : [token]));
}

function unknownCharacters(coding: TokenCoding, text: string): readonly string[] {
  if (coding.kind !== 'characters') return [];
  const known = new Set(coding.characters.slice(1));
  return [...new Set(text)].filter((character) => !known.has(character));
}

/** One token by its probability, sharpened by the temperature, among the likeliest `topK`. */
export function drawToken(tokens: readonly number[], probabilityOf: (token: number) => number, { temperature, topK }: Pick<WriteOptions, 'temperature' | 'topK'>, random: Random): number {
  const ranked = tokens.map((token) => ({ token, score: Math.log(Math.max(probabilityOf(token), LEAST_PROBABILITY)) })).sort((a, b) => b.score - a.score || a.token - b.token);
  const [best] = ranked;
  if (best === undefined) throw new RangeError('There is no token to choose from.');
  if (temperature === 0) return best.token;
  const chosen = (topK === 0 ? ranked : ranked.slice(0, topK)).map(({ token, score }) => ({ token, weight: Math.exp((score - best.score) / temperature) }));
  let rest = random.uniform() * chosen.reduce((sum, { weight }) => sum + weight, 0);
  for (const { token, weight } of chosen) if ((rest -= weight) < 0) return token;
  return best.token;
}
