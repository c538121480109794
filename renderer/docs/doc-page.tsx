/** The page of one node type, all of it read from the type: words, maths, ports, parameters, shapes, example, code, source. */
import { Check, Copy } from 'lucide-react';
import { Suspense, lazy, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AnyNodeType, Port } from '../../engine/nodes/node-type.ts';
import { useText } from '../i18n/i18n.ts';
import { rangeText, valueText } from '../inspector/range-text.ts';
import { categoryStyle } from '../inspector/parts.tsx';
import { ShapeRuleView, WeightTable } from '../inspector/shapes-section.tsx';
import type { KnownTypes } from '../inspector/use-node.ts';
import { CATEGORIES } from '../palette/categories.ts';
import { IconButton } from '../ui/buttons.tsx';
import { type Framework, codeOf, workedExample } from './doc-example.ts';

const Maths = lazy(async () => ({ default: (await import('./maths.tsx')).Maths }));

export interface DocPageProps {
  readonly type: AnyNodeType;
  /** The node that is selected, when it is of this type and its shapes are known. */
  readonly own?: { readonly name: string; readonly known: KnownTypes } | undefined;
}

export function DocPage({ type, own }: DocPageProps) {
  const { t, i18n } = useTranslation('docs');
  const text = useText();
  const example = workedExample(type);
  const numbers = own?.known ?? example;
  const params = Object.entries(type.params);
  const hasTensors = type.outputs.some(({ kind }) => kind === 'tensor');
  const { icon: Icon, title: category } = CATEGORIES[type.category];
  return (
    <article className="docs-page" lang={i18n.language} style={categoryStyle(type.category)}>
      <header className="docs-head">
        <p className="docs-category"><Icon size={14} aria-hidden />{text(category)}</p>
        <h2>{text(type.title)}</h2>
        <p className="docs-lead">{text(type.summary)}</p>
        <Synonyms names={type.synonyms} />
      </header>
      {type.maths !== undefined && (
        <Part title={t('maths')}>
          <h4>{t(type.category === 'optimizer' ? 'update' : 'forward')}</h4>
          <Formula source={type.maths.forward} label={t('forward')} />
          {type.maths.backward !== undefined && <><h4>{t('backward')}</h4><Formula source={type.maths.backward} label={t('backward')} /></>}
        </Part>
      )}
      {own !== undefined && hasTensors && (
        <Part title={t('ownNumbers', { node: own.name })}>
          <ShapeRuleView kind={{ ...type, definition: type, block: undefined }} known={own.known} />
          {Object.keys(own.known.weights).length > 0 && <WeightTable known={own.known} />}
        </Part>
      )}
      {type.inputs.length + type.outputs.length > 0 && (
        <Part title={t('ports')}>
          <table className="docs-table">
            <thead><tr><th scope="col">{t('port')}</th><th scope="col">{t('meaning')}</th></tr></thead>
            <tbody>
              {type.inputs.map((port) => <PortRow key={`in ${port.name}`} port={port} side={t('in')} />)}
              {type.outputs.map((port) => <PortRow key={`out ${port.name}`} port={port} side={t('out')} />)}
            </tbody>
          </table>
        </Part>
      )}
      {params.length > 0 && (
        <Part title={t('parameters')}>
          <table className="docs-table">
            <thead><tr><th scope="col">{t('parameter')}</th><th scope="col">{t('meaning')}</th></tr></thead>
            <tbody>
              {params.map(([name, spec]) => {
                const range = rangeText(spec, i18n.language);
                return (
                  <tr key={name}>
                    <th scope="row">{text(spec.title)}<code>{name}</code></th>
                    <td>
                      {text(spec.help)}
                      {spec.kind === 'choice' && <span className="docs-fact">{spec.options.map((option) => text(option.title)).join(t('slash'))}</span>}
                      {range !== undefined && <span className="docs-fact">{range}</span>}
                      <span className="docs-fact">{t('defaultIs', { value: valueText(spec, spec.default, text) })}</span>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Part>
      )}
      {example !== undefined && hasTensors && (
        <Part title={t('example')}>
          {Object.keys(example.given).length > 0 && <p className="docs-given">{Object.entries(example.given).map(([name, value]) => { const spec = type.params[name]; return spec === undefined ? name : `${text(spec.title)} ${valueText(spec, value, text)}`; }).join(t('comma'))}</p>}
          <ShapeRuleView kind={{ ...type, definition: type, block: undefined }} known={example} />
        </Part>
      )}
      {numbers !== undefined && (
        <Part title={own === undefined ? t('code') : t('ownCode', { node: own.name })}>
          <Code type={type} framework="pytorch" title="PyTorch" values={numbers.values} ins={numbers.ins} />
          <Code type={type} framework="keras" title="Keras" values={numbers.values} ins={numbers.ins} />
        </Part>
      )}
      {type.source !== undefined && <Part title={t('source')}><p lang="en">{type.source}</p></Part>}
    </article>
  );
}

const HAS_CHINESE = /\p{Script=Han}/u;

/** English names help Chinese readers, who meet them everywhere; the other way round they only fill the page. */
function Synonyms({ names }: { readonly names: readonly string[] }) {
  const { t, i18n } = useTranslation('docs');
  const chinese = i18n.language.startsWith('zh') ? names.filter((name) => HAS_CHINESE.test(name)) : [];
  const english = names.filter((name) => !HAS_CHINESE.test(name));
  if (chinese.length + english.length === 0) return null;
  return (
    <p className="docs-also">
      <span className="muted">{t('alsoCalled')}</span> {chinese.join(t('comma'))}{chinese.length > 0 && english.length > 0 && t('comma')}<span lang="en">{english.join(', ')}</span>
    </p>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  const id = useId();
  return <section className="docs-part" aria-labelledby={id}><h3 id={id}>{title}</h3>{children}</section>;
}

/** While KaTeX is on its way, the source: a formula is never missing. */
function Formula({ source, label }: { readonly source: string; readonly label: string }) {
  return <Suspense fallback={<pre className="docs-code">{source}</pre>}><Maths source={source} label={label} /></Suspense>;
}

function PortRow({ port, side }: { readonly port: Port; readonly side: string }) {
  const { t } = useTranslation('docs');
  const text = useText();
  const facts = [side, t(`kind.${port.kind}`), ...(port.optional === true ? [t('optional')] : []), ...(port.multiple === true ? [t('multiple')] : [])];
  return <tr><th scope="row"><code>{port.name}</code></th><td>{text(port.title)}<span className="docs-fact">{facts.join(t('comma'))}</span></td></tr>;
}

function Code({ type, framework, title, values, ins }: { readonly type: AnyNodeType; readonly framework: Framework; readonly title: string } & Pick<KnownTypes, 'values' | 'ins'>) {
  const { t } = useTranslation('docs');
  const [copied, setCopied] = useState<string>();
  const code = codeOf(type, framework, values, ins);
  if (code === undefined) return null;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code);
    setCopied(code);
  };
  return (
    <figure className="docs-listing">
      <figcaption>{title}<IconButton icon={copied === code ? Check : Copy} label={t(copied === code ? 'copied' : 'copy', { framework: title })} onPress={() => void copy()} /></figcaption>
      <pre className="docs-code"><code>{code}</code></pre>
    </figure>
  );
}
