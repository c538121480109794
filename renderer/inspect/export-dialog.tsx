/** The trained model as a file: which run, which format; and for ONNX the proof that another runtime gives the same numbers. */
import { CircleAlert, CircleCheck, Download, LoaderCircle } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import type { ExportFormatName, ExportReply } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { HostError } from '../host/host.ts';
import { EngineRequestError } from '../run/engine-client.ts';
import { Button } from '../ui/buttons.tsx';
import { Select } from '../ui/fields.tsx';
import { Dialog } from '../ui/overlays.tsx';
import { useRuns, useUi, useWorkspace } from '../workspace/context.tsx';
import { EXPORT_TOLERANCE } from './difference.ts';
import { verifyOnnx } from './verify-onnx.ts';
import './inspect.css';

const FORMATS = [
  { id: 'onnx', extension: 'onnx', mime: 'application/octet-stream' },
  { id: 'safetensors', extension: 'safetensors', mime: 'application/octet-stream' },
  { id: 'npz', extension: 'npz', mime: 'application/zip' },
  { id: 'pytorch', extension: 'py', mime: 'text/x-python' },
] as const satisfies readonly { readonly id: ExportFormatName; readonly extension: string; readonly mime: string }[];

type State =
  | { readonly kind: 'idle' } | { readonly kind: 'busy'; readonly what: 'writing' | 'checking' | 'saving' }
  | { readonly kind: 'saved'; readonly fileName: string; readonly bytes: number; readonly step: number; readonly proof: Proof | undefined }
  | { readonly kind: 'failed'; readonly message: string; readonly advice?: string };
interface Proof {
  readonly relative: number;
  readonly absolute: number;
  readonly samples: number;
  readonly runtime: string;
}

export function ExportDialog() {
  const { t, i18n } = useTranslation('inspect');
  const text = useText();
  const { engine, host, ui, runs: store } = useWorkspace();
  const subject = useUi((state) => state.dialogSubject);
  const runs = useRuns((state) => state.runs).filter((run) => run.reply !== undefined);
  const [run, setRun] = useState(subject ?? store.getState().current ?? runs.at(-1)?.id);
  const [format, setFormat] = useState<ExportFormatName>('onnx');
  const [state, setState] = useState<State>({ kind: 'idle' });
  const chosen = runs.find(({ id }) => id === run) ?? runs.at(-1);

  async function prove(reply: ExportReply): Promise<Proof | string | undefined> {
    if (reply.check === undefined) return undefined;
    setState({ kind: 'busy', what: 'checking' });
    const answer = await verifyOnnx({ bytes: reply.bytes, check: reply.check });
    if (answer.kind === 'failed') return t('export.notOpened', { message: answer.message });
    const { difference, samples, runtime } = answer;
    if (!(difference.relative <= EXPORT_TOLERANCE)) return t('export.differs', { difference: difference.relative.toExponential(1), limit: EXPORT_TOLERANCE.toExponential(0) });
    return { ...difference, samples, runtime };
  }
  async function write(): Promise<void> {
    if (chosen === undefined) return;
    setState({ kind: 'busy', what: 'writing' });
    try {
      const reply = await engine.request('export', { run: chosen.id, format });
      const proof = await prove(reply);
      // A file that does not do what the model does is not handed out.
      if (typeof proof === 'string') return setState({ kind: 'failed', message: proof });
      setState({ kind: 'busy', what: 'saving' });
      const { extension, mime } = FORMATS.find(({ id }) => id === format)!;
      const file = await host.save(reply.bytes, { suggestedName: reply.fileName, filter: { extension, mime, description: t(`export.${format}`) } });
      if (file === undefined) return setState({ kind: 'idle' });
      setState({ kind: 'saved', fileName: file.name, bytes: reply.bytes.length, step: reply.step, proof });
    } catch (error) {
      if (error instanceof EngineRequestError) setState({ kind: 'failed', message: text(error.error.text), ...(error.error.advice === undefined ? {} : { advice: text(error.error.advice) }) });
      else setState({ kind: 'failed', message: error instanceof HostError ? t(`export.host.${error.code}`, { name: error.fileName }) : String(error) });
    }
  }

  return (
    <Dialog title={t('export.title')} onClose={ui.closeDialog} footer={<><Button onPress={ui.closeDialog}>{t('export.close')}</Button><Button tone="primary" icon={Download} isDisabled={chosen === undefined || state.kind === 'busy'} onPress={() => void write()}>{t('export.save')}</Button></>}>
      {chosen === undefined ? <p>{t('export.noRun')}</p> : (
        <div className="inspect-export">
          {runs.length > 1 && <Select label={t('export.run')} value={chosen.id} onChange={setRun} options={runs.map((each) => ({ value: each.id, title: `${each.name ?? t('export.runNumber', { number: each.number })} · ${t('histograms.step', { step: each.step.toLocaleString(i18n.language) })}` }))} />}
          <RadioGroup value={format} onChange={(value) => { setFormat(FORMATS.find(({ id }) => id === value)?.id ?? 'onnx'); setState({ kind: 'idle' }); }} className="inspect-formats">
            <Label className="ui-label">{t('export.format')}</Label>
            {FORMATS.map(({ id, extension }) => (
              <Radio key={id} value={id} className="inspect-format">
                <span className="inspect-radio" aria-hidden />
                <span><strong>{t(`export.${id}`)}</strong> <span className="muted mono">.{extension}</span><br /><span className="muted">{t(`export.${id}Help`)}</span></span>
              </Radio>
            ))}
          </RadioGroup>
          <div className="inspect-export-state" role="status">
            {state.kind === 'busy' && <p><LoaderCircle size={15} className="inspect-turning" aria-hidden /> {t(`export.${state.what}`)}</p>}
            {state.kind === 'saved' && (
              <>
                <p className="inspect-right"><CircleCheck size={16} aria-hidden /> {t('export.saved', { name: state.fileName, size: (state.bytes / 1000).toLocaleString(i18n.language, { maximumFractionDigits: 1 }), step: state.step.toLocaleString(i18n.language) })}</p>
                {state.proof !== undefined && <p className="inspect-right"><CircleCheck size={16} aria-hidden /> {t('export.proved', { runtime: state.proof.runtime, samples: state.proof.samples, difference: state.proof.absolute.toExponential(1), relative: state.proof.relative.toExponential(1) })}</p>}
              </>
            )}
            {state.kind === 'failed' && <p className="inspect-wrong"><CircleAlert size={16} aria-hidden /> {state.message}{state.advice !== undefined && ` ${state.advice}`}</p>}
          </div>
        </div>
      )}
    </Dialog>
  );
}
