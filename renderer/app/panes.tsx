/** The bars around the canvas: tabs over their panels, and what is left of a bar that is closed. */
import { ChevronDown, ChevronUp, Ellipsis, PanelLeftClose, PanelRightClose } from 'lucide-react';
import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useProblemCounts } from '../problems/problem-counts.ts';
import { IconButton } from '../ui/buttons.tsx';
import { MenuButton } from '../ui/overlays.tsx';
import { useUi, useWorkspace } from '../workspace/context.tsx';
import { useApplicablePanels } from './applicable-panels.ts';
import { PanelBoundary } from './panel-boundary.tsx';
import { type Panel, bottomPanels, leftPanels, rightPanels } from './panels.ts';
import type { BottomPanel } from './ui-store.ts';

function PaneTabs({ ids, panels, selected, onSelect, label, actions, badge }: {
  readonly ids: readonly string[];
  readonly panels: Readonly<Record<string, Panel>>;
  readonly selected: string;
  readonly onSelect: (id: string) => void;
  readonly label: string;
  readonly actions: ReactNode;
  readonly badge?: (id: string) => ReactNode;
}) {
  const { t } = useTranslation('app');
  return (
    <Tabs className="app-pane" selectedKey={selected} onSelectionChange={(key) => onSelect(String(key))}>
      <div className="app-pane-head">
        <TabList className="app-tabs" aria-label={label}>
          {ids.map((id) => {
            const Icon = panels[id]!.icon;
            const title = t(`panel.${id}`);
            return <Tab key={id} id={id} className="app-tab"><Icon size={14} aria-hidden /><span className="app-tab-title">{title}</span>{' '}{badge?.(id)}</Tab>;
          })}
        </TabList>
        {actions}
      </div>
      {ids.map((id) => {
        const Content = panels[id]!.component;
        // The outline is the graph in another form: the canvas's keys count in it.
        return <TabPanel key={id} id={id} className="app-panel" {...(id === 'outline' ? { 'data-canvas-keys': '' } : {})}><PanelBoundary name={t(`panel.${id}`)}><Content /></PanelBoundary></TabPanel>;
      })}
    </Tabs>
  );
}

/** A closed bar: its panels as icons, each of which opens it again. */
function Rail({ side, panels, onOpen }: { readonly side: 'left' | 'right'; readonly panels: Readonly<Record<string, Panel>>; readonly onOpen: (id: string) => void }) {
  const { t } = useTranslation('app');
  return (
    <div className={`app-rail app-rail-${side}`}>
      {Object.entries(panels).map(([id, { icon }]) => <IconButton key={id} icon={icon} label={t(`panel.${id}`)} onPress={() => onOpen(id)} />)}
    </div>
  );
}

export function LeftBar() {
  const { ui } = useWorkspace();
  const left = useUi((state) => state.left);
  const { t } = useTranslation('app');
  const open = (id: string): void => ui.show({ left: id as keyof typeof leftPanels });
  if (left === undefined) return <Rail side="left" panels={leftPanels} onOpen={open} />;
  return <PaneTabs ids={Object.keys(leftPanels)} panels={leftPanels} selected={left} onSelect={open} label={t('region.left')} actions={<IconButton icon={PanelLeftClose} label={t('closeBar')} onPress={() => ui.show({ left: undefined })} />} />;
}

export function RightBar() {
  const { ui } = useWorkspace();
  const right = useUi((state) => state.right);
  const { t } = useTranslation('app');
  const open = (id: string): void => ui.show({ right: id as keyof typeof rightPanels });
  if (right === undefined) return <Rail side="right" panels={rightPanels} onOpen={open} />;
  return <PaneTabs ids={Object.keys(rightPanels)} panels={rightPanels} selected={right} onSelect={open} label={t('region.right')} actions={<IconButton icon={PanelRightClose} label={t('closeBar')} onPress={() => ui.show({ right: undefined })} />} />;
}

/** The panels that apply to this document as tabs; the others wait in a menu, because "where is it" is worse than "not for this network". */
export function BottomDock() {
  const { ui } = useWorkspace();
  const bottom = useUi((state) => state.bottom);
  const { t } = useTranslation('app');
  const applicable = useApplicablePanels();
  const all = Object.keys(bottomPanels) as BottomPanel[];
  const shown = all.filter((id) => applicable.has(id) || id === bottom);
  const rest = all.filter((id) => !shown.includes(id));
  const open = (id: string): void => ui.show({ bottom: id as BottomPanel });
  const more = rest.length > 0 && (
    <MenuButton label={t('morePanels')} onAction={open} groups={[{ title: t('morePanelsWhy'), items: rest.map((id) => ({ id, title: t(`panel.${id}`) })) }]} trigger={<IconButton icon={Ellipsis} label={t('morePanels')} />} />
  );
  if (bottom === undefined) {
    return (
      <div className="app-pane-head app-dock-closed">
        <div className="app-tabs" role="toolbar" aria-label={t('region.bottom')}>
          {shown.map((id) => {
            const { icon: Icon } = bottomPanels[id];
            return <button key={id} type="button" className="app-tab" onClick={() => open(id)}><Icon size={14} aria-hidden /><span className="app-tab-title">{t(`panel.${id}`)}</span>{' '}{id === 'problems' && <ProblemBadge />}</button>;
          })}
        </div>
        {more}
        <IconButton icon={ChevronUp} label={t('openBar')} onPress={() => open('curves')} />
      </div>
    );
  }
  return (
    <PaneTabs
      ids={shown} panels={bottomPanels} selected={bottom} onSelect={open} label={t('region.bottom')} badge={(id) => id === 'problems' && <ProblemBadge />}
      actions={<>{more}<IconButton icon={ChevronDown} label={t('closeBar')} onPress={() => ui.show({ bottom: undefined })} /></>}
    />
  );
}

function ProblemBadge() {
  const { errors, warnings } = useProblemCounts();
  if (errors + warnings === 0) return null;
  return <span className={`app-badge numbers ${errors > 0 ? 'app-badge-danger' : 'app-badge-warning'}`}>{errors + warnings}</span>;
}
