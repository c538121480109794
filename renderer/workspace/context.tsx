/** The workspace for components, and hooks that read its stores. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { ChecksState } from '../document/checks.ts';
import type { EditorState } from '../document/editor-store.ts';
import type { ProjectState } from '../document/project.ts';
import type { DocumentState } from '../document/store.ts';
import type { RunsState } from '../run/run-store.ts';
import type { Settings } from '../app/settings.ts';
import type { UiState } from '../app/ui-store.ts';
import type { Workspace } from './workspace.ts';

const WorkspaceContext = createContext<Workspace | undefined>(undefined);
export const WorkspaceProvider = WorkspaceContext.Provider;

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === undefined) throw new Error('A component that needs the workspace stands outside of it.');
  return workspace;
}
export const useDocument = <T,>(select: (state: DocumentState) => T): T => useStore(useWorkspace().documents, select);
export const useEditor = <T,>(select: (state: EditorState) => T): T => useStore(useWorkspace().editor, select);
export const useChecks = <T,>(select: (state: ChecksState) => T): T => useStore(useWorkspace().checks, select);
export const useProject = <T,>(select: (state: ProjectState) => T): T => useStore(useWorkspace().project, select);
export const useRuns = <T,>(select: (state: RunsState) => T): T => useStore(useWorkspace().runs, select);
export const useSettings = <T,>(select: (state: Settings) => T): T => useStore(useWorkspace().settings, select);
export const useUi = <T,>(select: (state: UiState) => T): T => useStore(useWorkspace().ui, select);
