/** The ports that most layers have, so that the same thing has the same name everywhere. */
import type { Port } from './node-type.ts';
import { text } from './params.ts';

export const inputX: Port = { name: 'x', kind: 'tensor', title: text('Input', '输入') };
export const outputY: Port = { name: 'y', kind: 'tensor', title: text('Output', '输出') };
/** Any number of tensors, in the order of their wires. */
export const inputXs: Port = { name: 'xs', kind: 'tensor', title: text('Inputs', '输入'), multiple: true };
