/**
 * The one view of all nodes, drawn from the node type: title, ports with the shapes they give, the
 * prominent parameters, the number of weights, the share of the cost, problems, and a live picture
 * while training. Its rows have the heights of geometry.ts.
 */
import { Handle, type NodeProps, Position } from '@xyflow/react';
import { BellOff, Rocket, Snowflake, TriangleAlert, Wrench } from 'lucide-react';
import { type CSSProperties, type ReactNode, memo, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { useStore } from 'zustand';
import type { NodeId, NodeRec, PortRef } from '../../engine/graph/document.ts';
import type { Problem } from '../../engine/graph/problem.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import type { NodeKind } from '../document/node-kind.ts';
import { blockAt, flatId } from '../document/scope.ts';
import { categoryLook } from '../palette/categories.ts';
import { repairText } from '../problems/repair-text.ts';
import { Button } from '../ui/buttons.tsx';
import { useDocument, useEditor, useRuns, useWorkspace } from '../workspace/context.tsx';
import { costsOf } from './cost-store.ts';
import { NO_FACTS, factsOf } from './facts.ts';
import { farTitleLines, farTitleSize } from './far-title.ts';
import type { NodeFlow } from './flow-model.ts';
import { countText, isScalar, shapeText } from './format.ts';
import type { PortPlace } from './geometry.ts';
import { NodeLive } from './node-live.tsx';
import { NodeParam } from './node-params.tsx';
import { portKey } from './wire-fits.ts';
import { wiring } from './wiring-store.ts';
import { useWords } from './words.tsx';

/** Nodes with one row of ports and nothing else: from afar there is one line for the title. */
const LOW = 80;

export const NodeView = memo(function NodeView({ id, data: { record, kind, geometry }, selected }: NodeProps<NodeFlow>) {
  const workspace = useWorkspace();
  const { t, language, text } = useWords();
  const facts = useStore(factsOf(workspace), ({ byNode }) => byNode.get(id) ?? NO_FACTS);
  const flat = useEditor(({ path }) => flatId(path, id));
  const title = record.label ?? (kind === undefined ? record.type : text(kind.title));
  const category = kind?.category ?? 'shape';
  const Icon = categoryLook(category).icon;
  const mainOutput = kind?.outputs.map(({ name }) => facts.outputs[name]).find((type) => type !== undefined);
  const isCollapsed = record.collapsed === true;
  const lines = farTitleLines(geometry.height);
  const className = `canvas-node${selected ? ' is-selected' : ''}${isCollapsed ? ' is-collapsed' : ''}${geometry.height < LOW ? ' is-low' : ''}${record.muted === true ? ' is-muted' : ''}${record.frozen === true ? ' is-frozen' : ''}`;
  return (
    <FocusableNode id={id} className={className} category={category} label={useNodeName(id, record, kind, facts.parameters, mainOutput, facts.problems)}>
      <div className="canvas-node-title" title={kind === undefined ? undefined : text(kind.title)}>
        <Icon size={14} aria-hidden className="canvas-node-icon" />
        <span className="canvas-node-name">{title}</span>
        {kind !== undefined && <span className="canvas-node-type">{record.label === undefined ? id : text(kind.title)}</span>}
        {record.muted === true && <BellOff size={13} aria-label={t('muted')} className="canvas-node-mark" />}
        {record.frozen === true && <Snowflake size={13} aria-label={t('frozen')} className="canvas-node-mark" />}
        {facts.problems.length > 0 && <ProblemBadge problems={facts.problems} />}
      </div>
      {kind === undefined && <div className="canvas-node-row muted">{t('unknownType', { type: record.type })}</div>}
      {!isCollapsed && (
        <div className="canvas-node-body">
          <PortRows kind={kind} outputs={facts.outputs} />
          {geometry.params.map((row) => <NodeParam key={row.name} node={id} row={row} />)}
          {geometry.hasFoot && <div className="canvas-node-foot numbers">{facts.parameters > 0 ? t('parameters', { count: facts.parameters, shown: countText(facts.parameters, language) }) : '\u00a0'}</div>}
        </div>
      )}
      {record.trainedBy !== undefined && <span className="canvas-node-trainer" title={t('trainedBy', { optimizer: record.trainedBy })} aria-hidden><Rocket size={11} />{record.trainedBy}</span>}
      {kind?.category === 'optimizer' && <Turn params={record.params} />}
      <CostBar flat={flat} />
      <div className="canvas-node-far" aria-hidden>
        <span className="canvas-node-far-title" style={{ '--fit': `${String(farTitleSize(title, lines))}px`, WebkitLineClamp: lines } as CSSProperties}>{title}</span>
        {mainOutput !== undefined && !isCollapsed && <span className="canvas-node-far-shape numbers">{shapeText(mainOutput)}</span>}
      </div>
      {geometry.ports.map((place) => <PortHandle key={`${place.side} ${place.port.name}`} node={id} place={place} type={place.side === 'output' ? facts.outputs[place.port.name] : undefined} />)}
      {!isCollapsed && kind !== undefined && <LiveWhileRunning flat={flat} record={record} kind={kind} />}
    </FocusableNode>
  );
});

/** When an optimizer is not simply at work at every step. */
function Turn({ params }: { readonly params: NodeRec['params'] }) {
  const { t } = useWords();
  const turn = params['turn'] ?? 1;
  const every = params['every'] ?? 1;
  const words = [...(turn === 1 ? [] : [t('turn', { turn: String(turn) })]), ...(every === 1 ? [] : [t('everySteps', { count: Number(every) })])];
  return words.length === 0 ? null : <span className="canvas-node-trainer">{words.join(' · ')}</span>;
}

/** "Conv 2D conv1, output 32 by 26 by 26, 320 parameters, 1 problem". */
function useNodeName(id: NodeId, record: NodeRec, kind: NodeKind | undefined, parameters: number, output: TensorType | undefined, problems: readonly Problem[]): string {
  const { t, language, text } = useWords();
  return [
    kind === undefined ? record.type : text(kind.title), record.label ?? id,
    output === undefined || isScalar(output) ? undefined : t('spokenOutput', { shape: shapeText(output).replaceAll(' × ', t('spokenBy')) }),
    parameters > 0 ? t('parameters', { count: parameters, shown: countText(parameters, language) }) : undefined,
    record.muted === true ? t('muted') : undefined,
    record.frozen === true ? t('frozen') : undefined,
    record.trainedBy === undefined ? undefined : t('trainedBy', { optimizer: record.trainedBy }),
    problems.length > 0 ? t('problems', { count: problems.length }) : undefined,
  ].filter((part) => part !== undefined).join(t('spokenComma'));
}

/** One node at a time is in the tab order: the focused one. Commands move the focus along the wires; the keyboard follows. */
function FocusableNode({ id, className, category, label, children }: { readonly id: NodeId; readonly className: string; readonly category: string; readonly label: string; readonly children: ReactNode }) {
  const { editor } = useWorkspace();
  const { t } = useWords();
  const isFocus = useEditor(({ focus }) => focus === id);
  const isSelected = useEditor(({ selection }) => selection.nodes.has(id));
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = ref.current;
    const region = element?.closest<HTMLElement>('.canvas');
    const active = document.activeElement;
    // Only the canvas's own focus is moved on: not a text field's, not another panel's.
    if (isFocus && element !== null && region !== null && (active === region || active?.classList.contains('canvas-node') === true)) element.focus({ preventScroll: true });
  }, [isFocus]);
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      // A node that leaves the screen does not take the keyboard with it.
      if (element?.contains(document.activeElement) === true) element.closest<HTMLElement>('.canvas')?.focus({ preventScroll: true });
    };
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a group that the arrow keys walk to, inside of role="application"
    <div
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the same
      ref={ref} className={className} role="group" aria-roledescription={t('nodeRole')} aria-label={label} aria-current={isSelected || undefined} tabIndex={isFocus ? 0 : -1} data-node={id}
      style={{ '--cat': `var(--cat-${category})`, '--cat-soft': `var(--cat-${category}-soft)` } as CSSProperties}
      onFocus={(event) => {
        if (event.target === event.currentTarget && editor.getState().focus !== id && event.currentTarget.matches(':focus-visible')) editor.selectNodes([id]);
      }}
    >
      {children}
    </div>
  );
}

/** What a port gives, in a few words: its shape, or what the one number per sample is. */
function useCarried(): (type: TensorType) => string {
  const { t } = useWords();
  return (type) => (!isScalar(type) ? shapeText(type) : type.classes === undefined ? t('scalar') : t('classes', { count: type.classes }));
}

function PortRows({ kind, outputs }: { readonly kind: NodeKind | undefined; readonly outputs: Readonly<Record<string, TensorType>> }) {
  const { text } = useWords();
  const carries = useCarried();
  if (kind === undefined) return null;
  const rows = Math.max(kind.inputs.length, kind.outputs.length);
  return Array.from({ length: rows }, (_, i) => {
    const input = kind.inputs[i];
    const output = kind.outputs[i];
    const type = output === undefined ? undefined : outputs[output.name];
    return (
      <div key={i} className="canvas-node-row canvas-node-ports">
        {input !== undefined && <span className="canvas-node-port">{isObvious(input.name) ? input.name : text(input.title)}</span>}
        {output !== undefined && (
          <span className="canvas-node-port is-output">
            {type !== undefined && output.kind === 'tensor' && <span className="canvas-node-shape numbers">{carries(type)}</span>}
            {isObvious(output.name) ? output.name : text(output.title)}
          </span>
        )}
      </div>
    );
  });
}
/** Ports that textbooks call by one letter; the others are called by their titles. */
const isObvious = (name: string): boolean => name.length <= 2;

/** An edit may change the shapes of hundreds of nodes; of each, one port or two. */
const PortHandle = memo(function PortHandle({ node, place: { port, side, y }, type }: { readonly node: NodeId; readonly place: PortPlace; readonly type: TensorType | undefined }) {
  const { t, text } = useWords();
  const carries = useCarried();
  const key = portKey({ node, port: port.name }, side);
  const state = useStore(wiring, ({ from, fits }) => {
    if (from === undefined) return '';
    if (from.port.node === node && from.port.port === port.name && from.side === side) return ' is-held';
    const fit = fits.get(key);
    return fit === undefined ? ' is-other' : fit.fits ? ' is-fit' : ' is-misfit';
  });
  const border = useBorderPort(node, port.name, side);
  const style = useMemo(() => ({ top: y }), [y]);
  const name = `${text(port.title)} (${port.name})${type === undefined || port.kind !== 'tensor' ? '' : ` · ${carries(type)}`}${port.optional === true ? ` · ${t('optional')}` : ''}${border === undefined ? '' : ` · ${side === 'input' ? t('blockInput', { name: border }) : t('blockOutput', { name: border })}`}`;
  return (
    <Handle
      id={port.name} type={side === 'input' ? 'target' : 'source'} position={side === 'input' ? Position.Left : Position.Right}
      className={`canvas-port canvas-port-${port.kind}${state}`} style={style} title={name} aria-label={name} role="img"
    >{border !== undefined && <span className={`canvas-port-border is-${side}`} aria-hidden>{border}</span>}</Handle>
  );
});

/** Inside a block: what the block calls the port that it has made of this one. */
function useBorderPort(node: NodeId, port: string, side: PortPlace['side']): string | undefined {
  const { editor } = useWorkspace();
  return useDocument(({ doc }) => {
    const { path } = editor.getState();
    const definition = path.length === 0 ? undefined : doc.blocks?.[blockAt(doc, path) ?? ''];
    const isIt = (ref: PortRef): boolean => ref.node === node && ref.port === port;
    return side === 'input' ? definition?.inputs.find(({ to }) => to.some(isIt))?.name : definition?.outputs.find(({ from }) => isIt(from))?.name;
  });
}

function ProblemBadge({ problems }: { readonly problems: readonly Problem[] }) {
  const { t } = useWords();
  const { editing, documents } = useWorkspace();
  const { text } = useWords();
  const isError = problems.some(({ severity }) => severity === 'error');
  return (
    <DialogTrigger>
      <AriaButton className={`canvas-badge nodrag ${isError ? 'is-error' : 'is-warning'}`} aria-label={t('problems', { count: problems.length })}>
        <TriangleAlert size={13} aria-hidden />{problems.length > 1 && <span className="numbers">{problems.length}</span>}
      </AriaButton>
      <Popover className="ui-popover canvas-problems" offset={6}>
        <Dialog aria-label={t('problems', { count: problems.length })}>
          {({ close }) => problems.map((problem, i) => (
            <div key={i} className="canvas-problem">
              <p>{text(problem.text)}</p>
              {problem.repair !== undefined && <Button icon={Wrench} onPress={() => { close(); editing.repair(problem); }}>{repairText(documents.getState().doc, problem, text) ?? t('repair')}</Button>}
            </div>
          ))}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

const CostBar = memo(function CostBar({ flat }: { readonly flat: NodeId }) {
  const { t, language } = useWords();
  const share = useStore(costsOf(useWorkspace()), ({ shares }) => shares.get(flat));
  // Less than this cannot be seen.
  if (share === undefined || share < 0.01) return null;
  const label = t('cost', { share: share.toLocaleString(language, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }) });
  return <div className="canvas-cost" role="img" aria-label={label} title={label}><div style={{ width: `${share * 100}%` }} /></div>;
});

/** Nodes that change numbers on their way are worth a look; data, losses and the like have panels of their own. */
const WATCHED: ReadonlySet<NodeKind['category']> = new Set(['augmentation', 'layer', 'activation', 'normalization', 'merge', 'block']);

const LiveWhileRunning = memo(function LiveWhileRunning({ flat, record, kind }: { readonly flat: NodeId; readonly record: NodeRec; readonly kind: NodeKind }) {
  const isRunning = useRuns(({ current }) => current !== undefined);
  if (!isRunning || record.muted === true || !WATCHED.has(kind.category)) return null;
  return <NodeLive flat={flat} showsMaps={record.type.startsWith('Conv') || kind.category === 'augmentation'} />;
});
