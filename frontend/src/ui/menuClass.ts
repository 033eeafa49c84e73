/** What menus and their items look like, opened by a button or a right click. */
export const menuClass =
  "z-50 max-h-(--radix-popper-available-height) min-w-48 max-w-80 animate-fade overflow-y-auto rounded-node border bg-surface p-1 shadow-mid";
export const menuItemClass =
  "flex min-h-8 cursor-pointer select-none items-center gap-2.5 rounded-control px-2.5 py-1 outline-none max-md:min-h-11 " +
  "data-[highlighted]:bg-raised data-[disabled]:cursor-not-allowed data-[disabled]:opacity-50 data-[dangerous]:text-err [&>span:first-child]:text-muted";
