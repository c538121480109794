/** Frames and comments: what people write onto the canvas around the network. */
import { type CommentId, type CommentRec, type FrameId, type FrameRec, FRAME_COLORS } from '../../../engine/graph/document.ts';
import { type EditScope, wholePoint } from './edit-scope.ts';
import { freshId } from './ids.ts';
import { cleanLine, cleanProse } from './values.ts';

const COMMENT_SIZE = { width: 220, height: 100 };
const EMPTY_FRAME_SIZE = { width: 360, height: 240 };
const MIN_SIZE = 40;
const MAX_SIZE = 1e6;

export function addFrame({ graph }: EditScope, area: Pick<FrameRec, 'position'> & Partial<Pick<FrameRec, 'size'>>): FrameId {
  const frames = (graph.frames ??= {});
  const id = freshId('frame', Object.keys(frames));
  frames[id] = { title: '', position: wholePoint(area.position), size: wholeSize(area.size ?? EMPTY_FRAME_SIZE), color: FRAME_COLORS[0] };
  return id;
}

export function addComment({ graph }: EditScope, position: CommentRec['position']): CommentId {
  const comments = (graph.comments ??= {});
  const id = freshId('comment', Object.keys(comments));
  comments[id] = { text: '', position: wholePoint(position), size: { ...COMMENT_SIZE } };
  return id;
}

export function updateFrame({ graph }: EditScope, id: FrameId, { title, position, size, color }: Partial<FrameRec>): void {
  const frame = graph.frames?.[id];
  if (frame === undefined) return;
  if (title !== undefined) frame.title = cleanLine(title);
  if (position !== undefined) frame.position = wholePoint(position);
  if (size !== undefined) frame.size = wholeSize(size);
  if (color !== undefined) frame.color = color;
}

export function updateComment({ graph }: EditScope, id: CommentId, { text, position, size }: Partial<CommentRec>): void {
  const comment = graph.comments?.[id];
  if (comment === undefined) return;
  if (text !== undefined) comment.text = cleanProse(text);
  if (position !== undefined) comment.position = wholePoint(position);
  if (size !== undefined) comment.size = wholeSize(size);
}

export function removeNotes({ graph }: EditScope, frames: Iterable<FrameId>, comments: Iterable<CommentId>): void {
  for (const id of frames) delete graph.frames?.[id];
  for (const id of comments) delete graph.comments?.[id];
}

const wholeSize = ({ width, height }: { readonly width: number; readonly height: number }) => ({ width: clampLength(width), height: clampLength(height) });
const clampLength = (value: number): number => (Number.isFinite(value) ? Math.min(MAX_SIZE, Math.max(MIN_SIZE, Math.round(value))) : MIN_SIZE);
