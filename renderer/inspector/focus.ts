/** How other parts of the window send the keyboard to the inspector: Enter on the canvas, a key in the outline. */
import { createStore } from 'zustand/vanilla';
import type { Workspace } from '../workspace/workspace.ts';

/** Kept until the inspector has taken it, because the panel may have to be shown first. */
export const inspectorFocus = createStore<{ readonly isWanted: boolean; readonly param: string | undefined }>(() => ({ isWanted: false, param: undefined }));

/** Shows the inspector and moves the focus to the field of a parameter, or to its first field. */
export function focusInspector({ ui }: Pick<Workspace, 'ui'>, param?: string): void {
  ui.show({ right: 'inspector' });
  inspectorFocus.setState({ isWanted: true, param });
}
