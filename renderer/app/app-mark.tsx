/** Netloom's mark, the same file that browsers show in the tab. */
export const AppMark = ({ size }: { readonly size: number }) => <img src="./icons/netloom.svg" width={size} height={size} alt="" />;
