import { Box } from "lucide-react";
import { iconSet } from "./iconSet";

interface IconProps {
  /** As the catalogue names it, in lucide's spelling; unknown ones are a box. */
  readonly name: string | null | undefined;
  readonly size?: 16 | 20 | 24;
  readonly className?: string;
}

/** An icon by the name that data gives. Screens import theirs from lucide-react directly. */
export function Icon({ name, size = 16, className }: IconProps) {
  const Found = (name && Object.hasOwn(iconSet, name) ? iconSet[name] : undefined) ?? Box;
  return <Found aria-hidden="true" size={size} strokeWidth={1.75} className={className} />;
}
