export const linkClass = "rounded-control text-accent underline underline-offset-2";
