/** A question with its answers as buttons. Closing it is no answer, and no answer does nothing. */
import { Button } from '../../ui/buttons.tsx';
import { Dialog } from '../../ui/overlays.tsx';
import { useWorkspace } from '../../workspace/context.tsx';
import type { Question } from '../ui-store.ts';

export function QuestionDialog({ question: { title, message, detail, answers } }: { readonly question: Question }) {
  const { ui } = useWorkspace();
  // The first answer comes last, where the eye ends up, and has the focus: Enter takes it.
  const footer = answers.map((answer, i) => <Button key={answer.id} tone={answer.tone ?? (i === 0 ? 'primary' : 'plain')} autoFocus={i === 0} onPress={() => ui.answer(answer.id)}>{answer.title}</Button>).reverse();
  return (
    <Dialog title={title} width={480} onClose={() => ui.answer(undefined)} footer={footer}>
      <p className="app-question">{message}</p>
      {detail !== undefined && <p className="app-question-detail">{detail}</p>}
    </Dialog>
  );
}
