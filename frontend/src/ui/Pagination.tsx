import { ChevronLeft, ChevronRight } from "lucide-react";
import { copy } from "./copy";
import { IconButton } from "./IconButton";

interface PaginationProps {
  readonly page: number;
  readonly pageSize: number;
  readonly count: number;
  /** False where the server stopped counting. */
  readonly isExact?: boolean;
  readonly onChange: (page: number) => void;
}

const NUMBER = new Intl.NumberFormat();

/** "1–25 of 412", back and forth. Nothing where one page holds all. */
export function Pagination({ page, pageSize, count, isExact = true, onChange }: PaginationProps) {
  const pages = Math.max(1, Math.ceil(count / pageSize));
  if (pages === 1 && page === 1) return null;
  const [first, last] = [(page - 1) * pageSize + 1, Math.min(page * pageSize, count)];
  return (
    <nav aria-label={copy.pages} className="flex items-center justify-end gap-1 px-6 py-3 max-md:px-4">
      <span className="mr-2 text-muted" aria-live="polite">
        {`${NUMBER.format(first)}–${NUMBER.format(last)} of ${NUMBER.format(count)}${isExact ? "" : "+"}`}
      </span>
      <IconButton
        label={copy.previousPage}
        icon={<ChevronLeft size={16} strokeWidth={1.75} />}
        disabled={page <= 1}
        onClick={() => onChange(page - 1)}
      />
      <IconButton
        label={copy.nextPage}
        icon={<ChevronRight size={16} strokeWidth={1.75} />}
        disabled={page >= pages}
        onClick={() => onChange(page + 1)}
      />
    </nav>
  );
}
