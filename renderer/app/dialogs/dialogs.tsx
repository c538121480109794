/** Whichever dialog is open, each loaded when it is first wanted, and over all of them a question that needs an answer. */
import { type ComponentType, type ReactNode, Suspense, lazy } from 'react';
import { useUi } from '../../workspace/context.tsx';
import type { DialogName } from '../ui-store.ts';
import { QuestionDialog } from './question-dialog.tsx';

const lazyDialog = <K extends string>(load: () => Promise<Readonly<Record<K, () => ReactNode>>>, name: K): ComponentType => lazy<() => ReactNode>(async () => ({ default: (await load())[name] }));

const DIALOGS: Readonly<Partial<Record<DialogName, ComponentType>>> = {
};

export function Dialogs() {
  const dialog = useUi((state) => state.dialog);
  const question = useUi((state) => state.question);
  const Content = dialog === undefined ? undefined : DIALOGS[dialog];
  return (
    <>
      {Content !== undefined && <Suspense><Content /></Suspense>}
      {question !== undefined && <QuestionDialog question={question} />}
    </>
  );
}
