/** What all entries of the rail look like. */
export const railItemClass =
  "relative flex h-10 min-w-10 items-center gap-2.5 rounded-control px-2.5 text-left text-muted transition-colors " +
  "hover:bg-raised hover:text-text data-[state=open]:bg-raised " +
  "aria-[current=page]:bg-accent-tint aria-[current=page]:text-text aria-[current=page]:font-medium " +
  "max-md:min-w-0 max-md:flex-1 max-md:justify-center max-md:px-1";
