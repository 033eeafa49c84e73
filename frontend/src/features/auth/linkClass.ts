export const linkClass = "rounded-control text-accent underline-offset-2 hover:underline";
