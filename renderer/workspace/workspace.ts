/** All that the window is made of, put together once in main.tsx: commands get it, components read it from the context. */
import type { Command } from '../commands/command.ts';
import type { ChecksStore } from '../document/checks.ts';
import type { Editing } from '../document/editing.ts';
import type { EditorStore } from '../document/editor-store.ts';
import type { ProjectStore } from '../document/project.ts';
import type { DocumentStore } from '../document/store.ts';
import type { Host } from '../host/host.ts';
import type { EngineClient } from '../run/engine-client.ts';
import type { RunControls, RunStore } from '../run/run-store.ts';
import type { SettingsStore } from '../app/settings.ts';
import type { UiStore } from '../app/ui-store.ts';

export interface Workspace {
  readonly host: Host;
  readonly documents: DocumentStore;
  readonly editor: EditorStore;
  /** Every edit of the document. */
  readonly editing: Editing;
  readonly checks: ChecksStore;
  readonly project: ProjectStore;
  readonly engine: EngineClient;
  readonly runs: RunStore;
  readonly run: RunControls;
  readonly settings: SettingsStore;
  readonly ui: UiStore;
  readonly commands: readonly Command[];
}
