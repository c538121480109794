/** Formulas, set by KaTeX. A chunk of its own, with its style and fonts, which only readers of the docs load. */
import katex from 'katex';
import 'katex/dist/katex.min.css';
import { useLayoutEffect, useRef } from 'react';
import { mathsLines } from './maths-lines.ts';

/** Smaller than this is no longer read with ease; the rest scrolls. */
const SMALLEST = 0.68;

export function Maths({ source, label }: { readonly source: string; readonly label: string }) {
  return <div className="docs-maths" role="group" aria-label={label}>{mathsLines(source).map((line) => <Formula key={line} source={line} />)}</div>;
}

/** Shrinks a little where it is too wide. */
function Formula({ source }: { readonly source: string }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    katex.render(source, element, { displayMode: true, throwOnError: false, output: 'htmlAndMathml' });
    const fit = (): void => {
      element.style.fontSize = '';
      const share = element.clientWidth / element.scrollWidth;
      if (share < 1) element.style.fontSize = `${String(Math.max(SMALLEST, share * 0.98))}em`;
      // What still does not fit is scrolled, by keyboard too.
      element.toggleAttribute('data-scrolls', element.scrollWidth > element.clientWidth + 1);
      element.tabIndex = element.hasAttribute('data-scrolls') ? 0 : -1;
    };
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    // The formula itself too: it changes its size when its fonts come, one after the other.
    const formula = element.querySelector('.katex');
    if (formula !== null) observer.observe(formula);
    return () => observer.disconnect();
  }, [source]);
  return <div ref={box} className="docs-formula" />;
}
