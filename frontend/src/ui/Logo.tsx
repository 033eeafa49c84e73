/** Warp threads through the eye of a heddle. */
export function Logo({ size = 24 }: { readonly size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 24 24" fill="none" className="shrink-0 text-accent">
      <rect x="1" y="1" width="22" height="22" rx="6" fill="currentColor" />
      <g stroke="var(--on-accent)" strokeWidth="1.75" strokeLinecap="round">
        <path d="M7.5 5v14M16.5 5v14" />
        <path d="M7.5 12c2.5-3.5 6.5-3.5 9 0-2.5 3.5-6.5 3.5-9 0Z" />
      </g>
    </svg>
  );
}
