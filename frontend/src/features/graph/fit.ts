/** How a whole workflow is fitted into the canvas. */

/** What stands at the lower edge: the buttons for zooming, beside which the first words of an error have to be seen. */
export const BOTTOM = 112;

export const FIT = {
  padding: { x: 0.15, top: 0.15, bottom: `${BOTTOM}px` },
  maxZoom: 1,
  includeHiddenNodes: true,
} as const;
