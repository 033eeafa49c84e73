import { ChevronLeft, ChevronRight } from "lucide-react";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";

interface ItemPagerProps {
  readonly chosen: number;
  readonly total: number;
  readonly onChoose: (at: number) => void;
}

/** Which item is looked at, of how many. */
export function ItemPager({ chosen, total, onChoose }: ItemPagerProps) {
  if (total === 0) return null;
  return (
    <span className="flex shrink-0 items-center text-meta text-muted tabular-nums">
      <IconButton
        size="small"
        label={copy.previousItem}
        icon={<ChevronLeft size={14} strokeWidth={1.75} />}
        disabled={chosen <= 0}
        onClick={() => onChoose(chosen - 1)}
      />
      {copy.itemOf(chosen + 1, total)}
      <IconButton
        size="small"
        label={copy.nextItem}
        icon={<ChevronRight size={14} strokeWidth={1.75} />}
        disabled={chosen >= total - 1}
        onClick={() => onChoose(chosen + 1)}
      />
    </span>
  );
}
