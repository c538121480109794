/** Probabilities as bars, one per class; the surest ones when there are many. */
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { className } from './model-facts.ts';

/** More than this do not fit, and nobody compares them. */
const MOST = 12;
const ONE_COLUMN = 6;

export function ClassBars({ probabilities, names, truth }: { readonly probabilities: ArrayLike<number>; readonly names: readonly string[] | undefined; readonly truth?: number | undefined }) {
  const { t, i18n } = useTranslation('inspect');
  const all = Array.from(probabilities, (probability, index) => ({ probability, index }));
  const best = all.reduce((a, b) => (b.probability > a.probability ? b : a), all[0] ?? { probability: 0, index: 0 });
  // In the classes' own order where all fit: bars that change places cannot be followed.
  const shown = all.length <= MOST ? all : [...all].sort((a, b) => b.probability - a.probability).slice(0, MOST);
  const percent = (share: number): string => share.toLocaleString(i18n.language, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return (
    <ul className={shown.length > ONE_COLUMN ? 'inspect-bars inspect-bars-many' : 'inspect-bars'} style={{ '--rows': Math.ceil(shown.length / 2) } as CSSProperties} aria-label={t('probabilities')}>
      {shown.map(({ probability, index }) => (
        <li key={index} className={index === best.index ? 'inspect-bar inspect-bar-best' : 'inspect-bar'}>
          <span className="inspect-bar-name">{className(names, index)}{index === truth && <span title={t('trueClass')} aria-label={t('trueClass')}> ✓</span>}</span>
          <span className="inspect-bar-track" aria-hidden><span className="inspect-bar-fill" style={{ transform: `scaleX(${probability})` }} /></span>
          <span className="inspect-bar-share numbers">{percent(probability)}</span>
        </li>
      ))}
    </ul>
  );
}
