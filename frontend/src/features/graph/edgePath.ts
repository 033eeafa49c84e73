interface Ends {
  readonly sourceX: number;
  readonly sourceY: number;
  readonly targetX: number;
  readonly targetY: number;
}

const BELOW = 96;
const OUT = 32;
const ROUND = 16;

/** Returns the path of an edge that leads a loop's body back, below the body, and its middle. */
export function backPath({ sourceX, sourceY, targetX, targetY }: Ends): [path: string, x: number, y: number] {
  const right = sourceX + OUT;
  const left = targetX - OUT;
  const low = Math.max(sourceY, targetY) + BELOW;
  const path = [
    `M${sourceX},${sourceY}`,
    `L${right - ROUND},${sourceY}`,
    `Q${right},${sourceY} ${right},${sourceY + ROUND}`,
    `L${right},${low - ROUND}`,
    `Q${right},${low} ${right - ROUND},${low}`,
    `L${left + ROUND},${low}`,
    `Q${left},${low} ${left},${low - ROUND}`,
    `L${left},${targetY + ROUND}`,
    `Q${left},${targetY} ${left + ROUND},${targetY}`,
    `L${targetX},${targetY}`,
  ].join(" ");
  return [path, (left + right) / 2, low];
}
