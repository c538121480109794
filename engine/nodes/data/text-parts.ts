/** What the text nodes have in common: where the text comes from, what its tokens are, and how windows are cut from it. */
import { type ParamSpecs, ShapeError } from '../node-type.ts';
import { choice, float, int, optionalInt, text, textParam } from '../params.ts';

export type TokenKind = 'characters' | 'byte-pairs';

export interface TextParams {
  readonly path: string;
  readonly tokens: TokenKind;
  readonly vocabulary: number;
  readonly window: number;
  readonly stride: number | null;
  readonly testShare: number;
}

/** The bytes, which byte-pair encoding begins with. */
const BYTES = 256;
/** What a byte-pair vocabulary is set to where it was too small. */
const USUAL_BYTE_PAIRS = 512;

export const textParams: ParamSpecs<TextParams> = {
  path: textParam(text('File', '文件'), text('A plain text file in UTF-8. Empty: the fables that come with Netloom, 24 kB of plain English.', 'UTF-8 编码的纯文本文件。留空则使用 Netloom 自带的寓言，为 24 kB 的浅显英文。'), '', 4096, { prominent: true }),
  tokens: choice<TokenKind>(
    text('Tokens', '词元'),
    text('One token per character, or byte pairs: frequent neighbours become tokens of their own, so that a window holds more text. Byte pairs are learnt from the training part.', '每个字符一个词元；或字节对：把常见的相邻部分合并为一个词元，使同样长的窗口容纳更多文本。字节对从训练部分学得。'),
    'characters',
    { characters: text('Characters', '字符'), 'byte-pairs': text('Byte pairs', '字节对') },
  ),
  vocabulary: int(text('Vocabulary', '词表大小'), text('Number of tokens. Of characters the most frequent ones get a token each, all others share token 0; byte pairs begin with the 256 bytes. The last layer must be so wide.', '词元的个数。按字符时，最常见的字符各占一个词元，其余字符共用词元 0；字节对以 256 个字节为起点。最后一层的宽度应与之相同。'), 64, { min: 3, max: 65_536, prominent: true, logarithmic: true }),
  window: int(text('Window', '窗口'), text('Tokens of a sample.', '每个样本的词元数。'), 64, { min: 1, max: 8192, prominent: true, logarithmic: true }),
  stride: optionalInt(text('Step', '步长'), text('A window begins after every so many tokens of the training part. Empty: so that there are some thousand windows, and none of the text is left out.', '训练部分中每隔多少个词元开始一个窗口。留空则自动选取，使窗口数达到几千个，且不遗漏任何文本。'), null, { min: 1, max: 1_000_000 }),
  testShare: float(text('Share for the test', '测试集比例'), text('The end of the text, which training does not see. Its windows do not overlap.', '文本末段所占的比例，训练时不会见到。其窗口互不重叠。'), 0.1, { min: 0, max: 0.9 }),
};

/** Throws a ShapeError where the vocabulary has no room; `reserved` tokens are kept free at its end. */
export function requireVocabulary({ tokens, vocabulary }: TextParams, reserved: number): void {
  const least = tokens === 'byte-pairs' ? BYTES + 1 + reserved : 2 + reserved;
  if (vocabulary >= least) return;
  throw new ShapeError({
    en: `a vocabulary of ${vocabulary} is too small: byte pairs begin with ${BYTES} bytes${reserved === 0 ? '' : ` and the mask takes ${reserved}`}, so that at least ${least} are needed; take ${USUAL_BYTE_PAIRS} or more, or characters as tokens`,
    zh: `词表大小 ${vocabulary} 太小：字节对以 ${BYTES} 个字节为起点${reserved === 0 ? '' : `，掩码还要占 ${reserved} 个`}，因此至少需要 ${least}；请设为 ${USUAL_BYTE_PAIRS} 或更大，或改用字符作为词元`,
  }, { code: 'vocabulary', repair: { kind: 'set-param', param: 'vocabulary', value: USUAL_BYTE_PAIRS } });
}
